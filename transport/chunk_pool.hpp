#pragma once

#include "zither/zmtp/message.hpp"

namespace zither::transport {

/// Octets of a chunk: below the allocator's threshold for fresh pages, large enough for one batch.
inline constexpr std::size_t chunk_size = 64 * 1024;
/// Octets of a quiet lane's first chunk, so that a thousand slow peers stay cheap.
inline constexpr std::size_t small_chunk_size = 4 * 1024;

/// A chunk from the process's pool, or null when memory is short. Thread-safe. The last reference returns it;
/// the pool keeps a bounded number, the rest is freed.
[[nodiscard]] zmtp::buffer* take_chunk() noexcept;

}  // namespace zither::transport
