#pragma once

#include "zither/zmtp/frame.hpp"
#include "zither/zmtp/message.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace zither::zmtp {

/// CURVE's 24 octets: a prefix that says what for, then a counter of 8 or 16 random ones (RFC 26).
class curve_nonce {
public:
    curve_nonce(std::string_view prefix, std::uint64_t counter) noexcept {
        std::memcpy(octets_.data(), prefix.data(), 16);
        store_u64(octets_.data() + 16, counter);
    }
    curve_nonce(std::string_view prefix, bytes random) noexcept {
        std::memcpy(octets_.data(), prefix.data(), 8);
        std::memcpy(octets_.data() + 8, random.data(), 16);
    }
    [[nodiscard]] const unsigned char* data() const noexcept {
        return reinterpret_cast<const unsigned char*>(octets_.data());
    }

private:
    std::array<std::byte, 24> octets_;
};

}  // namespace zither::zmtp
