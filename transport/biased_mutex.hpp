#pragma once

#include <array>
#include <atomic>

namespace zither::transport {

/// A mutex that is never held for long, and that one thread takes nearly always: a socket's. Taken so often
/// in a row by one thread, it becomes biased towards that: taking and giving it back needs no locked
/// instruction any more, each of which costs what a small message does. Another thread that comes takes the
/// bias away, at the price of a process_fence. Who has to wait sleeps in the kernel. The first few threads
/// that would be favoured can be, each again and again; others take it as anybody does. For std::unique_lock.
class biased_mutex {
public:
    biased_mutex() = default;
    biased_mutex(const biased_mutex&) = delete;
    biased_mutex& operator=(const biased_mutex&) = delete;

    void lock() noexcept {
        auto* const mine = favourite_.load(std::memory_order_acquire);
        if (mine && mine->whose == me()) [[likely]] {
            mine->inside.store(true, std::memory_order_relaxed);
            // The processor's fence here is made by whoever takes the bias away, between the same two.
            std::atomic_signal_fence(std::memory_order_seq_cst);
            if (favourite_.load(std::memory_order_acquire) == mine) [[likely]] {
                by_bias_ = mine;
                return;
            }
            mine->inside.store(false, std::memory_order_release);
        }
        lock_as_anybody();
    }
    void unlock() noexcept {
        // From here on the next owner may destroy it; waiters of the kernel's are found by the address alone.
        if (auto* const mine = by_bias_) [[likely]]
            mine->inside.store(false, std::memory_order_release);
        else if (state_.exchange(nobodys, std::memory_order_release) == awaited) [[unlikely]]
            state_.notify_one();
    }

private:
    enum : int { nobodys, held, awaited };

    /// Of one thread for good: whoever is late in `lock` and finds that he is the favourite no more writes to
    /// it, and another may be inside by then.
    struct seat {
        const void* whose = nullptr;
        std::atomic<bool> inside{false};  // he holds it by bias, or tries to; written by him alone
    };

    /// Stands for the calling thread.
    [[nodiscard]] static const void* me() noexcept { return &me_; }
    void lock_as_anybody() noexcept;
    void wait() noexcept;
    void take_bias(const seat& from) noexcept;
    [[nodiscard]] seat* seat_of(const void* thread) noexcept;

    // Loaded with the library, so that its address takes no call.
    [[gnu::tls_model("initial-exec")]] static inline constinit thread_local const char me_ = 0;

    std::atomic<seat*> favourite_{nullptr};  // written by who holds it, as anybody
    std::atomic<int> state_{nobodys};        // for anybody else

    // Guarded by the mutex itself.
    seat* by_bias_ = nullptr;  // of who holds it, if that is how
    unsigned in_a_row_ = 0;
    const void* last_ = nullptr;  // who held it as anybody
    std::array<seat, 4> seats_;   // `whose` is written before it is the favourite
};

}  // namespace zither::transport
