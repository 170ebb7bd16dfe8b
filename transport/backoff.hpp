#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace zither::transport {

/// How long to wait before the next attempt: exponential from `first` up to `cap`, full jitter above the
/// first interval so that a thousand clients of one restarted server do not return together.
class backoff {
public:
    using milliseconds = std::chrono::milliseconds;

    backoff(milliseconds first, milliseconds cap) noexcept
        : first_(first), cap_(std::max(first, cap)), next_(first) {}

    /// The next wait; `random` is any number, evenly distributed. Without a cap the interval stays, plus
    /// jitter of up to itself, as libzmq has it.
    milliseconds next(std::uint32_t random) noexcept {
        const auto base = next_.count();
        if (base <= 0) return milliseconds(0);
        next_ = std::min(cap_, next_ * 2);
        if (cap_ == first_) return milliseconds(base + random % base);
        return milliseconds(base / 2 + random % (base / 2 + 1));
    }
    void reset() noexcept { next_ = first_; }

private:
    milliseconds first_;
    milliseconds cap_;
    milliseconds next_;
};

}  // namespace zither::transport
