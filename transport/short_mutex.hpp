#pragma once

#include <atomic>

namespace zither::transport {

/// A mutex that is never held for long: taking a free one, and giving back one that nobody waits for, is a
/// single locked instruction without a call. Who has to wait sleeps in the kernel. For std::unique_lock.
class short_mutex {
public:
    short_mutex() = default;
    short_mutex(const short_mutex&) = delete;
    short_mutex& operator=(const short_mutex&) = delete;

    void lock() noexcept {
        if (!try_lock()) [[unlikely]]
            wait();
    }
    [[nodiscard]] bool try_lock() noexcept {
        int expected = nobodys;
        return state_.compare_exchange_strong(expected, held, std::memory_order_acquire,
                                              std::memory_order_relaxed);
    }
    void unlock() noexcept {
        // From here on the next owner may destroy it; the waiters are found by the address alone.
        if (state_.exchange(nobodys, std::memory_order_release) == awaited) [[unlikely]]
            state_.notify_one();
    }

private:
    enum : int { nobodys, held, awaited };
    void wait() noexcept;

    std::atomic<int> state_{nobodys};
};

}  // namespace zither::transport
