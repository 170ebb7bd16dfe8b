#pragma once

// A call made in another thread, and the certainty that it sleeps.

#include "endpoints.hpp"

#include <fstream>
#include <functional>
#include <optional>

#include <sys/syscall.h>

namespace zither::test {

/// True when the kernel says that this thread of ours sleeps, and not for a lock.
inline bool sleeps(pid_t thread) {
    const auto about = "/proc/self/task/" + std::to_string(thread);
    std::ifstream state(about + "/stat");
    std::string line;
    std::getline(state, line);
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos || line.size() <= name_end + 2 || line[name_end + 2] != 'S')
        return false;
    // Some kernels do not say which call it is in.
    std::ifstream call(about + "/syscall");
    long number = -1;
    return !(call >> number) || number != SYS_futex;
}

/// Runs one call in a thread of its own. Its result is looked at in the thread that made it.
template <class Result>
class sleeper {
public:
    explicit sleeper(std::function<Result()> call)
        : thread_([this, call = std::move(call)] {
              id_ = static_cast<pid_t>(::syscall(SYS_gettid));
              result_ = call();
              done_ = true;
          }) {}
    sleeper(const sleeper&) = delete;
    sleeper& operator=(const sleeper&) = delete;
    ~sleeper() {
        if (thread_.joinable()) thread_.join();
    }

    /// Waits until the call sleeps; false when it returned instead.
    bool asleep() {
        int seen = 0;  // a short wait for some lock is not it
        eventually([&] { return done_ || (seen = id_ && sleeps(id_) ? seen + 1 : 0) >= 20; });
        return !done_;
    }
    bool done() const { return done_; }
    pid_t id() const { return id_; }
    pthread_t native() { return thread_.native_handle(); }
    Result result() {
        thread_.join();
        return *result_;
    }

private:
    std::atomic<pid_t> id_{0};
    std::atomic<bool> done_{false};
    std::optional<Result> result_;
    std::thread thread_;
};

}  // namespace zither::test
