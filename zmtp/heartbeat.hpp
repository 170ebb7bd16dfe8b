#pragma once

#include "zither/zmtp/message.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace zither::zmtp {

struct heartbeat_settings {
    std::chrono::milliseconds interval_ms{0};  ///< between PINGs; 0: none are sent
    std::chrono::milliseconds ttl_ms{0};       ///< what we ask of the peer; sent in tenths of a second
    std::chrono::milliseconds timeout_ms{-1};  ///< silence after a PING that ends it; -1: the interval
};

/// The heartbeat of one connection (RFC 37, Connection Heartbeating): when to PING, and when silence means
/// death. Any octet of the peer's counts as life.
class heartbeat {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit heartbeat(heartbeat_settings settings) noexcept : settings_(settings) {}

    /// Traffic begins, with a peer that knows PING.
    void start(time_point now) noexcept;
    /// `now` matters only where the peer's silence is timed.
    void alive(time_point now) noexcept;
    /// The peer asked for a time-out of ours.
    [[nodiscard]] bool times_silence() const noexcept { return peer_ttl_ms_.count() > 0; }
    /// While suspended no time-out fires; on resuming the peer gets a whole time-out again.
    void suspend(bool suspended, time_point now) noexcept;
    /// The peer asked for a time-out of ours: PING's TTL in tenths of a second; 0 changes nothing.
    void peer_ttl(std::uint16_t tenths, time_point now) noexcept;

    /// `dead` when the deadline of silence passed; appends a PING frame to `output` when one is due.
    enum class verdict : std::uint8_t { fine, dead };
    verdict tick(time_point now, std::vector<std::byte>& output);
    /// time_point::max() for never.
    [[nodiscard]] time_point next_deadline() const noexcept;

private:
    heartbeat_settings settings_;
    time_point next_ping_ = time_point::max();
    time_point dead_at_ = time_point::max();  // armed by our PING, disarmed by any life
    std::chrono::milliseconds peer_ttl_ms_{0};
    time_point ttl_deadline_ = time_point::max();  // armed by the peer's TTL, pushed on by any life
    bool suspended_ = false;
};

}  // namespace zither::zmtp
