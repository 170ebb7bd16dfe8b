#include "errno.hpp"
#include "handles.hpp"
#include "zither/sockets/proxy_loop.hpp"
#include "zmq.h"

#include <cerrno>

using namespace zither;
using namespace zither::capi;

extern "C" {

int zmq_proxy_steerable(void* frontend, void* backend, void* capture, void* control) {
    if (!frontend || !backend) return fail(EFAULT);
    auto* front = socket_of(frontend);
    auto* back = socket_of(backend);
    auto* copy = capture ? socket_of(capture) : nullptr;
    auto* steer = control ? socket_of(control) : nullptr;
    if (!front || !back || (capture && !copy) || (control && !steer)) return -1;
    return guarded([&] {
        return result(sockets::run_proxy(front->object, back->object, copy ? copy->object.get() : nullptr,
                                         steer ? steer->object : nullptr));
    });
}

int zmq_proxy(void* frontend, void* backend, void* capture) {
    return zmq_proxy_steerable(frontend, backend, capture, nullptr);
}

int zmq_device(int, void* frontend, void* backend) { return zmq_proxy(frontend, backend, nullptr); }

}  // extern "C"
