#include "zither/sockets/poll.hpp"
#include "errno.hpp"
#include "handles.hpp"
#include "time_limit.hpp"
#include "zither/transport/system_time.hpp"
#include "zmq.h"

#include <cerrno>
#include <vector>

#include <poll.h>

using namespace zither;
using namespace zither::capi;
using std::chrono::milliseconds;

static_assert(ZMQ_POLLIN == sockets::poll_event::input && ZMQ_POLLOUT == sockets::poll_event::output &&
              ZMQ_POLLERR == sockets::poll_event::error && ZMQ_POLLPRI == sockets::poll_event::priority);

namespace {

int poll_items(zmq_pollitem_t* items, int count, long timeout_ms, const sigset_t* mask) {
    std::vector<sockets::poll_item> list(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        auto& item = list[static_cast<std::size_t>(i)];
        item.descriptor = items[i].fd;
        item.wanted = items[i].events;
        if (!items[i].socket) continue;
        auto* handle = socket_of(items[i].socket);
        if (!handle) return -1;
        item.socket = handle->object;
    }
    int ready = 0;
    const auto error = sockets::poll(list, time_limit(timeout_ms), ready, mask);
    for (int i = 0; i < count; ++i) items[i].revents = list[static_cast<std::size_t>(i)].ready;
    return error == errc::ok ? ready : result(error);
}

}  // namespace

extern "C" {

int zmq_poll(zmq_pollitem_t* items, int nitems, long timeout) {
    return zmq_ppoll(items, nitems, timeout, nullptr);
}

int zmq_ppoll(zmq_pollitem_t* items, int nitems, long timeout, const sigset_t* sigmask) {
    if (nitems < 0) return fail(EINVAL);
    if (nitems == 0) {
        const auto limit = time_limit(timeout);
        const auto wait = transport::system_time(limit.value_or(milliseconds::zero()));
        return ::ppoll(nullptr, 0, limit ? &wait : nullptr, sigmask);
    }
    if (!items) return fail(EFAULT);
    return guarded([&] { return poll_items(items, nitems, timeout, sigmask); });
}

}  // extern "C"
