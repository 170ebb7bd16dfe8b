// Who does the I/O: the pass that callers, pollers and the I/O thread all make over one socket's connections.
#include "zither/transport/engine.hpp"
#include "zither/transport/reactor.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace zither::transport {

namespace {

constexpr int events_max = 64;
constexpr std::size_t gather_max = 64;
// A receiver with fewer messages than this as its mark is given little in advance.
constexpr std::size_t small_mark = 100;

bool temporary(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ENOMEM || error == ENOBUFS;
}

}  // namespace

bool engine::drive(lock& held) {
    const bool moved = pass(held);
    // Even then: what another thread had noted may have been flushed.
    owner_.drove(held);
    return moved;
}

void engine::drive_in_passing(lock& held) {
    if (!tails_.empty()) flush_tails_before(held, zmtp::clock::now() - tail_time_tended);
    drive(held);
}

bool engine::pass(lock& held) {
    looked();
    // With one of them, reading it directly tells as much as asking the set first.
    const auto all = connections_.size() + links_.size();
    if (all == 0) return false;
    if (all == 1 && links_.empty()) {
        auto& only = *connections_.front();
        if (!only.blocked && !only.read_stopped) return fill(held, only);
        return_to_set();
        if (connections_.empty() || !connections_.front()->in_set) return false;
    }
    if (all == 1 && !links_.empty() && !links_.front()->blocked) return fill(held, *links_.front());
    epoll_event events[events_max];
    const int count = ::epoll_wait(set_, events, events_max, 0);
    const auto burials = burials_;
    bool moved = false;
    for (int i = 0; i < count; ++i) moved |= act_on(held, events[i].data.ptr, events[i].events, burials);
    return moved;
}

/// Null when it is no more. Until one was buried they all are where they were.
connection* engine::find_connection(void* which, std::uint64_t burials) const noexcept {
    auto* found = static_cast<connection*>(which);
    if (burials != burials_ &&
        std::ranges::find(connections_, which, &std::unique_ptr<connection>::get) == connections_.end())
        return nullptr;
    return found->dead ? nullptr : found;
}

bool engine::act_on(lock& held, void* whose, std::uint32_t events, std::uint64_t burials) {
    const bool input = events & (EPOLLIN | EPOLLHUP | EPOLLERR);
    const bool output = events & EPOLLOUT;
    // While a flush lets go of the mutex, another thread may bury it.
    if (auto* link = find_link(whose)) {
        link->blocked = link->blocked && !output;
        if (output) {
            flush(held, *link);
            link = find_link(whose);
        }
        return (input && link && fill(held, *link)) || output;
    }
    if (auto* const full = output ? find_connection(whose, burials) : nullptr) flush(held, *full);
    auto* const which = find_connection(whose, burials);
    if (!which || !input) return output;
    if (!which->read_stopped) return fill(held, *which) || output;
    set_interest(*which);  // it was left in the set
    return output;
}

bool engine::fill(lock& held, connection& from) {
    if (from.reading) {
        from.read_again = true;
        return false;
    }
    if (from.dead || from.read_stopped) return false;
    bool moved = false;
    if (!while_reading(held, from, [&] { read_all(held, from, moved); }) || from.dead) return moved;
    from.release_idle_chunk();
    if (from.has_reply()) note_fresh(from);
    flush_fresh(held);
    return moved;
}

inline void engine::read_all(lock& held, connection& from, bool& moved) {
    do {
        from.read_again = false;
        const bool small = from.pipe && from.pipe->receive_mark > 0 && from.pipe->receive_mark < small_mark;
        const auto got = unlocked(held, [&] { return from.read_some(small); });
        const int error = errno;
        if (got > 0) {
            moved = true;
            from.session.alive(from.session.times_silence() ? zmtp::clock::now() : time_point{});
            if (!from.dead) digest(held, from);
            if (from.sealed && !from.dead) heed_seal(held, from);
        } else if (got == 0) {
            moved = true;
            lose(from, {zmtp::blame::nobody, zmtp::protocol_error::none, "the peer closed the connection"});
        } else if (!temporary(error)) {
            moved = true;
            lose(from,
                 {zmtp::blame::nobody, zmtp::protocol_error::none, std::generic_category().message(error)});
        }
    } while (from.read_again && !from.dead && !from.read_stopped);
    if (from.answer && !from.dead) take_answer(held, from);
}

void engine::read_first(lock& held, connection& from) {
    bool moved = false;
    read_all(held, from, moved);
}

/// What the seal thinks of what came.
void engine::heed_seal(lock& held, connection& from) {
    if (!from.sealed->over()) return;
    // The peer is told what was wrong.
    flush(held, from);
    lose(from, from.sealed->seal().reason());
}

/// The peer takes no more, or cannot be sent more. What it sent before is still read. That the end of the
/// stream follows is for us to see to: a host that was down for a moment leaves a stream that would never
/// end.
void engine::break_off(connection& to, std::string why) {
    ::shutdown(to.descriptor, SHUT_RDWR);
    to.write_broken = true;
    to.blocked = false;
    // Or each of a peer's connections would add to a lane that nobody reads.
    if (to.held_back) return lose(to, {zmtp::blame::nobody, zmtp::protocol_error::none, std::move(why)});
    // Nobody may wait for room there, so the end has to be seen: what the kernel holds is read, be the lane
    // over its mark or not.
    if (!to.session.asking()) resume_reading(to);
    set_interest(to);
    if (to.read_stopped || !to.in_set)
        lose(to, {zmtp::blame::nobody, zmtp::protocol_error::none, std::move(why)});
}

void engine::note_fresh(connection& which) {
    // A borrowed body goes first, so at the back.
    const bool borrows = which.pipe && which.pipe->out.borrows();
    if (which.fresh && !borrows) return;
    if (which.fresh) std::erase(fresh_, &which);
    fresh_.push_back(&which);
    which.fresh = true;
}

void engine::flush_fresh(lock& held) {
    if (!links_.empty()) flush_fresh_links(held);
    while (!fresh_.empty()) {
        auto& to = *fresh_.back();
        fresh_.pop_back();
        to.fresh = false;
        const bool waits = to.held_back && !to.read_stopped && !to.reading && !to.dead;
        if (waits && !digest_held_back(held, to)) continue;
        if (flush_is_due(to))
            flush(held, to);
        else
            own_borrowed(to);
    }
}

bool engine::flush_is_due(connection& to) {
    if (to.writing) {
        to.write_again = true;
        return false;
    }
    if (to.dead) return false;
    const bool batch = to.fresh_octets() >= to.batch_octets;
    // The kernel is asked again once per batch: the set says that it has room only when it has plenty.
    if (to.blocked) return batch;
    if (batch || to.in_haste()) return true;
    // With the last answer to what was read: there are no more such writes than reads.
    if (to.tail) return to.answers && !owner_.has_unread();
    const auto now = zmtp::clock::now();
    const bool unread = owner_.has_unread();
    if (spend_credit(now, unread ? price_while_unread : 1)) return true;
    add_tail(to, now);
    to.answers = unread;
    return false;
}

void engine::add_tail(connection& to, time_point now) {
    if (tails_.empty()) tail_since_.store(now, std::memory_order_relaxed);
    tails_.push_back(&to);
    to.tail = true;
    to.tail_since = now;
    add_one(tails_made_);
    if (tail_poked_.exchange(true, std::memory_order_acq_rel)) return;
    if (const auto self = self_.lock()) reactor_->poke_tail(self);
}

void engine::take_tail(connection& from) noexcept {
    if (!std::exchange(from.tail, false)) return;
    from.answers = false;
    // Whoever writes them all begins at the back.
    const auto place = std::ranges::find(tails_.rbegin(), tails_.rend(), &from);
    *place = tails_.back();
    tails_.pop_back();
    if (tails_.empty()) tail_since_.store(time_point::max(), std::memory_order_relaxed);
}

bool engine::spend_credit(time_point now, int price) {
    const auto connections = std::min(connections_.size(), std::size_t{credit_max / credit_each});
    const int most = credit_each * static_cast<int>(connections);
    if (!credit_.left(most, now) || !write_credit::mine().left(credit_max, now, price)) return false;
    write_credit::mine().spend(price - 1);
    return true;
}

void engine::own_borrowed(connection& of) {
    if (!of.pipe || of.pipe->out.own_borrowed()) return;
    lose(of, {zmtp::blame::nobody, zmtp::protocol_error::none, "out of memory"});
}

void engine::flush_tails(lock& held) {
    while (!tails_.empty()) flush_tail(held, *tails_.back());
}

void engine::flush_tail(lock& held, connection& to) {
    take_tail(to);
    flush(held, to);
}

void engine::flush(lock& held, connection& to) {
    if (to.writing) {
        to.write_again = true;
        return;
    }
    if (to.dead || to.write_broken) {
        own_borrowed(to);
        // Who waits for room in it would wait for ever: its end is seen by reading, and nobody reads.
        if (to.write_broken && to.read_stopped)
            lose(to, {zmtp::blame::nobody, zmtp::protocol_error::none, "the peer takes no more"});
        return;
    }
    to.writing = true;
    take_tail(to);
    try {
        write_all(held, to);
    } catch (const std::exception&) {
        out_of_memory(held, to);
    }
    const auto now = zmtp::clock::now();
    credit_.wrote(now);
    write_credit::mine().wrote(now);
    own_borrowed(to);
    to.writing = false;
    if (to.dead && !to.reading)
        bury(to);
    else if (to.drained())
        wake(false, true);
}

inline void engine::write_all(lock& held, connection& to) {
    for (bool more = true; more && !to.dead;) {
        to.write_again = false;
        iovec list[gather_max];
        msghdr header{};
        header.msg_iov = list;
        header.msg_iovlen = to.collect(list, gather_max);
        if (header.msg_iovlen == 0) {
            if (to.blocked) {
                to.blocked = false;
                set_interest(to);
            }
            if (to.sealed && to.sealed->stuck() && !to.write_broken) break_off(to, "no record can be made");
            break;
        }
        constexpr int how = MSG_DONTWAIT | MSG_NOSIGNAL;
        const auto sent = unlocked(held, [&] {
            return header.msg_iovlen == 1 ? ::send(to.descriptor, list[0].iov_base, list[0].iov_len, how)
                                          : ::sendmsg(to.descriptor, &header, how);
        });
        const int error = errno;
        if (sent < 0) {
            more = error == EINTR;
            if (temporary(error) && !more) {
                to.blocked = true;
                set_interest(to);
            } else if (!more) {
                break_off(to, std::generic_category().message(error));
            }
            continue;
        }
        to.wrote(static_cast<std::size_t>(sent));
        if (to.pipe && to.pipe->tell_writer()) wake(false, true);
        more = to.write_again || !to.drained();
    }
}

engine::tails_are engine::look_at_tails(time_point now) noexcept {
    const auto since = tail_since_.load(std::memory_order_relaxed);
    const auto calls = calls_.load(std::memory_order_relaxed);
    const bool called = calls != std::exchange(calls_at_tails_, calls);
    old_at_ = called ? tail_time_tended : tail_time;
    if (since <= now - old_at_) return tails_are::old;
    const auto made = tails_made_.load(std::memory_order_relaxed);
    const bool quiet = made == std::exchange(tails_seen_, made) && since == time_point::max();
    if (!quiet) return tails_are::young;
    (void)tail_poked_.exchange(false, std::memory_order_acq_rel);
    if (tail_since_.load(std::memory_order_relaxed) == time_point::max()) return tails_are::gone;
    // One was made meanwhile, by somebody who took us for still there, or who has just told of it again.
    return tail_poked_.exchange(true, std::memory_order_acq_rel) ? tails_are::gone : tails_are::young;
}

void engine::flush_old_tails(lock& held, time_point now) { flush_tails_before(held, now - old_at_); }

/// Whatever others do while the mutex is free, none waits for longer than the next look but one.
void engine::flush_tails_before(lock& held, time_point when) {
    for (std::size_t i = tails_.size(); i-- > 0;)
        if (i < tails_.size() && tails_[i]->tail_since <= when) flush_tail(held, *tails_[i]);
    auto oldest = time_point::max();
    for (const auto* each : tails_) oldest = std::min(oldest, each->tail_since);
    tail_since_.store(oldest, std::memory_order_relaxed);
    owner_.drove(held);
}

void engine::flush_all_tails(lock& held) {
    (void)tail_poked_.exchange(false, std::memory_order_acq_rel);
    flush_tails(held);
    owner_.drove(held);
}

}  // namespace zither::transport
