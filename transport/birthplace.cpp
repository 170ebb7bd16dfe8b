#include "zither/transport/birthplace.hpp"

#include "zither/transport/immortal.hpp"

#include <cstddef>
#include <mutex>
#include <new>
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
    static immortal<std::vector<std::shared_ptr<void>>> kept;
    std::lock_guard lock(mutex);
    try {
        (*kept).push_back(inherited);
    } catch (const std::bad_alloc&) {
        // A hold that nobody will let go of.
        alignas(std::shared_ptr<void>) static std::byte place[sizeof inherited];
        new (place) std::shared_ptr<void>(std::move(inherited));
    }
}

}  // namespace zither::transport
