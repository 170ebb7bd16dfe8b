// libzmq's poller: a list of sockets and descriptors that is kept between waits.
#include "errno.hpp"
#include "handles.hpp"
#include "time_limit.hpp"
#include "zither/sockets/poll.hpp"
#include "zmq.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

using namespace zither;
using namespace zither::capi;

namespace {

/// One socket or descriptor, with what the application calls it.
struct entry {
    std::shared_ptr<sockets::socket_object> socket;  // null: `descriptor` counts
    void* handle;
    int descriptor;
    void* user_data;
    short events;

    [[nodiscard]] int watched() const { return socket ? socket->descriptor() : descriptor; }
};

/// What a `void *poller` stands for. Used by one thread.
class poller {
public:
    poller() = default;
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;
    ~poller() {
        if (epoll_ >= 0) ::close(epoll_);
    }

    [[nodiscard]] int size() const noexcept { return static_cast<int>(entries_.size()); }
    int add(entry one);
    int modify(const sockets::socket_object* socket, int descriptor, short events);
    int remove(const sockets::socket_object* socket, int descriptor);
    int wait(zmq_poller_event_t* events, int count, long timeout_ms);
    /// A descriptor that is readable when the application should wait without waiting.
    int descriptor(int& out);

private:
    std::vector<entry>::iterator find(const sockets::socket_object* socket, int descriptor) {
        return std::ranges::find_if(entries_, [&](const entry& one) {
            return one.socket.get() == socket && (socket || one.descriptor == descriptor);
        });
    }
    int wait_for_nothing(long timeout_ms) const;
    void watch(const entry& one) const;
    void forget(const entry& one) const;

    std::vector<entry> entries_;
    int epoll_ = -1;  // over all entries, once the application asked for it
};

int poller::add(entry one) {
    if (find(one.socket.get(), one.descriptor) != entries_.end()) return fail(EINVAL);
    entries_.push_back(std::move(one));
    watch(entries_.back());
    return 0;
}

int poller::modify(const sockets::socket_object* socket, int descriptor, short events) {
    const auto place = find(socket, descriptor);
    if (place == entries_.end()) return fail(EINVAL);
    forget(*place);
    place->events = events;
    watch(*place);
    return 0;
}

int poller::remove(const sockets::socket_object* socket, int descriptor) {
    const auto place = find(socket, descriptor);
    if (place == entries_.end()) return fail(EINVAL);
    forget(*place);
    entries_.erase(place);
    return 0;
}

int poller::wait(zmq_poller_event_t* events, int count, long timeout_ms) {
    std::vector<sockets::poll_item> items;
    std::vector<const entry*> from;
    for (const auto& one : entries_) {
        if (!one.events) continue;
        items.push_back({one.socket, one.descriptor, one.events});
        from.push_back(&one);
    }
    if (items.empty()) return wait_for_nothing(timeout_ms);
    int ready = 0;
    if (const auto error = sockets::poll(items, time_limit(timeout_ms), ready); error != errc::ok)
        return result(error);
    int found = 0;
    for (std::size_t i = 0; i < items.size() && found < count; ++i)
        if (items[i].ready)
            events[found++] = {from[i]->handle, from[i]->socket ? -1 : from[i]->descriptor,
                               from[i]->user_data, items[i].ready};
    if (found == 0) return fail(EAGAIN);
    std::fill(events + found, events + count, zmq_poller_event_t{nullptr, -1, nullptr, 0});
    return found;
}

/// With a time-out it passes; without one nobody could ever end the wait.
int poller::wait_for_nothing(long timeout_ms) const {
    if (timeout_ms < 0) return fail(EFAULT);
    if (::poll(nullptr, 0, static_cast<int>(bounded(timeout_ms))) < 0) return -1;
    return fail(EAGAIN);
}

int poller::descriptor(int& out) {
    // As libzmq, which has one only for these; ours then tells of all entries.
    const bool any = std::ranges::any_of(
        entries_, [](const entry& one) { return one.socket && zmtp::single_part(one.socket->type()); });
    if (!any && epoll_ < 0) return fail(EINVAL);
    if (epoll_ < 0) {
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        if (epoll_ < 0) return fail(EMFILE);
        for (const auto& one : entries_) watch(one);
    }
    out = epoll_;
    return 0;
}

void poller::watch(const entry& one) const {
    if (epoll_ < 0 || !one.events) return;
    epoll_event event{};
    if (one.socket || one.events & ZMQ_POLLIN) event.events |= EPOLLIN;
    if (!one.socket && one.events & ZMQ_POLLOUT) event.events |= EPOLLOUT;
    if (!one.socket && one.events & ZMQ_POLLPRI) event.events |= EPOLLPRI;
    (void)::epoll_ctl(epoll_, EPOLL_CTL_ADD, one.watched(), &event);
}

void poller::forget(const entry& one) const {
    if (epoll_ < 0 || !one.events) return;
    (void)::epoll_ctl(epoll_, EPOLL_CTL_DEL, one.watched(), nullptr);
}

struct poller_handle {
    static constexpr unsigned live = 0x9011e4;
    unsigned tag = 0;
    poller_handle* next_closed = nullptr;  // the store's
    std::shared_ptr<poller> object;
};

poller* poller_of(void* handle) noexcept {
    auto* found = static_cast<poller_handle*>(handle);
    if (found && found->tag == poller_handle::live) return found->object.get();
    errno = EFAULT;
    return nullptr;
}

/// True when both handles are good and `events` has only known bits; else errno says what is not.
bool usable(poller* one, const void* member, short events) {
    constexpr int known = ZMQ_POLLIN | ZMQ_POLLOUT | ZMQ_POLLERR | ZMQ_POLLPRI;
    if (!one || !member) return false;
    if ((events & ~known) == 0) return true;
    errno = EINVAL;
    return false;
}

/// The same for a descriptor.
bool usable_descriptor(poller* one, int descriptor, short events) {
    if (one && descriptor < 0) errno = EBADF;
    return descriptor >= 0 && usable(one, one, events);
}

}  // namespace

extern "C" {

void* zmq_poller_new(void) {
    poller_handle* made = nullptr;
    (void)guarded([&] {
        made = handle_store<poller_handle>::of_process().open(std::make_shared<poller>());
        return 0;
    });
    return made;
}

int zmq_poller_destroy(void** poller_p) {
    if (!poller_p || !poller_of(*poller_p)) return fail(EFAULT);
    handle_store<poller_handle>::of_process().close(static_cast<poller_handle*>(*poller_p));
    *poller_p = nullptr;
    return 0;
}

int zmq_poller_size(void* poller) {
    auto* one = poller_of(poller);
    return one ? one->size() : -1;
}

int zmq_poller_add(void* poller, void* socket, void* user_data, short events) {
    auto* one = poller_of(poller);
    auto* member = one ? socket_of(socket) : nullptr;
    if (!usable(one, member, events)) return -1;
    return guarded([&] { return one->add({member->object, socket, -1, user_data, events}); });
}

int zmq_poller_modify(void* poller, void* socket, short events) {
    auto* one = poller_of(poller);
    auto* member = one ? socket_of(socket) : nullptr;
    return usable(one, member, events) ? one->modify(member->object.get(), -1, events) : -1;
}

int zmq_poller_remove(void* poller, void* socket) {
    auto* one = poller_of(poller);
    auto* member = one ? socket_of(socket) : nullptr;
    return member ? one->remove(member->object.get(), -1) : -1;
}

int zmq_poller_add_fd(void* poller, zmq_fd_t fd, void* user_data, short events) {
    auto* one = poller_of(poller);
    if (!usable_descriptor(one, fd, events)) return -1;
    return guarded([&] { return one->add({nullptr, nullptr, fd, user_data, events}); });
}

int zmq_poller_modify_fd(void* poller, zmq_fd_t fd, short events) {
    auto* one = poller_of(poller);
    return usable_descriptor(one, fd, events) ? one->modify(nullptr, fd, events) : -1;
}

int zmq_poller_remove_fd(void* poller, zmq_fd_t fd) {
    auto* one = poller_of(poller);
    return usable_descriptor(one, fd, 0) ? one->remove(nullptr, fd) : -1;
}

int zmq_poller_wait_all(void* poller, zmq_poller_event_t* events, int n_events, long timeout) {
    auto* one = poller_of(poller);
    if (!one) return -1;
    if (!events) return fail(EFAULT);
    if (n_events < 0) return fail(EINVAL);
    return guarded([&] { return one->wait(events, n_events, timeout); });
}

int zmq_poller_wait(void* poller, zmq_poller_event_t* event, long timeout) {
    if (zmq_poller_wait_all(poller, event, 1, timeout) >= 0) return 0;
    if (event) *event = {nullptr, -1, nullptr, 0};
    return -1;
}

int zmq_poller_fd(void* poller, zmq_fd_t* fd) {
    auto* one = poller_of(poller);
    if (!one) return -1;
    return fd ? one->descriptor(*fd) : fail(EFAULT);
}

}  // extern "C"
