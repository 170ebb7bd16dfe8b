#pragma once

#include "zither/zmtp/message.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace zither::zmtp {

template <class Allocator>
void append(std::vector<std::byte, Allocator>& to, bytes data) {
    to.insert(to.end(), data.begin(), data.end());
}

/// A command's body in two: its name and what follows.
struct command_view {
    std::string_view name;
    bytes data;
};

/// Splits name-length u8, name, data; nothing when malformed.
[[nodiscard]] std::optional<command_view> parse_command(bytes body) noexcept;

/// Appends a whole command frame.
void append_command(std::vector<std::byte>& to, std::string_view name, bytes data);

}  // namespace zither::zmtp
