#include "zither/zmtp/heartbeat.hpp"

#include "zither/zmtp/command.hpp"

#include <algorithm>

namespace zither::zmtp {

namespace {
// RFC 37 carries the TTL in tenths of a second in 16 bits.
constexpr std::int64_t ttl_tenths_max = 0xffff;
}  // namespace

void heartbeat::start(time_point now) noexcept {
    if (settings_.interval_ms.count() > 0) next_ping_ = now + settings_.interval_ms;
}

void heartbeat::alive(time_point now) noexcept {
    dead_at_ = time_point::max();
    if (times_silence()) ttl_deadline_ = now + peer_ttl_ms_;
}

void heartbeat::suspend(bool suspended, time_point now) noexcept {
    suspended_ = suspended;
    if (!suspended) alive(now);
}

void heartbeat::peer_ttl(std::uint16_t tenths, time_point now) noexcept {
    if (tenths == 0) return;
    peer_ttl_ms_ = std::chrono::milliseconds(tenths * 100);
    ttl_deadline_ = now + peer_ttl_ms_;
}

heartbeat::verdict heartbeat::tick(time_point now, std::vector<std::byte>& output) {
    if (!suspended_ && (now >= dead_at_ || now >= ttl_deadline_)) return verdict::dead;
    if (now < next_ping_) return verdict::fine;
    next_ping_ = now + settings_.interval_ms;
    const auto tenths = std::min<std::int64_t>(settings_.ttl_ms.count() / 100, ttl_tenths_max);
    const std::byte ttl[2] = {static_cast<std::byte>(tenths >> 8), static_cast<std::byte>(tenths & 0xff)};
    append_command(output, "PING", ttl);
    const auto timeout = settings_.timeout_ms.count() < 0 ? settings_.interval_ms : settings_.timeout_ms;
    if (timeout.count() > 0 && dead_at_ == time_point::max()) dead_at_ = now + timeout;
    return verdict::fine;
}

heartbeat::time_point heartbeat::next_deadline() const noexcept {
    return suspended_ ? next_ping_ : std::min({next_ping_, dead_at_, ttl_deadline_});
}

}  // namespace zither::zmtp
