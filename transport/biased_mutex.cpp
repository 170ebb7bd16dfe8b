#include "zither/transport/biased_mutex.hpp"

#include "zither/transport/process_fence.hpp"

#include <ctime>

#include <sched.h>

namespace zither::transport {

namespace {
// A bias that is taken away costs some ten microseconds, and one that lasts saves ten nanoseconds each time.
constexpr unsigned row_min = 4096;
// Who holds it is about to give it back, or has to wait for a processor.
constexpr int yields_max = 100;
constexpr timespec pause_for_processor{0, 50'000};
}  // namespace

void biased_mutex::lock_as_anybody() noexcept {
    int expected = nobodys;
    if (!state_.compare_exchange_strong(expected, held, std::memory_order_acquire, std::memory_order_relaxed))
        [[unlikely]]
        wait();
    if (const auto* const favourite = favourite_.load(std::memory_order_relaxed)) [[unlikely]]
        take_bias(*favourite);
    by_bias_ = nullptr;
    if (last_ != me()) {
        last_ = me();
        in_a_row_ = 0;
    } else if (++in_a_row_ == row_min) [[unlikely]] {
        in_a_row_ = 0;
        if (process_fence::ready()) favourite_.store(seat_of(me()), std::memory_order_release);
    }
}

/// Null when all are others'.
biased_mutex::seat* biased_mutex::seat_of(const void* thread) noexcept {
    for (auto& one : seats_) {
        if (!one.whose) one.whose = thread;
        if (one.whose == thread) return &one;
    }
    return nullptr;
}

void biased_mutex::wait() noexcept {
    // Whoever waited takes it as awaited: there may be others.
    while (state_.exchange(awaited, std::memory_order_acquire) != nobodys)
        state_.wait(awaited, std::memory_order_relaxed);
}

/// Behind the fence the favourite either has seen that it is none any more, or is seen inside.
void biased_mutex::take_bias(const seat& from) noexcept {
    favourite_.store(nullptr, std::memory_order_relaxed);
    process_fence::pass();
    for (int i = 0; from.inside.load(std::memory_order_acquire); ++i) {
        if (i < yields_max)
            ::sched_yield();
        else
            ::nanosleep(&pause_for_processor, nullptr);
    }
}

}  // namespace zither::transport
