#include "zither/transport/biased_mutex.hpp"

#include "zither/transport/process_fence.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include <sched.h>

using zither::transport::biased_mutex;
using zither::transport::process_fence;

namespace {

/// Two numbers that are the same whenever nobody holds the mutex.
struct shared_state {
    biased_mutex mutex;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::uint64_t differed = 0;

    void add(bool dawdle) {
        std::lock_guard lock(mutex);
        differed += first != second;
        ++first;
        if (dawdle) std::this_thread::yield();
        ++second;
    }
};

// As often as makes a bias, and some more.
constexpr std::uint64_t row = 10000;

void stay_on_one_processor() {
    cpu_set_t allowed, first;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    CPU_ZERO(&first);
    for (int cpu = 0; CPU_COUNT(&first) == 0; ++cpu)
        if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &first);
    (void)::sched_setaffinity(0, sizeof first, &first);
}

}  // namespace

TEST_CASE("who comes to a mutex that one thread takes nearly always finds it as he should") {
    process_fence::prepare();
    shared_state state;
    constexpr int visits = 200;
    std::atomic<std::uint64_t> turns{0};
    std::atomic<bool> over{false};
    std::thread favourite([&] {
        while (!over.load(std::memory_order_relaxed)) {
            state.add(turns.load(std::memory_order_relaxed) % 1000 == 0);
            turns.fetch_add(1, std::memory_order_relaxed);
        }
    });
    for (int i = 0; i < visits; ++i) {
        const auto biased_again = turns.load(std::memory_order_relaxed) + row;
        while (turns.load(std::memory_order_relaxed) < biased_again) std::this_thread::yield();
        state.add(true);
    }
    over = true;
    favourite.join();
    CHECK(state.differed == 0);
    CHECK(state.first == turns + visits);
    CHECK(state.second == state.first);
}

TEST_CASE("several threads take the bias away from each other") {
    process_fence::prepare();
    shared_state state;
    constexpr int threads = 4;
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i)
        all.emplace_back([&] {
            for (std::uint64_t turn = 0; turn < 5 * row; ++turn) state.add(turn % (row / 2) == 0);
        });
    for (auto& one : all) one.join();
    CHECK(state.differed == 0);
    CHECK(state.first == threads * 5 * row);
}

TEST_CASE("a thread that comes late to a bias it has lost disturbs nobody") {
    // On one processor each of them runs for long enough to become the favourite, and is interrupted
    // anywhere.
    process_fence::prepare();
    shared_state state;
    constexpr std::uint64_t threads = 4, turns = 5'000'000;
    std::vector<std::thread> all;
    for (std::uint64_t i = 0; i < threads; ++i)
        all.emplace_back([&] {
            stay_on_one_processor();
            for (std::uint64_t turn = 0; turn < turns; ++turn) state.add(false);
        });
    for (auto& one : all) one.join();
    CHECK(state.differed == 0);
    CHECK(state.first == threads * turns);
}

TEST_CASE("a mutex outlives the thread it is biased towards") {
    process_fence::prepare();
    shared_state state;
    for (int i = 0; i < 3; ++i)
        std::thread([&] {
            for (std::uint64_t turn = 0; turn < row; ++turn) state.add(false);
        }).join();
    state.add(false);
    CHECK(state.first == 3 * row + 1);
}
