#pragma once

#include <atomic>

namespace zither::transport {

/// A mutex that is never held for long, and that one thread takes nearly always: a socket's. Taken so often
/// in a row by one thread, it becomes biased towards that: taking and giving it back needs no locked
/// instruction any more, each of which costs what a small message does. Another thread that comes takes the
/// bias away, at the price of a process_fence. Who has to wait sleeps in the kernel. For std::unique_lock.
class biased_mutex {
public:
    biased_mutex() = default;
    biased_mutex(const biased_mutex&) = delete;
    biased_mutex& operator=(const biased_mutex&) = delete;

    void lock() noexcept {
        if (favourite_.load(std::memory_order_relaxed) == me()) [[likely]] {
            inside_.store(true, std::memory_order_relaxed);
            // The processor's fence here is made by whoever takes the bias away, between the same two.
            std::atomic_signal_fence(std::memory_order_seq_cst);
            if (favourite_.load(std::memory_order_acquire) == me()) [[likely]] {
                by_bias_ = true;
                return;
            }
            inside_.store(false, std::memory_order_release);
        }
        lock_as_anybody();
    }
    void unlock() noexcept {
        // From here on the next owner may destroy it; waiters of the kernel's are found by the address alone.
        if (by_bias_) [[likely]]
            inside_.store(false, std::memory_order_release);
        else if (state_.exchange(nobodys, std::memory_order_release) == awaited) [[unlikely]]
            state_.notify_one();
    }

private:
    enum : int { nobodys, held, awaited };

    /// Stands for the calling thread.
    [[nodiscard]] static const void* me() noexcept { return &me_; }
    void lock_as_anybody() noexcept;
    void wait() noexcept;
    void take_bias() noexcept;

    // Loaded with the library, so that its address takes no call.
    [[gnu::tls_model("initial-exec")]] static inline constinit thread_local const char me_ = 0;

    std::atomic<const void*> favourite_{nullptr};  // written by who holds it, as anybody
    std::atomic<bool> inside_{false};              // the favourite holds it, or tries to
    std::atomic<int> state_{nobodys};              // for anybody else

    // Guarded by the mutex itself.
    bool by_bias_ = false;
    unsigned in_a_row_ = 0;
    const void* last_ = nullptr;  // who held it as anybody
};

}  // namespace zither::transport
