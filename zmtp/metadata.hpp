#pragma once

#include "zither/zmtp/message.hpp"
#include "zither/zmtp/properties.hpp"
#include "zither/zmtp/secret.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace zither::zmtp {

/// More properties than this in one READY is an attack, not metadata.
inline constexpr std::size_t property_count_max = 256;

/// Appends one property (RFC 37, Metadata): name-length u8, name, value-length u32 in network order, value.
void append_property(std::vector<std::byte>& to, std::string_view name, std::string_view value);
/// The same, of what CURVE will seal.
void append_property(secret_octets& to, std::string_view name, std::string_view value);

/// All properties of a READY's body after its name; nothing when malformed.
[[nodiscard]] std::optional<std::vector<properties::entry>> parse_properties(bytes data);

/// RFC 37, Metadata: names are compared without regard to case.
[[nodiscard]] bool same_name(std::string_view one, std::string_view other) noexcept;

}  // namespace zither::zmtp
