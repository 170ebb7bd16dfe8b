#include "zither/transport/birthplace.hpp"

#include <mutex>
#include <vector>

#include <pthread.h>

namespace zither::transport {

birthplace::birthplace() noexcept : generation_(forks_.load(std::memory_order_relaxed)) {
    static const int registered =
        ::pthread_atfork(nullptr, nullptr, [] { forks_.fetch_add(1, std::memory_order_relaxed); });
    (void)registered;
}

void keep_for_ever(std::shared_ptr<void> inherited) {
    static std::mutex mutex;
    static auto* const kept = new std::vector<std::shared_ptr<void>>;  // outlives static destruction
    std::lock_guard lock(mutex);
    kept->push_back(std::move(inherited));
}

}  // namespace zither::transport
