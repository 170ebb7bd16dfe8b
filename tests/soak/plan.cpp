#include "plan.hpp"

#include "topology.hpp"

#include "zmq.h"

#include <array>
#include <random>

namespace zither::soak {

namespace {

struct kind {
    act what;
    const char* name;
    unsigned weight;
    std::uint64_t for_max_ms;
};
constexpr std::array<kind, 14> kinds{{
    {act::reset, "reset", 20, 1},
    {act::close, "close", 10, 1},
    {act::half_open, "half open", 6, 1500},
    {act::stall, "stall", 14, 1500},
    {act::drip, "drip", 10, 1000},
    {act::delay, "delay", 10, 2000},
    {act::refuse, "refuse", 6, 800},
    {act::partition, "partition", 3, 4500},
    {act::kill, "kill", 6, 1200},
    {act::leave, "leave", 3, 600},
    {act::pause, "pause", 4, 4500},
    {act::renew_same, "renew", 4, 1},
    {act::renew_other, "rename", 4, 1},
    {act::cut, "cut", 3, 1200},
}};

constexpr std::uint64_t apart_max_ms = 500;

/// A link whose connector has a routing id.
int dealer_link(std::uint64_t dice) {
    const auto& all = the_topology();
    std::vector<int> some;
    for (std::size_t i = 0; i < all.links.size(); ++i)
        if (all.rows[static_cast<std::size_t>(all.links[i].row)].connector_type == ZMQ_DEALER)
            some.push_back(static_cast<int>(i));
    return some[dice % some.size()];
}

}  // namespace

const char* name_of(act what) { return kinds[static_cast<std::size_t>(what)].name; }

std::string describe(const event& one) {
    std::string made = std::to_string(one.at_ms) + " ms: " + name_of(one.what);
    if (one.link >= 0) {
        const auto& link = the_topology().links[static_cast<std::size_t>(one.link)];
        made += std::string(" ") + the_topology().rows[static_cast<std::size_t>(link.row)].name + " of " +
                static_cast<char>('A' + link.connector);
    }
    if (one.node >= 0) made += std::string(" ") + static_cast<char>('A' + one.node);
    return made + (one.for_ms > 1 ? " for " + std::to_string(one.for_ms) + " ms" : "");
}

std::vector<event> make_plan(std::uint64_t seed, std::uint64_t duration_ms, bool own_network) {
    std::mt19937_64 random(seed);
    unsigned weights = 0;
    for (const auto& each : kinds) weights += each.weight;
    std::vector<event> made;
    for (std::uint64_t at = 500; at < duration_ms; at += random() % apart_max_ms) {
        auto dice = random() % weights;
        std::size_t which = 0;
        while (dice >= kinds[which].weight) dice -= kinds[which++].weight;
        event one{at, kinds[which].what, -1, -1, 1 + random() % kinds[which].for_max_ms};
        const auto link = static_cast<int>(random() % the_topology().links.size());
        const auto node = static_cast<int>(1 + random() % (nodes - 1));
        switch (one.what) {
            case act::partition:
            case act::kill:
            case act::leave:
            case act::pause: one.node = node; break;
            case act::renew_same:
            case act::renew_other: one.link = dealer_link(random()); break;
            case act::cut:
                if (!own_network) continue;
                break;
            default: one.link = link;
        }
        made.push_back(one);
    }
    return made;
}

}  // namespace zither::soak
