#pragma once

#include "aside.hpp"

#include <cstdint>

namespace zither::faults {

using support::aside;

/// While it lives, this thread's nth request for memory fails, and `times` in all. One at a time.
class shortage {
public:
    explicit shortage(std::uint64_t nth, std::uint64_t times = 1);
    ~shortage();
    shortage(const shortage&) = delete;
    shortage& operator=(const shortage&) = delete;
    /// How many requests there have been since the last one began.
    static std::uint64_t asked_for() noexcept;
    /// Of these, Asio's for handlers that are posted: how many depends on the time.
    static std::uint64_t asked_for_handlers() noexcept;
    /// Counts a request; true when it is to fail.
    static bool refuses() noexcept;
};

}  // namespace zither::faults
