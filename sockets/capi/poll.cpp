#include "zither/sockets/poll.hpp"
#include "errno.hpp"
#include "handles.hpp"
#include "zmq.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <poll.h>

using namespace zither;
using namespace zither::capi;
using std::chrono::milliseconds;

static_assert(ZMQ_POLLIN == sockets::poll_event::input && ZMQ_POLLOUT == sockets::poll_event::output &&
              ZMQ_POLLERR == sockets::poll_event::error && ZMQ_POLLPRI == sockets::poll_event::priority);

namespace {

// Longer waits are indistinguishable from this one, and the system's poll takes an int.
constexpr long wait_ms_max = 1 << 30;

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
    std::optional<milliseconds> timeout;
    if (timeout_ms >= 0) timeout = milliseconds(std::min(timeout_ms, wait_ms_max));
    int ready = 0;
    const auto error = sockets::poll(list, timeout, ready, mask);
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
        const long wait_ms = std::min(timeout, wait_ms_max);
        const timespec wait{wait_ms / 1000, wait_ms % 1000 * 1'000'000};
        return ::ppoll(nullptr, 0, timeout < 0 ? nullptr : &wait, sigmask);
    }
    if (!items) return fail(EFAULT);
    return guarded([&] { return poll_items(items, nitems, timeout, sigmask); });
}

}  // extern "C"
