// Who waits for a socket, and who wakes whom.
#include "zither/transport/engine.hpp"
#include "zither/transport/poll_with_bell.hpp"
#include "zither/transport/reactor.hpp"
#include "zither/transport/system_time.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/epoll.h>
#include <unistd.h>

namespace zither::transport {

namespace {
constexpr auto unrung_pause = std::chrono::milliseconds(10);
}  // namespace

int poll_with_bell(std::span<pollfd> list, std::optional<time_point> deadline,
                   const sigset_t* mask) noexcept {
    list.front() = {bell::mine().descriptor(), POLLIN, 0};
    timespec wait{};
    if (deadline) wait = system_time(*deadline - zmtp::clock::now());
    const int woken = ::ppoll(list.data(), list.size(), deadline ? &wait : nullptr, mask);
    const int error = errno;
    write_credit::mine().rested();
    if (woken > 0 && list.front().revents) bell::mine().silence();
    errno = error;
    return woken;
}

void engine::add_sleeper(sleeper& one) {
    sleepers_.push_back(&one);
    count_dependents();
    // Only a thread can watch the set; for an operation on a loop, the reactor does.
    if (!watcher_ && one.rings) watcher_ = &one;
}

void engine::remove_sleeper(sleeper& one) {
    std::erase(sleepers_, &one);
    count_dependents();
    if (watcher_ != &one) return;
    const auto next =
        std::ranges::find_if(sleepers_, [](const sleeper* other) { return other->rings != nullptr; });
    watcher_ = next == sleepers_.end() ? nullptr : *next;
    if (watcher_)
        watcher_->wake();
    else if (watch_ == watch::held)
        rearm();
}

pollfd engine::to_poll() const noexcept {
    const pollfd whole{set_, POLLIN, 0};
    if (connections_.size() != 1 || !links_.empty()) return whole;
    const auto& only = *connections_.front();
    if (!only.in_set && aside_ != &only) return whole;
    const int events = (only.interest & EPOLLIN ? POLLIN : 0) | (only.interest & EPOLLOUT ? POLLOUT : 0);
    return {only.descriptor, static_cast<short>(events), 0};
}

pollfd engine::to_watch(const sleeper& by) noexcept {
    if (!watches(by)) return {-1, 0, 0};
    const auto polled = to_poll();
    lone_watched_ = polled.fd != set_;
    return polled;
}

/// A lone connection changed, or is one no more.
void engine::tell_watcher() {
    if (lone_watched_ && watcher_ && watcher_->rings.get() != &bell::mine()) watcher_->wake();
}

/// What comes for a socket that others tend calls into every set that it is in: into none, where all who tend
/// it look at the connection itself.
void engine::begin_lease() noexcept {
    if (watch_ == watch::leased) return;
    watch_ = watch::leased;
    reactor_->look_away(*this);
    if (connections_.size() != 1 || !links_.empty() || handed_out_ || (watcher_ && !lone_watched_)) return;
    auto& only = *connections_.front();
    if (!only.in_set || only.interest != EPOLLIN) return;
    ::epoll_ctl(set_, EPOLL_CTL_DEL, only.descriptor, nullptr);
    only.in_set = false;
    aside_ = &only;
}

void engine::return_to_set() {
    if (aside_) set_interest(*aside_);
}

void engine::rearm() {
    return_to_set();
    watch_ = watch::armed;
    if (!reactor_->rearm(*this)) make_up_later();
}

errc engine::sleep(lock& held, sleeper& me, std::optional<time_point> deadline) {
    // Nobody can ring a bell that the system had no descriptor for: then its owner looks again by himself.
    bool mute = me.rings->descriptor() < 0;
    if (mute) {
        const auto look = zmtp::clock::now() + unrung_pause;
        mute = !deadline || look < *deadline;
        if (mute) deadline = look;
    }
    pollfd list[2] = {{-1, 0, 0}, to_watch(me)};
    held.unlock();
    const int woken = poll_with_bell(list, deadline);
    const int error = errno;
    held.lock();
    tended();
    if (woken < 0) return from_errno(error);
    if (watches(me)) drive(held);
    return woken == 0 && !mute ? errc::again : errc::ok;
}

void engine::ring_handed_out() {
    if (!handed_out_ || handed_out_->rung) return;
    handed_out_->rung = true;
    handed_out_->rings.ring();
}

void engine::wake(bool input, bool output, wake_up* later) {
    ring_handed_out();
    if (sleepers_.empty()) return;
    const auto ring_first = [&](bool sleeper::*waits, std::size_t place) {
        const auto first = std::ranges::find_if(
            sleepers_, [&](const sleeper* one) { return one->*waits && one->rings.get() != &bell::mine(); });
        if (first == sleepers_.end()) return;
        if (later && (*first)->rings)
            later->bells[place] = (*first)->rings;
        else
            (*first)->wake();
    };
    if (input) ring_first(&sleeper::for_input, 0);
    if (output) ring_first(&sleeper::for_output, 1);
}

void engine::wake_all() {
    ring_handed_out();
    for (const auto* one : sleepers_) one->wake();
}

int engine::hand_out_descriptor() {
    if (handed_out_) return handed_out_->descriptor;
    return_to_set();
    auto made = std::make_unique<handed_out>();
    made->descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    // The set stays free of the bell: the reactor watches it, and an application that does not look would
    // keep it fired without end.
    ::epoll_ctl(made->descriptor, EPOLL_CTL_ADD, set_, &event);
    ::epoll_ctl(made->descriptor, EPOLL_CTL_ADD, made->rings.descriptor(), &event);
    handed_out_ = std::move(made);
    ring_handed_out();  // its new owner must look once
    return handed_out_->descriptor;
}

engine::handed_out::~handed_out() {
    if (descriptor >= 0) ::close(descriptor);
}

void engine::silence() {
    if (!handed_out_ || !handed_out_->rung) return;
    handed_out_->rung = false;
    handed_out_->rings.silence();
}

bool engine::fired(lock& held, std::uint64_t looks_min) {
    // Whoever uses the socket, or sleeps in it, has a moment to look himself, and another if he did. An
    // operation that waits on the loop has nobody else to look for it, and a handshake no call that would.
    const bool leased = watch_ == watch::leased;
    const auto looks = looks_.load(std::memory_order_relaxed), calls = calls_.load(std::memory_order_relaxed);
    const bool looked = looks - looks_seen_ >= (watcher_ ? 1 : looks_min);
    const bool used = at_work_ > 0 || (leased ? looked : watcher_ || calls != calls_seen_);
    calls_seen_ = calls;
    looks_seen_ = looks;
    if (used && (watcher_ || (sleepers_.empty() && shaking_ == 0))) {
        begin_lease();
        return true;
    }
    if (watcher_) {
        watch_ = watch::held;
        return false;
    }
    drive(held);
    if (!watcher_)
        rearm();
    else
        watch_ = watch::held;
    return false;
}

bool engine::tended_well(std::uint64_t looks_min) noexcept {
    const auto looks = looks_.load(std::memory_order_relaxed);
    if (dependents_.load(std::memory_order_relaxed) > 0 || looks - looks_seen_ < looks_min) return false;
    calls_seen_ = calls_.load(std::memory_order_relaxed);
    looks_seen_ = looks;
    return true;
}

}  // namespace zither::transport
