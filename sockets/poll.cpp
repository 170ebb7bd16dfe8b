#include "zither/sockets/poll.hpp"

#include "zither/transport/system_time.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <poll.h>

namespace zither::sockets {

namespace {

using std::chrono::milliseconds;

short to_system(short events) {
    return static_cast<short>((events & poll_event::input ? POLLIN : 0) |
                              (events & poll_event::output ? POLLOUT : 0) |
                              (events & poll_event::priority ? POLLPRI : 0));
}

short from_system(short events) {
    return static_cast<short>((events & POLLIN ? poll_event::input : 0) |
                              (events & POLLOUT ? poll_event::output : 0) |
                              (events & POLLPRI ? poll_event::priority : 0) |
                              (events & ~(POLLIN | POLLOUT | POLLPRI) ? poll_event::error : 0));
}

/// What stands in the lists of all polled sockets while the call sleeps.
class sleeping {
public:
    sleeping(std::span<poll_item> items, const sigset_t* mask)
        : items_(items), mask_(mask), list_(items.size()) {
        for (std::size_t i = 0; i < items_.size(); ++i) {
            if (!items_[i].socket) continue;
            list_[i].rings = transport::bell::mine_shared();
            list_[i].for_input = items_[i].wanted & poll_event::input;
            list_[i].for_output = items_[i].wanted & poll_event::output;
            items_[i].socket->add_sleeper(list_[i]);
        }
    }
    ~sleeping() {
        for (std::size_t i = 0; i < items_.size(); ++i)
            if (items_[i].socket) items_[i].socket->remove_sleeper(list_[i]);
    }
    sleeping(const sleeping&) = delete;
    sleeping& operator=(const sleeping&) = delete;

    /// Sleeps once; false when the system says no (errno).
    bool sleep(std::optional<zmtp::time_point> deadline) {
        wait_for_.assign(1, {transport::bell::mine().descriptor(), POLLIN, 0});
        for (std::size_t i = 0; i < items_.size(); ++i) {
            const auto& item = items_[i];
            if (!item.socket)
                wait_for_.push_back({item.descriptor, to_system(item.wanted), 0});
            else if (item.socket->watches(list_[i]))
                wait_for_.push_back({item.socket->set_descriptor(), POLLIN, 0});
        }
        timespec wait{};
        if (deadline) wait = transport::system_time(*deadline - zmtp::clock::now());
        const int woken = ::ppoll(wait_for_.data(), wait_for_.size(), deadline ? &wait : nullptr, mask_);
        if (woken > 0 && wait_for_[0].revents) transport::bell::mine().silence();
        return woken >= 0;
    }

private:
    std::span<poll_item> items_;
    const sigset_t* const mask_;
    std::vector<transport::sleeper> list_;
    std::vector<pollfd> wait_for_;
};

/// Looks at every item once.
errc look(std::span<poll_item> items, int& count) {
    count = 0;
    std::vector<pollfd> raw;
    for (auto& item : items) {
        item.ready = 0;
        if (!item.socket) {
            raw.push_back({item.descriptor, to_system(item.wanted), 0});
            continue;
        }
        int now = 0;
        if (const auto error = item.socket->events(now); error != errc::ok) return error;
        item.ready = static_cast<short>(item.wanted & now);
        count += item.ready != 0;
    }
    if (raw.empty()) return errc::ok;
    if (::poll(raw.data(), raw.size(), 0) < 0) return from_errno(errno);
    std::size_t place = 0;
    for (auto& item : items) {
        if (item.socket) continue;
        item.ready = from_system(raw[place++].revents);
        count += item.ready != 0;
    }
    return errc::ok;
}

}  // namespace

errc poll(std::span<poll_item> items, std::optional<milliseconds> timeout, int& count, const sigset_t* mask) {
    if (const auto error = look(items, count); error != errc::ok) return error;
    if (count > 0) return errc::ok;
    if (timeout == milliseconds::zero()) {
        // A signal that only the mask lets in arrives also when nothing is waited for.
        constexpr timespec none{};
        return mask && ::ppoll(nullptr, 0, &none, mask) < 0 ? from_errno(errno) : errc::ok;
    }
    std::optional<zmtp::time_point> deadline;
    if (timeout) deadline = zmtp::clock::now() + *timeout;
    sleeping here(items, mask);
    for (;;) {
        if (const auto error = look(items, count); error != errc::ok || count > 0) return error;
        if (deadline && zmtp::clock::now() >= *deadline) return errc::ok;
        if (!here.sleep(deadline)) return from_errno(errno);
    }
}

}  // namespace zither::sockets
