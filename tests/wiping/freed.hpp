#pragma once

#include <cstddef>
#include <string_view>

/// What is given back to the allocator is looked through for a secret.
namespace zither::wiping {

/// From now on, for this; the text must outlive the search. Empty: for nothing.
void search_for(std::string_view secret) noexcept;
/// Blocks that were given back with it in them, since then.
[[nodiscard]] std::size_t found() noexcept;
/// In how many places it stands in memory that this process can write to: the heap, statics and every stack.
/// While no other thread runs.
[[nodiscard]] std::size_t places(std::string_view secret);
/// Is it anywhere in there?
[[nodiscard]] bool holds(const void* from, std::size_t octets, std::string_view secret) noexcept;
/// ... or in a chunk that octets were read into?
[[nodiscard]] bool in_a_chunk(std::string_view secret);

}  // namespace zither::wiping
