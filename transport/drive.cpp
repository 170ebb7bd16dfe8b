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
// Writes a sender may make before its messages are batched, and the time that regains one.
constexpr int credit_max = 8;
constexpr auto credit_interval = std::chrono::microseconds(2);
// A frame this large gets a buffer of its own instead of a copy from chunk to chunk.
constexpr std::uint64_t large_min = 16 * 1024;
// A receiver with fewer messages than this as its mark is given little in advance.
constexpr std::size_t small_mark = 100;

bool temporary(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ENOMEM || error == ENOBUFS;
}

}  // namespace

bool engine::drive(lock& held) {
    const bool moved = pass(held);
    if (moved) owner_.drove(held);
    return moved;
}

bool engine::pass(lock& held) {
    if (connections_.empty()) return false;
    // One connection: reading it directly tells as much as asking the set first.
    if (connections_.size() == 1 && !connections_.front()->blocked && !connections_.front()->read_stopped)
        return fill(held, *connections_.front());
    epoll_event events[events_max];
    const int count = ::epoll_wait(set_, events, events_max, 0);
    bool moved = false;
    for (int i = 0; i < count; ++i) {
        auto* which = static_cast<connection*>(events[i].data.ptr);
        // While the mutex was free, another thread may have buried it.
        if (!which ||
            std::ranges::find(connections_, which, &std::unique_ptr<connection>::get) == connections_.end())
            continue;
        if (which->dead) continue;
        if (events[i].events & EPOLLOUT) {
            flush(held, *which);
            moved = true;
            if (std::ranges::find(connections_, which, &std::unique_ptr<connection>::get) ==
                connections_.end())
                continue;
        }
        if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) moved |= fill(held, *which);
    }
    return moved;
}

bool engine::fill(lock& held, connection& from) {
    if (from.reading) {
        from.read_again = true;
        return false;
    }
    if (from.dead || from.read_stopped) return false;
    from.reading = true;
    bool moved = false;
    do {
        from.read_again = false;
        const bool small = from.pipe && from.pipe->receive_mark > 0 && from.pipe->receive_mark < small_mark;
        held.unlock();
        const auto got = from.read_some(small);
        const int error = errno;
        held.lock();
        if (got > 0) {
            moved = true;
            from.session.alive(zmtp::clock::now());
            if (!from.dead) digest_within_memory(held, from);
        } else if (got == 0) {
            moved = true;
            lose(from, {zmtp::blame::nobody, zmtp::protocol_error::none, "the peer closed the connection"});
        } else if (!temporary(error)) {
            moved = true;
            lose(from,
                 {zmtp::blame::nobody, zmtp::protocol_error::none, std::generic_category().message(error)});
        }
    } while (from.read_again && !from.dead && !from.read_stopped);
    from.reading = false;
    if (from.dead) {
        if (!from.writing) bury(from);
        return moved;
    }
    from.release_idle_chunk();
    if (from.session.has_output()) note_reply(from);
    flush_fresh(held);
    return moved;
}

/// A connection that there is no memory for is lost, and no other.
void engine::digest_within_memory(lock& held, connection& from) {
    try {
        digest(held, from);
    } catch (const std::bad_alloc&) {
        if (!held.owns_lock()) held.lock();
        lose(from, {zmtp::blame::nobody, zmtp::protocol_error::none, {}});
    }
}

void engine::digest(lock& held, connection& from) {
    for (;;) {
        if (from.dead) return;
        if (from.session.state() == zmtp::session::phase::closed) {
            // An ERROR that says why.
            if (from.session.has_output()) flush(held, from);
            lose(from, from.session.reason());
            return;
        }
        const bool traffic = from.session.state() == zmtp::session::phase::traffic;
        if (!(traffic ? digest_traffic(held, from) : digest_handshake(held, from))) return;
    }
}

bool engine::digest_handshake(lock&, connection& from) {
    if (from.unread().empty()) return false;
    const auto now = zmtp::clock::now();
    from.skip(from.session.receive_handshake(from.unread(), now));
    if (from.session.has_output()) note_reply(from);
    if (from.session.state() == zmtp::session::phase::traffic) begin_traffic(from);
    if (!from.session.asking()) return true;
    // Nothing more is read until the handler has answered.
    from.read_stopped = true;
    set_interest(from);
    owner_.asks(from);
    return false;
}

void engine::answer(lock& held, std::uint64_t connection_number, zmtp::zap_reply reply) {
    // A reply to no question is a broken one to whoever came first: handlers answer in turn.
    const auto place = std::ranges::find_if(connections_, [&](const auto& each) {
        return connection_number == 0 ? each->session.asking() && !each->dead
                                      : each->number == connection_number;
    });
    if (place == connections_.end() || (*place)->dead || !(*place)->session.asking()) return;
    auto& which = **place;
    which.session.answer(std::move(reply), zmtp::clock::now());
    if (which.session.has_output()) note_reply(which);
    // What the peer sent meanwhile is still unread; nobody reads while the handler is asked.
    which.reading = true;
    which.read_stopped = false;
    if (which.session.state() == zmtp::session::phase::traffic) begin_traffic(which);
    if (!which.dead && !which.session.asking()) digest(held, which);
    which.reading = false;
    if (which.dead) {
        if (!which.writing) bury(which);
    } else if (!which.read_stopped) {
        set_interest(which);
    }
    flush_fresh(held);
}

void engine::digest_sealed(lock& held, connection& from, zmtp::buffer* frame) {
    held.unlock();
    const auto opened = from.session.open({frame->data(), frame->capacity()});
    held.lock();
    if (from.dead) return;
    if (!opened.ok()) {
        lose(from, opened.failure);
    } else if (opened.flags & zmtp::frame_flag::command) {
        obey(from, opened.payload);
    } else {
        std::byte header[zmtp::frame_header_max];
        const auto size = zmtp::write_header(header, opened.flags, opened.payload.size());
        auto* const begin = opened.payload.data() - size;
        std::memcpy(begin, header, size);
        publish(from, frame, begin, opened.payload.data() + opened.payload.size(),
                opened.flags & zmtp::frame_flag::more ? 0 : 1);
    }
}

bool engine::digest_traffic(lock& held, connection& from) {
    if (auto* body = from.finish_large()) {
        if (from.session.sealed())
            digest_sealed(held, from, body);
        else if (from.large_flags() & zmtp::frame_flag::command)
            obey(from, {body->data(), body->capacity()});
        else
            publish(from, body, body->data(), body->data() + body->capacity(),
                    from.large_flags() & zmtp::frame_flag::more ? 0 : 1);
        body->release();
        return true;
    }
    const auto unread = from.unread();
    if (unread.empty() || from.in_large()) return false;
    if (from.raw) {
        zmtp::message part(from.chunk()->retain(), unread.data(), unread.size());
        from.skip(unread.size());
        if (!from.pipe->in.append(std::move(part)))
            lose(from, {zmtp::blame::nobody, zmtp::protocol_error::none, "out of memory"});
        publish(from, nullptr, nullptr, nullptr, 0);
        return false;
    }
    held.unlock();
    const auto found = from.session.scan(unread);
    held.lock();
    if (from.dead) return false;
    if (found.plain_size > 0)
        publish(from, from.chunk(), unread.data(), unread.data() + found.plain_size, found.messages);
    from.skip(found.consumed);
    using stop = zmtp::session::scan_result::stop;
    switch (found.why) {
        case stop::end: return false;
        case stop::violation: lose(from, found.failure); return false;
        case stop::partial: {
            if (found.header.body_size < large_min) return false;
            // The plain header is published now, the body when it is whole.
            auto* at = from.unread().data();
            const auto header = found.header;
            if (!from.begin_large(header)) {
                lose(from, {zmtp::blame::misbehaved, zmtp::protocol_error::none,
                            "no memory for a frame of that size"});
                return false;
            }
            if (header.command() || from.session.sealed()) return false;
            const auto flags = static_cast<std::uint8_t>(header.flags & zmtp::frame_flag::more);
            const auto size = zmtp::write_header(at, flags, static_cast<std::size_t>(header.body_size));
            publish(from, from.chunk(), at, at + size, 0);
            return false;
        }
        case stop::command: {
            const auto body = from.unread().subspan(found.header.header_size,
                                                    static_cast<std::size_t>(found.header.body_size));
            obey(from, body);
            from.skip(found.header.header_size + body.size());
            return true;
        }
    }
    return false;
}

void engine::obey(connection& from, zmtp::bytes command) {
    const auto event = from.session.handle_command(command, zmtp::clock::now());
    arm_timer(from.session.next_deadline());  // a PING may have brought one
    using kind = zmtp::command_event::kind;
    if (event.what == kind::nothing) return;
    from.pipe->subscription(event.topic, event.what == kind::subscribe);
    publish(from, nullptr, nullptr, nullptr, 0);
}

void engine::publish(connection& from, zmtp::buffer* owner, std::byte* begin, std::byte* end,
                     std::uint32_t messages) {
    auto& pipe = *from.pipe;
    if (owner) {
        pipe.in.publish(owner, begin, end, messages);
        from.unfinished_octets =
            messages > 0 ? 0 : from.unfinished_octets + static_cast<std::size_t>(end - begin);
        if (from.unfinished_octets > from.session.unfinished_octets_max()) {
            lose(from, {zmtp::blame::misbehaved, zmtp::protocol_error::unspecified,
                        "a message of parts without end"});
            return;
        }
    }
    if (pipe.reader_idle && !pipe.in.empty()) {
        pipe.reader_idle = false;
        pipe.received();
        wake(true, false);
    }
    // A pattern may have closed the pipe on what it read.
    if (from.dead || !pipe.over_receive_mark() || from.read_stopped || pipe.conflate) return;
    from.read_stopped = true;
    from.session.suspend_timeout(true, zmtp::clock::now());
    set_interest(from);
}

void engine::note_fresh(connection& which) {
    // At the back, so that it is flushed first: what it holds may be borrowed.
    std::erase(fresh_, &which);
    fresh_.push_back(&which);
}

void engine::note_reply(connection& which) {
    note_fresh(which);
    which.credit = std::max(which.credit, 1);  // replies never wait for a batch
}

void engine::flush_fresh(lock& held) {
    while (!fresh_.empty()) {
        auto& to = *fresh_.back();
        fresh_.pop_back();
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
    const bool batch = to.pipe && to.pipe->out.fresh_octets() >= to.batch_octets;
    // The kernel is asked again once per batch: the set says that it has room only when it has plenty.
    if (to.blocked) return batch;
    if (to.tail) return batch || to.session.has_output();
    const auto now = zmtp::clock::now();
    const auto regained = (now - to.last_write) / credit_interval;
    to.credit = static_cast<int>(std::min<std::int64_t>(credit_max, to.credit + regained));
    if (to.credit > 0) {
        --to.credit;
        return true;
    }
    to.tail = true;
    tails_.push_back(&to);
    if (!tail_poked_) {
        tail_poked_ = true;
        if (const auto self = self_.lock()) reactor_->poke_tail(self);
    }
    return false;
}

void engine::own_borrowed(connection& of) {
    if (!of.pipe || of.pipe->out.own_borrowed()) return;
    lose(of, {zmtp::blame::nobody, zmtp::protocol_error::none, "out of memory"});
}

void engine::flush_tails(lock& held) {
    while (!tails_.empty()) {
        auto& to = *tails_.back();
        tails_.pop_back();
        to.tail = false;
        flush(held, to);
    }
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
    if (to.tail) {
        to.tail = false;
        std::erase(tails_, &to);
    }
    ++flushes_;
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
            break;
        }
        held.unlock();
        const auto sent = ::sendmsg(to.descriptor, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        const int error = errno;
        held.lock();
        if (sent < 0) {
            more = error == EINTR;
            if (temporary(error) && !more) {
                to.blocked = true;
                set_interest(to);
            } else if (!more) {
                // What the peer sent before is still read. That the end of the stream follows is for us to
                // see to: a host that was down for a moment leaves a stream that would never end.
                ::shutdown(to.descriptor, SHUT_RDWR);
                to.write_broken = true;
                to.blocked = false;
                set_interest(to);
                if (to.read_stopped || !to.in_set)
                    lose(to, {zmtp::blame::nobody, zmtp::protocol_error::none,
                              std::generic_category().message(error)});
            }
            continue;
        }
        to.wrote(static_cast<std::size_t>(sent));
        auto* pipe = to.pipe;
        if (pipe && pipe->writer_blocked && pipe->half_empty()) {
            pipe->writer_blocked = false;
            pipe->room();
            wake(false, true);
        }
        more = to.write_again || !to.drained();
    }
    to.last_write = zmtp::clock::now();
    own_borrowed(to);
    to.writing = false;
    if (to.dead && !to.reading)
        bury(to);
    else if (to.drained())
        wake(false, true);
}

bool engine::flush_old_tails(lock& held) {
    if (flushes_seen_ == flushes_) flush_tails(held);
    flushes_seen_ = flushes_;
    tail_poked_ = !tails_.empty();
    owner_.drove(held);
    return tail_poked_;
}

void engine::flush_all_tails(lock& held) {
    tail_poked_ = false;
    flush_tails(held);
    owner_.drove(held);
}

}  // namespace zither::transport
