#pragma once

// What happens to the processes and the links, decided from a seed before it happens.

#include <cstdint>
#include <string>
#include <vector>

namespace zither::soak {

enum class act : std::uint8_t {
    reset,        ///< a link's connections, at once and rudely
    close,        ///< ... in good order
    half_open,    ///< one end hears of it, the other hears nothing
    stall,        ///< nothing moves on a link
    drip,         ///< a few octets at a time
    delay,        ///< octets come late
    refuse,       ///< nobody listens on a link
    partition,    ///< nothing moves on all links of a process
    kill,         ///< SIGKILL, and back after a while
    leave,        ///< a process ends in good order, and is back after a while
    pause,        ///< a process stands still (SIGSTOP)
    renew_same,   ///< a socket is closed and made anew, under the same routing id
    renew_other,  ///< ... under another
    cut           ///< the whole network is down; only in a network namespace of our own
};

struct event {
    std::uint64_t at_ms;
    act what;
    int link;  ///< of which it is about, or
    int node;
    std::uint64_t for_ms;
};

[[nodiscard]] std::vector<event> make_plan(std::uint64_t seed, std::uint64_t duration_ms, bool own_network);
[[nodiscard]] const char* name_of(act what);
[[nodiscard]] std::string describe(const event& one);

}  // namespace zither::soak
