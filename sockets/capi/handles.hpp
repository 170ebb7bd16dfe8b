#pragma once

#include "zither/sockets/context_object.hpp"
#include "zither/sockets/socket_object.hpp"

#include <memory>

namespace zither::capi {

/// What a `void *context` points to.
struct context_handle {
    static constexpr unsigned live = 0xc0a7e57;
    unsigned tag = live;
    std::shared_ptr<sockets::context_object> object = std::make_shared<sockets::context_object>();
};

/// What a `void *socket` points to. The tag tells a closed or foreign pointer from a socket.
struct socket_handle {
    static constexpr unsigned live = 0x50c4e7;
    unsigned tag = live;
    std::shared_ptr<sockets::socket_object> object;
};

/// Null, with errno EFAULT, for anything else.
context_handle* context_of(void* handle) noexcept;
/// Null, with errno ENOTSOCK, for anything else.
socket_handle* socket_of(void* handle) noexcept;

}  // namespace zither::capi
