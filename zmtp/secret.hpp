#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zither::zmtp {

/// Zeroes memory in a way that no optimizer leaves out.
void wipe(void* from, std::size_t octets) noexcept;

/// Wipes memory before it gives it back, so that a vector that grows, moves or ends leaves nothing behind.
template <class Value>
struct wiping_allocator {
    using value_type = Value;

    wiping_allocator() noexcept = default;
    template <class Other>
    wiping_allocator(const wiping_allocator<Other>&) noexcept {}

    [[nodiscard]] Value* allocate(std::size_t count) { return std::allocator<Value>().allocate(count); }
    void deallocate(Value* from, std::size_t count) noexcept {
        wipe(from, count * sizeof(Value));
        std::allocator<Value>().deallocate(from, count);
    }
    friend bool operator==(const wiping_allocator&, const wiping_allocator&) noexcept { return true; }
};

/// Octets that nobody else shall read.
using secret_octets = std::vector<std::byte, wiping_allocator<std::byte>>;

/// A password; compared in a time that only its size decides. Not a std::string, which keeps a short text in
/// itself, where no allocator wipes it.
class secret_text {
public:
    secret_text() noexcept = default;
    secret_text(std::string_view text) : characters_(text.begin(), text.end()) {}
    secret_text(const std::string& text) : secret_text(std::string_view(text)) {}
    secret_text(const char* text) : secret_text(std::string_view(text)) {}

    [[nodiscard]] std::string_view view() const noexcept { return {characters_.data(), characters_.size()}; }
    operator std::string_view() const noexcept { return view(); }
    friend bool operator==(const secret_text& one, const secret_text& other) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return characters_.size(); }

    void reserve(std::size_t size) { characters_.reserve(size); }
    void append(std::string_view more) { characters_.insert(characters_.end(), more.begin(), more.end()); }
    void assign(std::size_t size, char value) { characters_.assign(size, value); }
    void resize(std::size_t size) { characters_.resize(size); }
    [[nodiscard]] char* data() noexcept { return characters_.data(); }

private:
    std::vector<char, wiping_allocator<char>> characters_;
};

}  // namespace zither::zmtp
