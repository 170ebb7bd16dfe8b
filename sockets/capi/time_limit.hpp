#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace zither::capi {

/// A time-out of libzmq's, of which longer ones are indistinguishable, since the system's poll takes an int.
inline long bounded(long timeout_ms) noexcept { return std::min(timeout_ms, 1L << 30); }

/// The same as a duration; below 0 there is none.
inline std::optional<std::chrono::milliseconds> time_limit(long timeout_ms) noexcept {
    if (timeout_ms < 0) return std::nullopt;
    return std::chrono::milliseconds(bounded(timeout_ms));
}

}  // namespace zither::capi
