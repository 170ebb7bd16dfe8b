#pragma once

#include "zither/zmtp/session.hpp"

#include <algorithm>
#include <chrono>

namespace zither::transport {

/// Writes for each connection, and for all.
inline constexpr int credit_each = 8;
inline constexpr int credit_max = 64;
/// What a write costs of the thread's credit while messages wait that the application has not read: what it
/// says to them is soon followed by more, and goes out at the latest when all are read.
inline constexpr int price_while_unread = 16;
/// What regains one write: of a socket's credit, and of a thread's.
inline constexpr auto socket_interval = std::chrono::microseconds(2);
inline constexpr auto thread_interval = std::chrono::microseconds(8);

/// Writes that may be made at once, one message each, before messages are gathered to batches. Time between
/// writes regains them: a steady sender writes through, a flood does not. A socket has such a credit, and so
/// has each thread, because many sockets may make one flood.
class write_credit {
public:
    /// What regains one write.
    explicit constexpr write_credit(std::chrono::nanoseconds interval) : interval_(interval) {}

    /// Would one more be within `most`, at the price of so many?
    [[nodiscard]] bool left(int most, zmtp::time_point now, int price = 1) noexcept {
        const auto regained = std::max(now - since_, std::chrono::nanoseconds::zero());
        since_ = now;
        debt_ = std::max(std::min(debt_, most * interval_) - regained, std::chrono::nanoseconds::zero());
        return debt_ + price * interval_ <= most * interval_;
    }
    /// Besides what the write itself costs.
    void spend(int writes) noexcept { debt_ += writes * interval_; }
    /// Something was written, and costs one, was there credit for it or not: who writes batch after batch has
    /// none to spare. The time that took regains nothing.
    void wrote(zmtp::time_point now) noexcept {
        since_ = now;
        debt_ += interval_;
    }
    /// Who had to wait makes no flood.
    void rested() noexcept { debt_ = std::min(debt_, (credit_max - credit_each) * interval_); }

    /// The calling thread's own.
    static write_credit& mine() noexcept {
        thread_local write_credit own{thread_interval};
        return own;
    }

private:
    std::chrono::nanoseconds interval_;
    std::chrono::nanoseconds debt_{};
    zmtp::time_point since_{};
};

}  // namespace zither::transport
