#include "errno.hpp"
#include "handles.hpp"
#include "zmq.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <poll.h>

using namespace zither;
using namespace zither::capi;

namespace {

short to_system(short events) {
    return static_cast<short>((events & ZMQ_POLLIN ? POLLIN : 0) | (events & ZMQ_POLLOUT ? POLLOUT : 0) |
                              (events & ZMQ_POLLPRI ? POLLPRI : 0));
}

short from_system(short events) {
    return static_cast<short>((events & POLLIN ? ZMQ_POLLIN : 0) | (events & POLLOUT ? ZMQ_POLLOUT : 0) |
                              (events & POLLPRI ? ZMQ_POLLPRI : 0) |
                              (events & ~(POLLIN | POLLOUT | POLLPRI) ? ZMQ_POLLERR : 0));
}

/// What stands in the lists of all polled sockets while the call sleeps.
class sleeping {
public:
    explicit sleeping(std::vector<std::shared_ptr<sockets::socket_object>> on) : on_(std::move(on)) {
        list_.resize(on_.size());
        for (std::size_t i = 0; i < on_.size(); ++i) {
            list_[i] = {&transport::bell::mine(), {}, true, true};
            on_[i]->add_sleeper(list_[i]);
        }
    }
    ~sleeping() {
        for (std::size_t i = 0; i < on_.size(); ++i) on_[i]->remove_sleeper(list_[i]);
    }
    /// Bell, then the set of every socket whose watcher this thread is.
    void describe(std::vector<pollfd>& to) {
        to.push_back({transport::bell::mine().descriptor(), POLLIN, 0});
        for (std::size_t i = 0; i < on_.size(); ++i)
            if (on_[i]->watches(list_[i])) to.push_back({on_[i]->set_descriptor(), POLLIN, 0});
    }

private:
    std::vector<std::shared_ptr<sockets::socket_object>> on_;
    std::vector<transport::sleeper> list_;
};

/// Looks at all items once; gives how many are ready, or -1 with errno.
int look(zmq_pollitem_t* items, int count) {
    int ready = 0;
    std::vector<pollfd> raw;
    for (int i = 0; i < count; ++i) {
        auto& item = items[i];
        item.revents = 0;
        if (!item.socket) {
            raw.push_back({item.fd, to_system(item.events), 0});
            continue;
        }
        auto* handle = socket_of(item.socket);
        if (!handle) return -1;
        int now = 0;
        if (const auto error = handle->object->events(now); error != errc::ok) return result(error);
        item.revents = static_cast<short>(item.events & now);
        ready += item.revents != 0;
    }
    if (raw.empty()) return ready;
    if (::poll(raw.data(), raw.size(), 0) < 0) return -1;
    std::size_t place = 0;
    for (int i = 0; i < count; ++i) {
        if (items[i].socket) continue;
        items[i].revents = from_system(raw[place++].revents);
        ready += items[i].revents != 0;
    }
    return ready;
}

int sleep(sleeping& here, const zmq_pollitem_t* items, int count, std::optional<zmtp::time_point> deadline) {
    std::vector<pollfd> list;
    here.describe(list);
    for (int i = 0; i < count; ++i)
        if (!items[i].socket) list.push_back({items[i].fd, to_system(items[i].events), 0});
    int wait = -1;
    if (deadline) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - zmtp::clock::now());
        wait = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
    }
    const int woken = ::poll(list.data(), list.size(), wait);
    if (woken > 0 && list[0].revents) transport::bell::mine().silence();
    return woken < 0 ? -1 : 0;
}

}  // namespace

extern "C" int zmq_poll(zmq_pollitem_t* items, int nitems, long timeout) {
    if (nitems < 0) return fail(EINVAL);
    if (nitems > 0 && !items) return fail(EFAULT);
    if (nitems == 0) {
        if (timeout != 0)
            return ::poll(nullptr, 0, timeout < 0 ? -1 : static_cast<int>(std::min<long>(timeout, 1 << 30)));
        return 0;
    }
    int ready = look(items, nitems);
    if (ready != 0 || timeout == 0) return ready;
    std::optional<zmtp::time_point> deadline;
    if (timeout > 0) deadline = zmtp::clock::now() + std::chrono::milliseconds(timeout);
    std::vector<std::shared_ptr<sockets::socket_object>> on;
    for (int i = 0; i < nitems; ++i)
        if (items[i].socket) on.push_back(static_cast<socket_handle*>(items[i].socket)->object);
    sleeping here(std::move(on));
    for (;;) {
        ready = look(items, nitems);
        if (ready != 0) return ready;
        if (deadline && zmtp::clock::now() >= *deadline) return 0;
        if (sleep(here, items, nitems, deadline) != 0) return -1;
    }
}
