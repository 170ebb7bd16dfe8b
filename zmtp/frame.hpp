#pragma once

#include "zither/zmtp/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace zither::zmtp {

// RFC 37, Framing: flags octet, then a size of one octet or (LONG) eight in network order, then the body.
namespace frame_flag {
inline constexpr std::uint8_t more = 0x01;
inline constexpr std::uint8_t large = 0x02;
inline constexpr std::uint8_t command = 0x04;
inline constexpr std::uint8_t reserved = 0xf8;
}  // namespace frame_flag

inline constexpr std::size_t frame_header_max = 9;
inline constexpr std::size_t short_body_max = 255;

struct frame_header {
    std::uint8_t flags = 0;
    std::uint8_t header_size = 0;
    std::uint64_t body_size = 0;

    [[nodiscard]] bool more() const noexcept { return flags & frame_flag::more; }
    [[nodiscard]] bool command() const noexcept { return flags & frame_flag::command; }
};

inline std::uint64_t load_u64(const std::byte* from) noexcept {
    std::uint64_t value;
    std::memcpy(&value, from, sizeof value);
    return __builtin_bswap64(value);
}
inline void store_u64(std::byte* to, std::uint64_t value) noexcept {
    value = __builtin_bswap64(value);
    std::memcpy(to, &value, sizeof value);
}
inline std::uint32_t load_u32(const std::byte* from) noexcept {
    std::uint32_t value;
    std::memcpy(&value, from, sizeof value);
    return __builtin_bswap32(value);
}
inline void store_u32(std::byte* to, std::uint32_t value) noexcept {
    value = __builtin_bswap32(value);
    std::memcpy(to, &value, sizeof value);
}

/// The header at the start of `data`, or nothing while octets of it are missing.
[[nodiscard]] inline std::optional<frame_header> parse_header(bytes data) noexcept {
    if (data.size() < 2) return std::nullopt;
    frame_header header;
    header.flags = std::to_integer<std::uint8_t>(data[0]);
    if (!(header.flags & frame_flag::large)) {
        header.header_size = 2;
        header.body_size = std::to_integer<std::uint8_t>(data[1]);
        return header;
    }
    if (data.size() < frame_header_max) return std::nullopt;
    header.header_size = frame_header_max;
    header.body_size = load_u64(data.data() + 1);
    return header;
}

[[nodiscard]] constexpr std::size_t header_size_of(std::size_t body_size) noexcept {
    return body_size > short_body_max ? frame_header_max : 2;
}

/// Writes a header for `body_size` octets to `to` (room for nine) and gives its size; LONG is set as needed.
inline std::size_t write_header(std::byte* to, std::uint8_t flags, std::size_t body_size) noexcept {
    if (body_size <= short_body_max) {
        to[0] = std::byte{flags};
        to[1] = static_cast<std::byte>(body_size);
        return 2;
    }
    to[0] = static_cast<std::byte>(flags | frame_flag::large);
    store_u64(to + 1, body_size);
    return frame_header_max;
}

}  // namespace zither::zmtp
