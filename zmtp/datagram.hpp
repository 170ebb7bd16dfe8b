#pragma once

#include "zither/zmtp/group.hpp"
#include "zither/zmtp/message.hpp"

#include <cstddef>
#include <optional>

namespace zither::zmtp {

/// RADIO and DISH over udp, where there is no session: a datagram is one message, an octet with the size of
/// its group's name, the name, and the body up to the datagram's end.
struct grouped_datagram {
    bytes group;
    bytes body;
};

/// libzmq reads no more of a datagram than this, so no RADIO sends a larger one.
inline constexpr std::size_t grouped_datagram_max = 8192;

/// False for a message that no DISH would get whole: it is not sent.
[[nodiscard]] inline bool fits_datagram(std::size_t group_size, std::size_t body_size) noexcept {
    return group_size <= group_size_max && body_size < grouped_datagram_max - group_size;
}

/// Nothing for a datagram that ends before its group does.
[[nodiscard]] inline std::optional<grouped_datagram> parse_grouped(bytes datagram) noexcept {
    if (datagram.empty()) return std::nullopt;
    const auto group_size = std::to_integer<std::size_t>(datagram[0]);
    const auto rest = datagram.subspan(1);
    if (rest.size() < group_size) return std::nullopt;
    return grouped_datagram{rest.first(group_size), rest.subspan(group_size)};
}

}  // namespace zither::zmtp
