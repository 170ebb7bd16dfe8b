#include "zither/sockets/accept_gate.hpp"

#include "zither/transport/connection.hpp"
#include "zither/transport/endpoint.hpp"
#include "zither/zmtp/frame.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <netinet/in.h>

namespace zither::sockets {

namespace {

constexpr std::size_t mapped_prefix = 12;            // of an IPv4 address that is written as IPv6
constexpr std::uint64_t four = 0x0000ffff00000000u;  // no IPv6 network that is routed begins so
constexpr std::uint64_t loopback = 1;
constexpr std::uint64_t nowhere = 2;  // no network begins so, either: for who has no address

}  // namespace

int accept_gate::to_errno(refusal why) noexcept {
    switch (why) {
        case refusal::none: return 0;
        case refusal::handshakes: return EBUSY;
        case refusal::rate: return EAGAIN;
        case refusal::address: return EUSERS;
        case refusal::connections: return ENOBUFS;
    }
    return 0;
}

std::uint64_t accept_gate::neighbourhood(const transport::address& of) noexcept {
    if (of.storage.ss_family == AF_INET)
        return four | ntohl(reinterpret_cast<const sockaddr_in&>(of.storage).sin_addr.s_addr);
    if (of.storage.ss_family != AF_INET6) return 0;
    const auto& at = reinterpret_cast<const sockaddr_in6&>(of.storage).sin6_addr;
    std::byte octets[sizeof at];
    std::memcpy(octets, &at, sizeof at);
    if (IN6_IS_ADDR_V4MAPPED(&at)) return four | zmtp::load_u32(octets + mapped_prefix);
    if (IN6_IS_ADDR_LOOPBACK(&at)) return loopback;
    return zmtp::load_u64(octets);
}

accept_gate::refusal accept_gate::ask(const accept_limits& limits, const transport::address& from,
                                      time_point now) {
    if (limits.handshakes > 0 && handshakes_ >= limits.handshakes) return refusal::handshakes;
    if (limits.connections > 0 && connections_ >= limits.connections) return refusal::connections;
    if (limits.connections_per_address > 0) {
        const auto place = from_.find(neighbourhood(from));
        if (place != from_.end() && place->second >= limits.connections_per_address) return refusal::address;
    }
    // Last: who is refused anyway takes nothing from the others.
    if (limits.handshakes_per_second > 0 && !take_token(limits.handshakes_per_second, now))
        return refusal::rate;
    return refusal::none;
}

bool accept_gate::take_token(int per_second, time_point now) noexcept {
    const auto most = static_cast<double>(per_second);
    const std::chrono::duration<double> passed = now - filled_;
    // Before the first time `filled_` is long ago, and the bucket full.
    tokens_ = std::min(most, tokens_ + passed.count() * most);
    filled_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

void accept_gate::entered(transport::connection& which, const transport::address& from) {
    const auto key = neighbourhood(from);
    if (key != 0) ++from_[key];
    ++connections_;
    which.neighbourhood = key != 0 ? key : nowhere;
    which.shaking = !which.raw;
    if (which.shaking) ++handshakes_;
}

void accept_gate::finished_handshake(transport::connection& which) noexcept {
    if (!std::exchange(which.shaking, false)) return;
    --handshakes_;
}

void accept_gate::left(transport::connection& which) noexcept { read_out(left_unread(which)); }

std::uint64_t accept_gate::left_unread(transport::connection& which) noexcept {
    finished_handshake(which);
    return std::exchange(which.neighbourhood, 0);
}

void accept_gate::read_out(std::uint64_t place) noexcept {
    if (place == 0) return;
    --connections_;
    const auto at = from_.find(place);
    if (at != from_.end() && --at->second == 0) from_.erase(at);
}

}  // namespace zither::sockets
