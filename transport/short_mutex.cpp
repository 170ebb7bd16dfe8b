#include "zither/transport/short_mutex.hpp"

namespace zither::transport {

void short_mutex::wait() noexcept {
    // Whoever waited takes it as awaited: there may be others.
    while (state_.exchange(awaited, std::memory_order_acquire) != nobodys)
        state_.wait(awaited, std::memory_order_relaxed);
}

}  // namespace zither::transport
