#pragma once

#include "zither/zmtp/key.hpp"
#include "zither/zmtp/message.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace zither::zmtp {

/// The boxes of one direction of a CURVE connection. They are NaCl's crypto_box, octet for octet: XSalsa20
/// and Poly1305. But since their nonces have the first 16 octets in common, what XSalsa20 makes of those
/// (HSalsa20) is made once, and the flags and the body are sealed from where they are.
class curve_direction {
public:
    static constexpr std::size_t tag_size = 16;

    /// `prefix` is the 16 octets before the counter.
    curve_direction(const key& shared, std::string_view prefix) noexcept;

    /// Seals `flags` and then `body` to `text`, which has room for both and is elsewhere.
    void seal(std::uint64_t counter, std::byte flags, bytes body, std::byte* tag,
              std::byte* text) const noexcept;
    /// Opens `text` in place; false, and nothing is touched, when it is not what was sealed.
    [[nodiscard]] bool open(std::uint64_t counter, const std::byte* tag,
                            std::span<std::byte> text) const noexcept;

private:
    key subkey_;
};

}  // namespace zither::zmtp
