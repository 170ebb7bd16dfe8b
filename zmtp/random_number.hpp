#pragma once

#include <cstdint>

namespace zither::zmtp {

/// A number that nobody can foresee, from libsodium: it asks the system, where std::random_device asks the
/// processor what it can, which a virtual machine may take 15 us to answer.
[[nodiscard]] std::uint32_t random_number() noexcept;

}  // namespace zither::zmtp
