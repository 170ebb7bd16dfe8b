#pragma once

#include "zither/sockets/context_object.hpp"
#include "zither/sockets/socket_object.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace zither::capi {

/// What a `void *context` points to.
struct context_handle {
    static constexpr unsigned live = 0xc0a7e57;
    unsigned tag = 0;
    context_handle* next_closed = nullptr;  // the store's
    std::shared_ptr<sockets::context_object> object;
};

/// What a `void *socket` points to. The tag tells a closed or foreign pointer from a socket.
struct socket_handle {
    static constexpr unsigned live = 0x50c4e7;
    unsigned tag = 0;
    socket_handle* next_closed = nullptr;  // the store's
    std::shared_ptr<sockets::socket_object> object;
};

/// Hands out handles and takes them back. Their memory is never freed, so that a call with a closed one finds
/// its tag; the longest closed are used again once there are some. Thread-safe.
template <class Handle>
class handle_store {
public:
    /// The store of the process; it outlives static destruction.
    static handle_store& of_process() {
        static auto* const only = new handle_store;
        return *only;
    }
    template <class Object>
    Handle* open(std::shared_ptr<Object> object) {
        std::lock_guard lock(mutex_);
        Handle* one = nullptr;
        if (closed_count_ >= closed_min) {
            one = first_closed_;
            first_closed_ = std::exchange(one->next_closed, nullptr);
            --closed_count_;
        } else {
            all_.push_back(std::make_unique<Handle>());
            one = all_.back().get();
        }
        one->object = std::move(object);
        one->tag = Handle::live;
        return one;
    }
    /// Takes no memory.
    void close(Handle* one) {
        one->tag = 0;
        const auto last = std::move(one->object);  // may end here, without the mutex
        std::lock_guard lock(mutex_);
        (closed_count_ > 0 ? last_closed_->next_closed : first_closed_) = one;
        last_closed_ = one;
        ++closed_count_;
    }

private:
    static constexpr std::size_t closed_min =
        64;  // a closed handle is told apart for at least so many closes
    std::mutex mutex_;
    std::vector<std::unique_ptr<Handle>> all_;
    Handle* first_closed_ = nullptr;
    Handle* last_closed_ = nullptr;
    std::size_t closed_count_ = 0;
};

/// Null, with errno EFAULT, for anything else.
context_handle* context_of(void* handle) noexcept;
/// Null, with errno set: for a socket of a parent process, or for what is none.
socket_handle* no_socket(bool inherited) noexcept;
/// Null, with errno ENOTSOCK, for anything else.
inline socket_handle* socket_of(void* handle) noexcept {
    auto* found = static_cast<socket_handle*>(handle);
    const bool live = found && found->tag == socket_handle::live;
    // A child of a fork may close what it inherited, and no more.
    if (live && !found->object->left_behind()) [[likely]]
        return found;
    return no_socket(live);
}

}  // namespace zither::capi
