#include "zither/zmtp/socket_type.hpp"

#include <array>

namespace zither::zmtp {

namespace {

using enum socket_type;

constexpr std::uint32_t bit(socket_type type) { return 1U << static_cast<unsigned>(type); }

struct row {
    std::string_view name;
    std::uint32_t peers;
};

// In the order of the numbers. STREAM and DGRAM speak to anything that is not ZMTP, so no peer names them.
constexpr std::array<row, socket_type_count> table{{
    {"PAIR", bit(pair)},
    {"PUB", bit(sub) | bit(xsub)},
    {"SUB", bit(pub) | bit(xpub)},
    {"REQ", bit(rep) | bit(router)},
    {"REP", bit(req) | bit(dealer)},
    {"DEALER", bit(rep) | bit(dealer) | bit(router)},
    {"ROUTER", bit(req) | bit(dealer) | bit(router)},
    {"PULL", bit(push)},
    {"PUSH", bit(pull)},
    {"XPUB", bit(sub) | bit(xsub)},
    {"XSUB", bit(pub) | bit(xpub)},
    {"STREAM", 0},
    {"SERVER", bit(client)},
    {"CLIENT", bit(server)},
    {"RADIO", bit(dish)},
    {"DISH", bit(radio)},
    {"GATHER", bit(scatter)},
    {"SCATTER", bit(gather)},
    {"DGRAM", 0},
    {"PEER", bit(peer)},
    {"CHANNEL", bit(channel)},
}};

}  // namespace

std::string_view name_of(socket_type type) noexcept { return table[static_cast<std::size_t>(type)].name; }

std::optional<socket_type> socket_type_from(std::string_view name) noexcept {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (table[i].name == name) return static_cast<socket_type>(i);
    return std::nullopt;
}

bool compatible(socket_type ours, socket_type theirs) noexcept {
    return table[static_cast<std::size_t>(ours)].peers & bit(theirs);
}

}  // namespace zither::zmtp
