#include "zither/sockets/poll.hpp"

#include "zither/transport/poll_with_bell.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

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

/// One call of `poll`: what the system says of each item, and what stands in the lists of its sockets while
/// it sleeps.
class call {
public:
    call(std::span<poll_item> items, const sigset_t* mask)
        : items_(items), mask_(mask), system_(items.size() + 1, pollfd{-1, 0, 0}) {
        for (std::size_t i = 0; i < items.size(); ++i) {
            auto& item = items[i];
            item.ready = 0;
            if (!item.socket) system_[i + 1] = {item.descriptor, to_system(item.wanted), 0};
            only_sockets_ = only_sockets_ && item.socket;
        }
    }
    ~call() {
        for (std::size_t i = 0; i < sleepers_.size(); ++i)
            if (items_[i].socket) items_[i].socket->remove_sleeper(sleepers_[i]);
    }
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    /// Asks the system which items have something for us; false when it says no (errno). One or two sockets
    /// are looked at as quickly as asked for.
    bool ask() {
        if (only_sockets_ && items_.size() <= 2) {
            for (auto& one : system_) one.revents = POLLIN;
            return true;
        }
        for (std::size_t i = 0; i < items_.size(); ++i)
            if (const auto& socket = items_[i].socket) system_[i + 1] = socket->to_poll();
        return ::poll(system_.data(), system_.size(), 0) >= 0;
    }

    /// Looks at every item once, and does the I/O of the sockets that have some.
    errc look(int& count) {
        count = 0;
        for (std::size_t i = 0; i < items_.size(); ++i) {
            auto& item = items_[i];
            const auto said = std::exchange(system_[i + 1].revents, short{0});
            if (item.socket) {
                int now = 0;
                if (const auto error = item.socket->events(now, said != 0); error != errc::ok) return error;
                item.ready = static_cast<short>(item.wanted & now);
            } else {
                item.ready = from_system(said);
            }
            count += item.ready != 0;
        }
        return errc::ok;
    }

    /// From here on whoever has something for a socket rings.
    void lie_down() {
        sleepers_.resize(items_.size());
        for (std::size_t i = 0; i < items_.size(); ++i) {
            if (!items_[i].socket) continue;
            sleepers_[i].rings = transport::bell::mine_shared();
            sleepers_[i].for_input = items_[i].wanted & poll_event::input;
            sleepers_[i].for_output = items_[i].wanted & poll_event::output;
            items_[i].socket->add_sleeper(sleepers_[i]);
        }
    }

    /// Sleeps once; false when the system says no (errno).
    bool sleep(std::optional<zmtp::time_point> deadline) {
        for (std::size_t i = 0; i < items_.size(); ++i)
            if (const auto& socket = items_[i].socket) system_[i + 1] = socket->to_poll(&sleepers_[i]);
        return transport::poll_with_bell(system_, deadline, mask_) >= 0;
    }

private:
    std::span<poll_item> items_;
    const sigset_t* const mask_;
    bool only_sockets_ = true;
    std::vector<transport::sleeper> sleepers_;  // one for each item, once it lies down
    std::vector<pollfd> system_;                // its bell; then one for each item
};

}  // namespace

errc poll(std::span<poll_item> items, std::optional<milliseconds> timeout, int& count, const sigset_t* mask) {
    call here(items, mask);
    if (!here.ask()) return from_errno(errno);
    if (const auto error = here.look(count); error != errc::ok) return error;
    if (count > 0) return errc::ok;
    if (timeout == milliseconds::zero()) {
        // A signal that only the mask lets in arrives also when nothing is waited for.
        constexpr timespec none{};
        return mask && ::ppoll(nullptr, 0, &none, mask) < 0 ? from_errno(errno) : errc::ok;
    }
    std::optional<zmtp::time_point> deadline;
    if (timeout) deadline = zmtp::clock::now() + *timeout;
    if (items.size() == 1 && items[0].socket && items[0].wanted == poll_event::input)
        items[0].socket->await_answer(deadline);
    here.lie_down();
    for (;;) {
        if (const auto error = here.look(count); error != errc::ok || count > 0) return error;
        if (deadline && zmtp::clock::now() >= *deadline) return errc::ok;
        if (!here.sleep(deadline)) return from_errno(errno);
    }
}

}  // namespace zither::sockets
