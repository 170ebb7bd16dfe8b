#include "zither/transport/chunk_pool.hpp"

#include "zither/transport/immortal.hpp"

#include <array>
#include <mutex>

namespace zither::transport {

namespace {

// 4 MiB at rest: enough for every busy lane of two cores, too little to notice.
constexpr std::size_t pooled_max = 64;

struct pool {
    std::mutex mutex;
    std::array<zmtp::buffer*, pooled_max> chunks{};  // guarded by mutex
    std::size_t count = 0;                           // guarded by mutex
};

// The last message of a program may be closed after every static is gone.
pool& shared_pool() {
    static immortal<pool> instance;
    return *instance;
}

void give_back(zmtp::buffer* chunk) noexcept {
    auto& shared = shared_pool();
    {
        std::lock_guard lock(shared.mutex);
        if (shared.count < pooled_max) {
            shared.chunks[shared.count++] = chunk;
            return;
        }
    }
    zmtp::buffer::destroy(chunk);
}

}  // namespace

zmtp::buffer* take_chunk() noexcept {
    auto& shared = shared_pool();
    {
        std::lock_guard lock(shared.mutex);
        if (shared.count > 0) {
            auto* chunk = shared.chunks[--shared.count];
            chunk->revive();
            return chunk;
        }
    }
    auto* chunk = zmtp::buffer::allocate(chunk_size);
    if (chunk) chunk->recycle_with(give_back);
    return chunk;
}

}  // namespace zither::transport
