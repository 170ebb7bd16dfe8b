#pragma once

#include "zither/zmtp/message.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace zither::zmtp::test {

using octets = std::vector<std::byte>;

inline octets operator+(octets left, const octets& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

inline octets text(std::string_view characters) {
    const auto view = as_bytes(characters);
    return {view.begin(), view.end()};
}

inline octets repeat(std::size_t count, std::uint8_t value) { return octets(count, std::byte{value}); }

inline int digit(char from) {
    if (from >= '0' && from <= '9') return from - '0';
    if (from >= 'a' && from <= 'f') return from - 'a' + 10;
    throw std::invalid_argument("not a hexadecimal digit");
}

/// Octets as a capture prints them: pairs of digits, 'text' in quotes, a star to repeat the octet before it.
/// "ff 00*8 7f 'NULL'" is 14 octets.
inline octets wire(std::string_view script) {
    octets made;
    for (std::size_t at = 0; at < script.size();) {
        if (script[at] == ' ') {
            ++at;
        } else if (script[at] == '\'') {
            const auto end = script.find('\'', at + 1);
            made = made + text(script.substr(at + 1, end - at - 1));
            at = end + 1;
        } else if (script[at] == '*') {
            const auto end = std::min(script.find(' ', at), script.size());
            const auto count = std::stoul(std::string(script.substr(at + 1, end - at - 1)));
            made.insert(made.end(), count - 1, made.back());
            at = end;
        } else {
            made.push_back(static_cast<std::byte>(digit(script.at(at)) * 16 + digit(script.at(at + 1))));
            at += 2;
        }
    }
    return made;
}

/// For failure reports.
inline std::string hex(bytes data) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string made;
    for (const auto each : data) {
        made += digits[std::to_integer<std::size_t>(each) >> 4];
        made += digits[std::to_integer<std::size_t>(each) & 15];
        made += ' ';
    }
    return made;
}

}  // namespace zither::zmtp::test
