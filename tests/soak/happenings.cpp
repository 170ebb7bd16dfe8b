// What happens to processes and links, and what that excuses.
#include "chaos.hpp"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace zither::soak {

namespace {

/// A heartbeat of 3 s may end a connection that was silent for longer than this.
constexpr std::uint64_t long_silence = 2000 * ms;

bool ends_something(act what) {
    switch (what) {
        case act::stall:
        case act::drip:
        case act::delay:
        case act::partition:
        case act::pause: return false;
        default: return true;
    }
}

}  // namespace

void chaos::excuse_links_of(int node, std::uint64_t until, bool loses, bool heartbeats_alone) {
    for (std::size_t i = 0; i < network_.size(); ++i) {
        const bool its = node < 0 || the_topology().touches(i, node);
        if (its && (the_topology().row_of(i).heartbeat || !heartbeats_alone))
            network_[i]->excuse(now(), until, loses);
    }
}

void chaos::happen(const event& one) {
    // What ends while the network is down may never be heard of, as in life: that is for heartbeats to find
    // out.
    if (network_back_at_ != 0 && ends_something(one.what)) return;
    // Whoever is asked to leave ends as soon as it can, which for a paused one may be in the middle of a cut.
    const auto leaving = [](const process& each) { return each.leaving_since != 0; };
    if (one.what == act::cut && std::ranges::any_of(processes_, leaving)) return;
    const auto until = now() + one.for_ms * ms;
    ++happened_[static_cast<std::size_t>(one.what)];
    if (one.link >= 0) return happen_to_link(one, until);
    if (one.node >= 0) return happen_to_node(one, until);
    set_network(false);
    network_back_at_ = until;
    excuse_links_of(-1, until + 2 * notice, true, true);
}

void chaos::happen_to_link(const event& one, std::uint64_t until) {
    const auto index = static_cast<std::size_t>(one.link);
    const auto& link = the_topology().links[index];
    auto& wire = *network_[index];
    switch (one.what) {
        case act::reset: return wire.reset();
        case act::close: return wire.close();
        case act::half_open: return wire.half_open(until);
        case act::drip: return wire.drip(until);
        case act::delay: return wire.delay(until);
        case act::refuse: return wire.refuse(until);
        case act::stall:
            if (wire.stall(until) > long_silence && the_topology().row_of(index).heartbeat)
                wire.excuse(now(), until + notice, true);
            return;
        default: break;
    }
    const auto row = static_cast<std::size_t>(link.row), node = static_cast<std::size_t>(link.connector);
    if (processes_[node].paused_until != 0) return;
    if (one.what == act::renew_other) ++book_.name[row][node];
    ++book_.renew[row][node];
    wire.excuse(now(), now() + notice, true);
}

void chaos::happen_to_node(const event& one, std::uint64_t until) {
    const auto index = static_cast<std::size_t>(one.node);
    auto& of = processes_[index];
    if (of.id <= 0) return;
    switch (one.what) {
        case act::kill:
            excuse_links_of(one.node, now() + notice, true);
            kill(of.id, SIGKILL);
            waitpid(of.id, nullptr, 0);
            of = {};
            of.back_at = until;
            return;
        case act::leave:
            book_.leave[index] = true;
            of.leaving_since = now();
            of.back_at = until;
            return;
        case act::pause:
            kill(of.id, SIGSTOP);
            of.paused_until = std::max(of.paused_until, until);
            for (std::size_t i = 0; i < network_.size(); ++i)
                if (the_topology().touches(i, one.node)) network_[i]->unattended(of.paused_until);
            if (until - now() > long_silence / 2) excuse_links_of(one.node, until + notice, true, true);
            return;
        default: break;
    }
    for (std::size_t i = 0; i < network_.size(); ++i) {
        if (!the_topology().touches(i, one.node)) continue;
        if (network_[i]->stall(until) > long_silence && the_topology().row_of(i).heartbeat)
            network_[i]->excuse(now(), until + notice, true);
    }
}

/// Takes the loopback interface down, or up again: a partition that the kernel makes.
void chaos::set_network(bool up) {
    const int any = socket(AF_INET, SOCK_DGRAM, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    ioctl(any, SIOCGIFFLAGS, &request);
    request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
    if (ioctl(any, SIOCSIFFLAGS, &request) != 0) complain("the loopback interface does not obey");
    close(any);
}

}  // namespace zither::soak
