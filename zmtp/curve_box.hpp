#pragma once

#include "zither/zmtp/curve_direction.hpp"
#include "zither/zmtp/key.hpp"
#include "zither/zmtp/message.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace zither::zmtp {

/// Seals and opens CURVE's MESSAGE commands (RFC 26, Traffic) with the key both sides computed. Split like a
/// session: `seal` is the write half's, `open` the read half's.
class curve_box {
public:
    /// What is said of a sealed payload. COMMAND inside the box is libzmq's: 2, not the wire's 4.
    enum flag : std::uint8_t { last = 0, more = 1, command = 2 };
    /// "\7MESSAGE", the nonce's counter, the box's tag, the flags.
    static constexpr std::size_t overhead = 8 + 8 + 16 + 1;

    enum class side : std::uint8_t { client, server };
    curve_box(const key& shared, side ours, std::uint64_t last_sent, std::uint64_t last_received) noexcept;

    /// Appends a whole frame with `body` sealed.
    void seal(std::uint8_t flags, bytes body, std::vector<std::byte>& wire);

    struct opened {
        std::uint8_t flags;
        std::span<std::byte> payload;
    };
    enum class fault : std::uint8_t { none, malformed, forged, replayed };
    /// Opens a frame's body in place: the payload is at its end.
    [[nodiscard]] std::optional<opened> open(std::span<std::byte> body, fault& why);

private:
    // The write half's.
    const curve_direction out_;
    std::uint64_t sent_;
    // The read half's.
    const curve_direction in_;
    std::uint64_t received_;
};

}  // namespace zither::zmtp
