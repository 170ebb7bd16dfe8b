#pragma once

// A scheduler that misbehaves, the same way for the same seed: races then happen in seconds, not in months.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include <sched.h>

namespace zither::test {

/// While it lives, moves the threads of this process between processors at random.
class disturbance {
public:
    explicit disturbance(std::uint32_t seed) : random_(seed) {
        ::sched_getaffinity(0, sizeof all_, &all_);
        thread_ = std::thread([this] {
            while (!stop_) {
                move_all();
                std::this_thread::yield();
            }
            for_each_thread([this](pid_t thread) { ::sched_setaffinity(thread, sizeof all_, &all_); });
        });
    }
    disturbance(const disturbance&) = delete;
    disturbance& operator=(const disturbance&) = delete;
    ~disturbance() {
        stop_ = true;
        thread_.join();
    }

private:
    template <class Call>
    static void for_each_thread(Call&& call) {
        std::error_code ignored;
        for (std::filesystem::directory_iterator each("/proc/self/task", ignored), end; each != end;
             each.increment(ignored))
            call(static_cast<pid_t>(std::stoi(each->path().filename().string())));
    }
    void move_all() {
        for_each_thread([this](pid_t thread) {
            switch (random_() % 4) {
                case 0: place(thread, 0); break;
                case 1: place(thread, 1); break;
                case 2: ::sched_setaffinity(thread, sizeof all_, &all_); break;
                default: std::this_thread::yield();
            }
        });
    }
    void place(pid_t thread, int nth) {
        cpu_set_t only;
        CPU_ZERO(&only);
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(cpu, &all_) && nth-- == 0) CPU_SET(cpu, &only);
        if (CPU_COUNT(&only) > 0) ::sched_setaffinity(thread, sizeof only, &only);
    }

    std::mt19937 random_;
    cpu_set_t all_{};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

/// Lets go of the processor now and then, in one thread's own order.
class hesitation {
public:
    explicit hesitation(std::uint32_t seed, unsigned one_in = 8) : random_(seed), one_in_(one_in) {}
    void operator()() {
        if (random_() % one_in_ != 0) return;
        for (unsigned i = random_() % 4; i > 0; --i) std::this_thread::yield();
    }

private:
    std::mt19937 random_;
    unsigned one_in_;
};

}  // namespace zither::test
