#pragma once

// What every fuzz target is made of. A target is one file, `<name>_fuzz.cpp`, that defines the function
// below; it is built twice: with libFuzzer (the fuzz preset), and with `replay.cpp`, which runs the committed
// inputs in ordinary tests.

#include "zither/zmtp/message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace zither::fuzz {

using zmtp::as_bytes;
using zmtp::as_text;
using zmtp::bytes;

/// An expectation in every build: what is not so ends the program, and is a finding.
inline void must(bool so, const char* what) {
    if (so) return;
    std::fprintf(stderr, "not so: %s\n", what);
    std::abort();
}

/// An input, taken from the front. Asked for more than there is, it gives zeros.
class input {
public:
    input(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const std::byte*>(data), size) {}

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
    std::uint8_t octet() {
        if (rest_.empty()) return 0;
        const auto first = std::to_integer<std::uint8_t>(rest_.front());
        rest_ = rest_.subspan(1);
        return first;
    }
    unsigned below(unsigned limit) { return octet() % limit; }
    bool flag() { return octet() & 1; }
    bytes take(std::size_t count) {
        const auto taken = rest_.first(std::min(count, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    std::string text(std::size_t most) { return std::string(as_text(take(octet() % (most + 1)))); }
    bytes all() { return take(rest_.size()); }

private:
    bytes rest_;
};

}  // namespace zither::fuzz
