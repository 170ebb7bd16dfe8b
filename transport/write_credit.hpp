#pragma once

#include "zither/zmtp/session.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace zither::transport {

/// Writes that may be made at once, one message each, before messages are gathered to batches. A pause
/// regains them: a steady sender writes through, a flood does not. A socket has such a credit and so has each
/// thread, because many sockets may make one flood.
class write_credit {
public:
    /// What a pause regains, one write each.
    explicit constexpr write_credit(std::chrono::nanoseconds interval) : interval_(interval) {}

    /// Would one more be within `most`?
    [[nodiscard]] bool left(int most, zmtp::time_point now) noexcept {
        const auto regained = std::max<std::int64_t>(0, (now - last_) / interval_);
        spent_ = static_cast<int>(std::max<std::int64_t>(0, std::min(spent_, most) - regained));
        return spent_ < most;
    }
    void spend() noexcept { ++spent_; }
    /// Something was written, with credit or without.
    void wrote(zmtp::time_point now) noexcept { last_ = now; }
    /// Who had to wait makes no flood.
    void rested() noexcept { spent_ = 0; }

    /// The calling thread's own.
    static write_credit& mine() noexcept {
        thread_local write_credit own{std::chrono::microseconds(8)};
        return own;
    }

private:
    std::chrono::nanoseconds interval_;
    int spent_ = 0;
    zmtp::time_point last_{};
};

}  // namespace zither::transport
