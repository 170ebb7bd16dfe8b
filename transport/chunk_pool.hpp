#pragma once

#include "zither/zmtp/frame.hpp"
#include "zither/zmtp/message.hpp"

namespace zither::transport {

/// Octets of a chunk: below the allocator's threshold for fresh pages.
inline constexpr std::size_t chunk_size = 64 * 1024;
/// Octets that make a batch: whatever body is the last to be copied, all lies in one chunk, and is written
/// and read in one piece.
inline constexpr std::size_t batch_size = chunk_size - zmtp::frame_header_max - zmtp::message::copied_max;
/// Octets of a quiet lane's first chunk, so that a thousand slow peers stay cheap.
inline constexpr std::size_t small_chunk_size = 4 * 1024;

/// A chunk from the process's pool, or null when memory is short. Thread-safe. The last reference returns it;
/// the pool keeps a bounded number, the rest is freed.
[[nodiscard]] zmtp::buffer* take_chunk() noexcept;

}  // namespace zither::transport
