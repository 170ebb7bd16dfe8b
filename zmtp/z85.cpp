#include "zither/zmtp/z85.hpp"

#include "zither/zmtp/frame.hpp"
#include "zither/zmtp/secret.hpp"

namespace zither::zmtp {

namespace {
constexpr std::string_view alphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

std::optional<std::uint32_t> decode_group(std::string_view characters) {
    std::uint64_t value = 0;
    for (const char each : characters) {
        const auto digit = alphabet.find(each);
        if (digit == alphabet.npos) return std::nullopt;
        value = value * 85 + digit;
    }
    if (value > 0xffffffff) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

}  // namespace

std::optional<std::string> z85_encode(bytes data) {
    if (data.size() % 4 != 0) return std::nullopt;
    std::string text(data.size() / 4 * 5, '\0');
    z85_write(data, text.data());
    return text;
}

void z85_write(bytes data, char* to) noexcept {
    for (std::size_t at = 0; at < data.size(); at += 4, to += 5) {
        auto value = load_u32(data.data() + at);
        for (int i = 4; i >= 0; --i, value /= 85) to[i] = alphabet[value % 85];
    }
}

std::optional<std::vector<std::byte>> z85_decode(std::string_view text) {
    if (text.size() % 5 != 0) return std::nullopt;
    std::vector<std::byte> data(text.size() / 5 * 4);
    for (std::size_t at = 0; at < text.size(); at += 5) {
        const auto value = decode_group(text.substr(at, 5));
        if (!value) {
            // It may be most of a secret key.
            wipe(data.data(), data.size());
            return std::nullopt;
        }
        store_u32(data.data() + at / 5 * 4, *value);
    }
    return data;
}

}  // namespace zither::zmtp
