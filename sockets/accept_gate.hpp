#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace zither::transport {
struct address;
class connection;
}  // namespace zither::transport

namespace zither::sockets {

/// What strangers may take of a socket before they have shown who they are. 0 is no limit.
struct accept_limits {
    int handshakes = 10000;  ///< unfinished at once: beyond what honest peers do, within what memory bears
    int handshakes_per_second = 0;    ///< begun; as many at once
    int connections_per_address = 0;  ///< finished ones count, too
    int connections = 0;              ///< of all addresses, and of none
};

/// Counts a socket's accepted connections and says who may still come in. One that ended keeps its place
/// until what it left has been read: else whoever comes again and again fills memory past every limit.
/// Guarded by the socket's mutex.
class accept_gate {
public:
    /// Why one may not come in, as a system error number for monitors; 0: it may.
    enum class refusal : std::uint8_t { none, handshakes, rate, address, connections };
    using time_point = std::chrono::steady_clock::time_point;
    [[nodiscard]] static int to_errno(refusal why) noexcept;

    /// Asked once about each connection, right when it is accepted: a yes takes from the rate.
    [[nodiscard]] refusal ask(const accept_limits& limits, const transport::address& from, time_point now);
    /// It came in.
    void entered(transport::connection& which, const transport::address& from);
    /// It reached traffic, or ended. Anything but an accepted connection is passed over.
    void finished_handshake(transport::connection& which) noexcept;
    void left(transport::connection& which) noexcept;
    /// It ended, and its pipe has messages to be read: the place it keeps, for `read_out`.
    [[nodiscard]] std::uint64_t left_unread(transport::connection& which) noexcept;
    /// They have been read, or are lost. 0 is passed over.
    void read_out(std::uint64_t place) noexcept;

    [[nodiscard]] int handshakes() const noexcept { return handshakes_; }
    /// What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, since that is what one
    /// host is given. 0 for ipc, where nobody is counted.
    [[nodiscard]] static std::uint64_t neighbourhood(const transport::address& of) noexcept;

private:
    [[nodiscard]] bool take_token(int per_second, time_point now) noexcept;

    int handshakes_ = 0;
    int connections_ = 0;
    std::unordered_map<std::uint64_t, int> from_;  // connections of each address that has any
    double tokens_ = 0;
    time_point filled_{};  // when tokens were last counted
};

}  // namespace zither::sockets
