#pragma once

#include "zither/zmtp/message.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace zither::zmtp {

/// One half of a Curve25519 pair, or a key that two sides share. Its memory is wiped at its end.
class key {
public:
    static constexpr std::size_t size = 32;
    static constexpr std::size_t text_size = 40;  ///< in Z85

    key() noexcept = default;
    /// `octets` are 32.
    explicit key(bytes octets) noexcept { std::memcpy(octets_.data(), octets.data(), size); }
    key(const key&) noexcept = default;
    key& operator=(const key&) noexcept = default;
    ~key();

    /// 32 octets, or 40 characters of Z85 (RFC 32); nothing for any other text.
    [[nodiscard]] static std::optional<key> from(std::string_view text);

    [[nodiscard]] bytes octets() const noexcept { return octets_; }
    [[nodiscard]] unsigned char* data() noexcept { return reinterpret_cast<unsigned char*>(octets_.data()); }
    [[nodiscard]] const unsigned char* data() const noexcept {
        return reinterpret_cast<const unsigned char*>(octets_.data());
    }
    [[nodiscard]] std::string z85() const;
    /// The same as `text_size` characters at `to`, for a secret key's text: its memory is the caller's to
    /// wipe.
    void write_z85(char* to) const noexcept;
    /// Takes the same time wherever the two differ.
    friend bool operator==(const key& one, const key& other) noexcept;

private:
    std::array<std::byte, size> octets_{};
};

struct key_pair {
    key public_half;
    key secret_half;

    /// A new pair from the system's random numbers. Thread-safe.
    [[nodiscard]] static key_pair generate();
    /// The public half that belongs to a secret one.
    [[nodiscard]] static key public_of(const key& secret) noexcept;
};

}  // namespace zither::zmtp

namespace zither {
using zmtp::key;
using zmtp::key_pair;
}  // namespace zither
