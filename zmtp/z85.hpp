#pragma once

#include "zither/zmtp/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zither::zmtp {

/// RFC 32. Nothing when the size is not a multiple of four.
[[nodiscard]] std::optional<std::string> z85_encode(bytes data);
/// The same as characters at `to`, five for each four octets; the size is a multiple of four.
void z85_write(bytes data, char* to) noexcept;
/// Nothing when the size is not a multiple of five, a character is foreign, or a group is beyond 32 bits.
[[nodiscard]] std::optional<std::vector<std::byte>> z85_decode(std::string_view text);

}  // namespace zither::zmtp
