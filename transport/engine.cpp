#include "zither/transport/engine.hpp"

#include "zither/transport/reactor.hpp"

#include <algorithm>

#include <sys/epoll.h>
#include <unistd.h>

namespace zither::transport {

namespace {
constexpr std::size_t shaking_few = 2;
}  // namespace

engine::engine(std::shared_ptr<reactor> by, engine_owner& owner)
    : reactor_(std::move(by)), owner_(owner), set_(::epoll_create1(EPOLL_CLOEXEC)) {}

engine::~engine() {
    connections_.clear();
    if (set_ >= 0) ::close(set_);
}

void engine::adopt(lock& held, owned_descriptor descriptor, zmtp::session_settings settings,
                   const std::function<void(connection&)>& prepare) {
    return_to_set();
    auto made = std::make_unique<connection>(descriptor.get(), std::move(settings), zmtp::clock::now());
    (void)descriptor.release();
    connections_.push_back(std::move(made));
    auto& added = *connections_.back();
    added.place = connections_.size() - 1;
    added.number = next_connection_++;
    ++shaking_;
    count_dependents();
    if (!while_reading(held, added, [&] { begin(held, added, prepare); })) return;
    added.release_idle_chunk();
    if (added.read_again && !within_memory([&] { fill(held, added); })) make_up_later();
}

void engine::begin(lock& held, connection& added, const std::function<void(connection&)>& prepare) {
    prepare(added);
    // Each is in these lists once at most: from here on they take it without asking for memory.
    fresh_.reserve(connections_.capacity());
    tails_.reserve(connections_.capacity());
    if (added.raw) begin_traffic(added);
    // Who connects speaks first, more often than not: one write answers all of it.
    if (added.accepted && !added.dead) read_first(held, added);
    if (!added.dead) flush(held, added);
    // Last: whoever waits would only find that it is still ours.
    if (!added.dead) set_interest(added);
    if (!added.dead) arm_timer(added.session.next_deadline());
    await_peer(added);
}

/// Both ends of a handshake take turns, and a turn takes less time than to fall asleep and wake. Where many
/// shake hands there is always something to do, and more of it at once for who comes later.
void engine::await_peer(const connection& of) noexcept {
    const bool few = shaking_ <= shaking_few;
    shook_ = few;
    // Who watches the set sees it first.
    if (watcher_) return;
    const bool due = few && !of.dead && !of.in_traffic;
    reactor_->await_answer(due ? of.patience : std::chrono::microseconds(0));
}

/// Its connection is lost, and no other.
void engine::out_of_memory(lock& held, connection& of) {
    if (!held.owns_lock()) held.lock();
    lose(of, {zmtp::blame::nobody, zmtp::protocol_error::none, {}});
}

void engine::begin_traffic(connection& which) {
    which.in_traffic = true;
    --shaking_;
    count_dependents();
    which.properties = which.session.make_properties(which.sealed ? which.sealed->seal().peer_name() : "");
    if (!which.pipe) which.pipe = owner_.accepted(which);
    if (which.pipe) which.pipe->link = &which;
    owner_.handshake_succeeded(which);
    if (!which.pipe || !which.pipe->connected(which)) {
        lose(which,
             {zmtp::blame::incompatible, zmtp::protocol_error::none, "the socket takes no further peer"});
        return;
    }
    publish(which, nullptr, nullptr, nullptr, 0);  // what `connected` put there
    which.held_back = which.read_stopped;
    if (!which.pipe->out.empty()) note_fresh(which);
    arm_timer(which.session.next_deadline());
    wake(true, true);  // the pattern may have a notice to read
}

void engine::close(lock&, connection& which, zmtp::close_reason reason) { lose(which, std::move(reason)); }

void engine::close_all(lock& held) {
    for (std::size_t i = connections_.size(); i-- > 0;)
        if (i < connections_.size()) lose(*connections_[i], {});
    for (std::size_t i = links_.size(); i-- > 0;) close(held, *links_[i]);
}

void engine::close_descriptors() noexcept {
    for (const auto& one : connections_) ::close(one->descriptor);
    for (const auto& one : links_) ::close(one->descriptor());
}

void engine::close_of(lock&, pipe_end& leaving, const zmtp::close_reason& reason) {
    const auto part = [&](connection& which) {
        which.part_from_pipe();
        zmtp::close_reason why;
        within_memory([&] { why = reason; });
        lose(which, std::move(why));
    };
    if (shaking_ == 0 && dying_ == 0) {
        if (leaving.link) part(*leaving.link);
        return;
    }
    // Not its link are one that shakes hands, and one before it that is still being written or read by
    // somebody.
    for (std::size_t i = connections_.size(); i-- > 0;)
        if (i < connections_.size() && connections_[i]->pipe == &leaving) part(*connections_[i]);
}

void engine::close_unfinished(std::uint64_t origin) {
    for (std::size_t i = connections_.size(); i-- > 0;)
        if (i < connections_.size() && connections_[i]->origin == origin &&
            connections_[i]->session.state() != zmtp::session::phase::traffic)
            lose(*connections_[i], {});
}

void engine::lose(connection& which, zmtp::close_reason reason) {
    if (which.dead) return;
    which.dead = true;
    ++dying_;
    which.reason = std::move(reason);
    // Explicitly, before the close: a forked child may hold the same descriptor and keep it in the set.
    if (which.in_set) ::epoll_ctl(set_, EPOLL_CTL_DEL, which.descriptor, nullptr);
    which.in_set = false;
    if (aside_ == &which) aside_ = nullptr;
    tell_watcher();
    if (!which.reading && !which.writing) bury(which);
}

void engine::bury(connection& which) {
    std::erase(fresh_, &which);
    take_tail(which);
    std::swap(connections_[which.place], connections_.back());
    std::swap(connections_[which.place]->place, which.place);
    const auto body = std::move(connections_.back());
    connections_.pop_back();
    --dying_;
    ++burials_;
    if (!body->in_traffic) --shaking_;
    count_dependents();
    if (body->pipe && body->pipe->link == body.get()) {
        body->pipe->link = nullptr;
        (void)body->pipe->out.own_borrowed();
        body->pipe->in.drop_unfinished();
        body->pipe->out.rewind();
        within_memory([&] { body->pipe->lost(body->reason); });
    }
    within_memory([&] { owner_.ended(*body); });
    wake(true, true);
}

void engine::set_interest(connection& which) {
    if (aside_ == &which) aside_ = nullptr;
    std::uint32_t wanted = 0;
    if (!which.read_stopped) wanted |= EPOLLIN;
    if (which.blocked && !which.write_broken) wanted |= EPOLLOUT;
    if (!watch_descriptor(which.descriptor, &which, wanted, which.interest, which.in_set))
        lose(which, {zmtp::blame::nobody, zmtp::protocol_error::none, "the connection cannot be watched"});
}

bool engine::watch_descriptor(int descriptor, void* whose, std::uint32_t wanted, std::uint32_t& interest,
                              bool& in_set) {
    if (wanted == interest && in_set) return true;
    interest = wanted;
    tell_watcher();
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = whose;
    // A descriptor without interest leaves the set: a hang-up would fire it without end.
    if (wanted == 0) {
        if (in_set) ::epoll_ctl(set_, EPOLL_CTL_DEL, descriptor, nullptr);
        in_set = false;
        return true;
    }
    const int operation = in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    in_set = true;
    return ::epoll_ctl(set_, operation, descriptor, &event) == 0;
}

void engine::resume_reading(connection& which) {
    if (!which.read_stopped || which.dead) return;
    which.read_stopped = false;
    which.session.suspend_timeout(false, zmtp::clock::now());
    arm_timer(which.session.next_deadline());
    set_interest(which);
    if (which.held_back) note_fresh(which);
}

void engine::tick(lock& held, time_point now) {
    armed_deadline_ = time_point::max();
    for (std::size_t i = 0; i < connections_.size();) {
        auto& one = *connections_[i];
        one.session.tick(now);
        if (one.session.state() == zmtp::session::phase::closed) {
            const auto before = connections_.size();
            lose(one, one.session.reason());
            if (connections_.size() < before) continue;
        } else if (one.session.has_output()) {
            note_fresh(one);
        }
        ++i;
    }
    flush_fresh(held);
    arm_timer(next_deadline());
    owner_.drove(held);
}

void engine::make_up() {
    {
        lock held(mutex_);
        tick(held, zmtp::clock::now());
        flush_all_tails(held);
    }
    if (const auto self = self_.lock()) reactor_->look_at(self);
}

void engine::make_up_later() noexcept {
    if (const auto self = self_.lock()) reactor_->owe(self);
}

time_point engine::next_deadline() const noexcept {
    auto first = time_point::max();
    for (const auto& one : connections_) first = std::min(first, one->session.next_deadline());
    return first;
}

void engine::arm_timer(time_point wanted) {
    if (wanted >= armed_deadline_) return;
    armed_deadline_ = wanted;
    if (const auto self = self_.lock()) reactor_->schedule(self, wanted);
}

}  // namespace zither::transport
