#pragma once

#include "zither/zmtp/message.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace zither::zmtp {

// RFC 37, Greeting: signature (10), version (2), mechanism (20), as-server (1), filler (31).
inline constexpr std::size_t signature_size = 10;
inline constexpr std::size_t greeting_size = 64;
inline constexpr std::byte signature_first{0xff};
inline constexpr std::byte version_major{3};
inline constexpr std::byte version_minor{1};

/// FF, 8 octets of padding, 7F. The padding is the identity's length plus one: to a ZMTP 1.0 peer the
/// signature is the header of an identity frame.
[[nodiscard]] std::array<std::byte, signature_size> make_signature(std::size_t routing_id_size) noexcept;

/// A whole greeting's fields.
struct greeting {
    std::uint8_t major = 0;
    std::uint8_t minor = 0;
    std::string_view mechanism;  ///< without its padding; a view of the parsed octets
    bool as_server = false;
};
/// Nothing when the mechanism is not a zero-padded name. `octets` is 64 long and starts with a signature.
[[nodiscard]] std::optional<greeting> parse_greeting(bytes octets) noexcept;

/// True when ten octets are a versioned signature; its padding is anybody's.
[[nodiscard]] inline bool is_signature(bytes octets) noexcept {
    return octets[0] == signature_first && (octets[9] & std::byte{1}) == std::byte{1};
}

enum class seen : std::uint8_t { no, perhaps, yes };
/// Do a peer's first octets, one at least, begin TLS: a ClientHello, or what a server says to somebody who
/// sent none? Octet by octet they would pass for a ZMTP 1.0 identity of 21 octets or 20, and what follows for
/// messages, as with libzmq. RFC 13 forbids to judge an identity by its flags, but would have none set: then
/// it differs in the second octet.
[[nodiscard]] seen look_for_tls(bytes got) noexcept;

}  // namespace zither::zmtp
