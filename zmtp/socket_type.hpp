#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace zither::zmtp {

/// The socket types, with libzmq's numbers.
enum class socket_type : std::uint8_t {
    pair = 0,
    pub = 1,
    sub = 2,
    req = 3,
    rep = 4,
    dealer = 5,
    router = 6,
    pull = 7,
    push = 8,
    xpub = 9,
    xsub = 10,
    stream = 11,
    server = 12,
    client = 13,
    radio = 14,
    dish = 15,
    gather = 16,
    scatter = 17,
    dgram = 18,
    peer = 19,
    channel = 20,
};
inline constexpr int socket_type_count = 21;

/// The name that READY carries ("DEALER").
[[nodiscard]] std::string_view name_of(socket_type type) noexcept;
/// The type of a READY's name, exact case as libzmq compares; nothing for an unknown one.
[[nodiscard]] std::optional<socket_type> socket_type_from(std::string_view name) noexcept;
/// RFC 37, The Socket-Type Property: may these two talk?
[[nodiscard]] bool compatible(socket_type ours, socket_type theirs) noexcept;
/// The types whose messages have one part, so that a call is a whole message and threads may share the socket
/// (RFC 41, 48, 49, 51, 52). ZMTP before 3.0 does not know them.
[[nodiscard]] constexpr bool single_part(socket_type type) noexcept {
    return type >= socket_type::server && type != socket_type::dgram;
}

}  // namespace zither::zmtp

namespace zither {
using zmtp::socket_type;
}
