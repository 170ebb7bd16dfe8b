#include "chaos.hpp"

#include "../support/sanitizer.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace zither::soak {

namespace {
// ThreadSanitizer counts its own memory in, which follows the addresses ever used.
constexpr std::uint64_t memory_factor = test::thread_sanitized ? 8 : 1;
// What the process that lives through it all may grow by, between rounds, when every queue is empty.
constexpr std::uint64_t growth_max_kilobytes = memory_factor * 16 * 1024;
constexpr std::uint64_t growth_max_descriptors = 8;
}  // namespace

memory_sample chaos::sample() const {
    const auto folder = "/proc/" + std::to_string(processes_[keeper].id);
    memory_sample made;
    std::ifstream status(folder + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("RssAnon:")) std::istringstream(line.substr(8)) >> made.kilobytes;
    std::error_code failed;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder + "/fd", failed))
        ++made.descriptors;
    return made;
}

void chaos::check_memory() {
    if (samples_.size() < 2) return;
    const auto& first = samples_.front();
    const auto& last = samples_.back();
    if (last.kilobytes > first.kilobytes + growth_max_kilobytes)
        complain("memory grew from " + std::to_string(first.kilobytes) + " to " +
                 std::to_string(last.kilobytes) + " kB");
    if (last.descriptors > first.descriptors + growth_max_descriptors)
        complain("descriptors grew from " + std::to_string(first.descriptors) + " to " +
                 std::to_string(last.descriptors));
}

void chaos::report() const {
    std::printf("\n%-28s %10s %10s %10s %8s %8s %12s\n", "flow", "sent", "heard", "lost", "swapped", "waits",
                "unexplained");
    tally all;
    for (std::size_t i = 0; i < tallies_.size(); ++i) {
        const auto& each = tallies_[i];
        std::printf("%-28s %10lu %10lu %10lu %8lu %8lu %12lu\n", the_topology().flows[i].name.c_str(),
                    each.sent, each.heard, each.lost, each.swapped, each.waits, each.unexplained);
        all.add(each);
    }
    std::printf("%-28s %10lu %10lu %10lu %8lu %8lu %12lu\n\n", "all", all.sent, all.heard, all.lost,
                all.swapped, all.waits, all.unexplained);
    std::uint64_t octets = 0, connections = 0;
    for (const auto& each : network_) {
        octets += each->octets();
        connections += each->connections();
    }
    for (std::size_t i = 0; i < happened_.size(); ++i)
        std::printf("%s%s %lu", i ? ", " : "", name_of(static_cast<act>(i)), happened_[i]);
    std::printf("\n%lu octets over %lu connections\n", octets, connections);
    std::printf(
        "the process that stayed: %lu kB and %lu descriptors after the first round, %lu kB and %lu after the "
        "last\n",
        samples_.front().kilobytes, samples_.front().descriptors, samples_.back().kilobytes,
        samples_.back().descriptors);
    std::printf("%lu messages sent in %lu rounds, %lu things unexplained\n", all.sent, given_.rounds,
                complaints_);
}

}  // namespace zither::soak
