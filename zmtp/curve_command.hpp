#pragma once

#include "zither/zmtp/command.hpp"
#include "zither/zmtp/curve_nonce.hpp"
#include "zither/zmtp/key.hpp"
#include "zither/zmtp/secret.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

/// CURVE's handshake commands (RFC 26): sizes without the command's name, and the boxes in them.
namespace zither::zmtp::curve {

inline constexpr std::size_t tag_size = 16;
inline constexpr std::size_t random_size = 16;  // of a long nonce
inline constexpr std::size_t counter_size = 8;
inline constexpr std::size_t boxed(std::size_t size) { return size + tag_size; }

inline constexpr std::size_t hello_version_size = 2;
inline constexpr std::size_t hello_padding = 72;
inline constexpr std::size_t hello_zeros = 64;
inline constexpr std::size_t hello_size =
    hello_version_size + hello_padding + key::size + counter_size + boxed(hello_zeros);
inline constexpr std::size_t cookie_size = random_size + boxed(2 * key::size);
inline constexpr std::size_t welcome_text = key::size + cookie_size;
inline constexpr std::size_t welcome_size = random_size + boxed(welcome_text);
inline constexpr std::size_t vouch_size = random_size + boxed(2 * key::size);
inline constexpr std::size_t initiate_least = cookie_size + counter_size + boxed(key::size + vouch_size);
inline constexpr std::size_t ready_least = counter_size + boxed(0);
static_assert(hello_size == 194 && welcome_size == 160 && initiate_least == 248 && ready_least == 24);

namespace prefix {
inline constexpr std::string_view hello = "CurveZMQHELLO---", welcome = "WELCOME-", cookie = "COOKIE--",
                                  initiate = "CurveZMQINITIATE", vouch = "VOUCH---",
                                  ready = "CurveZMQREADY---";
}  // namespace prefix

/// Of commands, and of the plaintexts in their boxes.
using octets = secret_octets;

void append_counter(octets& to, std::uint64_t counter);
/// Octets nobody can guess.
[[nodiscard]] octets random_octets(std::size_t size);
/// Once per program, before any other function here.
void prepare() noexcept;

/// The key two sides share; nothing for a public key that is none.
[[nodiscard]] std::optional<key> agree(const key& their_public, const key& our_secret) noexcept;

/// Appends the box of `text`. With a key of one's own it is NaCl's secretbox: the two are one function.
void seal(octets& to, bytes text, const curve_nonce& nonce, const key& shared);
/// The text of a box; nothing when it was not made with this key and nonce.
[[nodiscard]] std::optional<octets> open(bytes box, const curve_nonce& nonce, const key& shared);

}  // namespace zither::zmtp::curve
