#include "errno.hpp"
#include "handles.hpp"
#include "zmq.h"

#include <cerrno>

namespace zither::capi {

context_handle* context_of(void* handle) noexcept {
    auto* found = static_cast<context_handle*>(handle);
    if (found && found->tag == context_handle::live) return found;
    errno = EFAULT;
    return nullptr;
}

socket_handle* no_socket(bool inherited) noexcept {
    errno = inherited ? ETERM : ENOTSOCK;
    return nullptr;
}

}  // namespace zither::capi

using namespace zither;
using namespace zither::capi;

extern "C" {

void* zmq_ctx_new(void) {
    context_handle* made = nullptr;
    (void)guarded([&] {
        made = handle_store<context_handle>::of_process().open(std::make_shared<sockets::context_object>());
        return 0;
    });
    return made;
}

int zmq_ctx_term(void* context) {
    auto* handle = context_of(context);
    if (!handle) return -1;
    return guarded([&] {
        if (const auto error = handle->object->terminate(); error != errc::ok) return result(error);
        handle_store<context_handle>::of_process().close(handle);
        return 0;
    });
}

int zmq_ctx_shutdown(void* context) {
    auto* handle = context_of(context);
    if (!handle) return -1;
    return guarded([&] {
        handle->object->shutdown();
        return 0;
    });
}

int zmq_ctx_set(void* context, int option, int optval) {
    auto* handle = context_of(context);
    return handle ? guarded([&] { return result(handle->object->set(option, optval)); }) : -1;
}

int zmq_ctx_get(void* context, int option) {
    auto* handle = context_of(context);
    if (!handle) return -1;
    int value = 0;
    const auto error = handle->object->get(option, value);
    return error == errc::ok ? value : result(error);
}

int zmq_ctx_set_ext(void* context, int option, const void* optval, size_t optvallen) {
    auto* handle = context_of(context);
    if (!handle) return -1;
    if (!optval) return fail(EFAULT);
    return guarded([&] { return result(handle->object->set_value(option, optval, optvallen)); });
}

int zmq_ctx_get_ext(void* context, int option, void* optval, size_t* optvallen) {
    auto* handle = context_of(context);
    if (!handle) return -1;
    if (!optval || !optvallen) return fail(EFAULT);
    return guarded([&] { return result(handle->object->get_value(option, optval, *optvallen)); });
}

void* zmq_init(int io_threads) {
    if (io_threads < 0) {
        errno = EINVAL;
        return nullptr;
    }
    void* context = zmq_ctx_new();
    if (context) zmq_ctx_set(context, ZMQ_IO_THREADS, io_threads);
    return context;
}

int zmq_term(void* context) { return zmq_ctx_term(context); }
int zmq_ctx_destroy(void* context) { return zmq_ctx_term(context); }

}  // extern "C"
