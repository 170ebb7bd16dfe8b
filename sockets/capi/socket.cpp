#include "errno.hpp"
#include "handles.hpp"
#include "zmq.h"

#include <cerrno>
#include <memory>

using namespace zither;
using namespace zither::capi;

extern "C" {

void* zmq_socket(void* context, int type) {
    auto* handle = context_of(context);
    if (!handle) return nullptr;
    if (type < 0 || type >= zmtp::socket_type_count) {
        errno = EINVAL;
        return nullptr;
    }
    socket_handle* made = nullptr;
    (void)guarded([&] {
        std::shared_ptr<sockets::socket_object> object;
        const auto error = handle->object->make_socket(static_cast<socket_type>(type), object);
        if (error == errc::ok) made = handle_store<socket_handle>::of_process().open(std::move(object));
        return result(error);
    });
    return made;
}

int zmq_close(void* socket) {
    auto* handle = static_cast<socket_handle*>(socket);
    if (!handle || handle->tag != socket_handle::live) return fail(ENOTSOCK);
    handle->object->close();
    handle_store<socket_handle>::of_process().close(handle);
    return 0;
}

int zmq_setsockopt(void* socket, int option, const void* optval, size_t optvallen) {
    auto* handle = socket_of(socket);
    return handle ? guarded([&] { return result(handle->object->set(option, optval, optvallen)); }) : -1;
}

int zmq_getsockopt(void* socket, int option, void* optval, size_t* optvallen) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!optval || !optvallen) return fail(EFAULT);
    return guarded([&] { return result(handle->object->get(option, optval, *optvallen)); });
}

int zmq_bind(void* socket, const char* addr) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    return addr ? guarded([&] { return result(handle->object->bind(addr)); }) : fail(EFAULT);
}

int zmq_connect(void* socket, const char* addr) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    return addr ? guarded([&] { return result(handle->object->connect(addr)); }) : fail(EFAULT);
}

int zmq_unbind(void* socket, const char* addr) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    return addr ? guarded([&] { return result(handle->object->unbind(addr)); }) : fail(EFAULT);
}

int zmq_disconnect(void* socket, const char* addr) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    return addr ? guarded([&] { return result(handle->object->disconnect(addr)); }) : fail(EFAULT);
}

int zmq_socket_monitor(void* socket, const char* addr, int events) {
    auto* handle = socket_of(socket);
    return handle ? guarded([&] { return result(handle->object->monitor(addr, events)); }) : -1;
}

}  // extern "C"
