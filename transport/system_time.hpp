#pragma once

#include <algorithm>
#include <chrono>

#include <time.h>

namespace zither::transport {

/// A duration as ppoll takes it; what is over already is no time.
inline timespec system_time(std::chrono::nanoseconds wait) noexcept {
    const auto left = std::max(wait, std::chrono::nanoseconds::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {seconds.count(), (left - seconds).count()};
}

}  // namespace zither::transport
