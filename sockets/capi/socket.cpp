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
        if (error != errc::ok) return result(error);
        try {
            made = handle_store<socket_handle>::of_process().open(object);
        } catch (const std::bad_alloc&) {
            object->close();  // nobody else could, and the context would wait for it
            throw;
        }
        return 0;
    });
    return made;
}

int zmq_close(void* socket) {
    auto* handle = static_cast<socket_handle*>(socket);
    if (!handle || handle->tag != socket_handle::live) return fail(ENOTSOCK);
    return guarded([&] {
        handle->object->close();
        handle_store<socket_handle>::of_process().close(handle);
        return 0;
    });
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

int zmq_join(void* socket, const char* group) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    return group ? guarded([&] { return result(handle->object->join(group, true)); }) : fail(EFAULT);
}

int zmq_leave(void* socket, const char* group) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    return group ? guarded([&] { return result(handle->object->join(group, false)); }) : fail(EFAULT);
}

uint32_t zmq_connect_peer(void* socket, const char* addr) {
    auto* handle = socket_of(socket);
    if (!handle) return 0;
    std::uint32_t number = 0;
    const int done =
        addr ? guarded([&] { return result(handle->object->connect_peer(addr, number)); }) : fail(EFAULT);
    return done == 0 ? number : 0;
}

int zmq_disconnect_peer(void* socket, uint32_t routing_id) {
    auto* handle = socket_of(socket);
    return handle ? guarded([&] { return result(handle->object->disconnect_peer(routing_id)); }) : -1;
}

int zmq_socket_get_peer_state(void* socket, const void* routing_id, size_t routing_id_size) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (!routing_id && routing_id_size > 0) return fail(EFAULT);
    return guarded([&] {
        int state = 0;
        const auto error =
            handle->object->peer_state({static_cast<const std::byte*>(routing_id), routing_id_size}, state);
        return error == errc::ok ? state : result(error);
    });
}

int zmq_socket_monitor(void* socket, const char* addr, int events) {
    return zmq_socket_monitor_versioned(socket, addr, static_cast<uint64_t>(events), 1, ZMQ_PAIR);
}

int zmq_socket_monitor_versioned(void* socket, const char* addr, uint64_t events, int event_version,
                                 int type) {
    auto* handle = socket_of(socket);
    if (!handle) return -1;
    if (type < 0 || type >= zmtp::socket_type_count) return fail(EINVAL);
    return guarded([&] {
        return result(handle->object->monitor(addr, events, event_version, static_cast<socket_type>(type)));
    });
}

int zmq_socket_monitor_pipes_stats(void* socket) {
    auto* handle = socket_of(socket);
    return handle ? guarded([&] { return result(handle->object->monitor_pipes()); }) : -1;
}

}  // extern "C"
