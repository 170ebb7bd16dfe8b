// What becomes of received octets: the handshake's, then frames on their way into the pipe.
#include "zither/transport/engine.hpp"

#include <algorithm>
#include <cstring>

namespace zither::transport {

namespace {

// A frame this large gets a buffer of its own instead of a copy from chunk to chunk.
constexpr std::uint64_t large_min = 16 * 1024;

}  // namespace

void engine::digest(lock& held, connection& from) {
    for (;;) {
        if (from.dead || (from.held_back && from.read_stopped)) return;
        from.held_back = false;
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

/// There is room for what came with the handshake. False when the connection is lost by it, and buried.
bool engine::digest_held_back(lock& held, connection& from) {
    if (!while_reading(held, from, [&] { digest(held, from); })) return false;
    if (from.read_again) make_up_later();
    return true;
}

bool engine::digest_handshake(lock&, connection& from) {
    if (from.unread().empty()) return false;
    const bool asked = from.session.asking();
    const auto used = from.session.receive_handshake(from.unread(), zmtp::clock::now());
    // PLAIN's password may be among it, and chunks are used again.
    zmtp::wipe(from.unread().data(), used);
    from.skip(used);
    if (from.session.has_output()) note_fresh(from);
    if (from.session.state() == zmtp::session::phase::traffic) begin_traffic(from);
    await_peer(from);
    if (!from.session.asking()) return true;
    if (!asked) owner_.asks(from);
    if (from.unread().empty()) return false;
    // The rest is read when the handler has answered.
    from.read_stopped = true;
    set_interest(from);
    return false;
}

/// A reply to no question is a broken one to whoever came first: handlers answer in turn.
connection* engine::find_asking(std::uint64_t connection_number) const noexcept {
    connection* asked = nullptr;
    for (const auto& each : connections_) {
        if (each->dead || !each->session.asking()) continue;
        const bool meant = connection_number == 0 ? !asked || each->number < asked->number
                                                  : each->number == connection_number;
        if (meant) asked = each.get();
    }
    return asked;
}

void engine::give_up_asking(lock& held, std::uint64_t connection_number) {
    if (auto* const asked = find_asking(connection_number)) out_of_memory(held, *asked);
}

void engine::answer(lock& held, std::uint64_t connection_number, zmtp::zap_reply reply) {
    auto* const asked = find_asking(connection_number);
    if (!asked) return;
    auto& which = *asked;
    if (!within_memory([&] { which.answer = std::make_unique<zmtp::zap_reply>(std::move(reply)); }))
        return out_of_memory(held, which);
    if (which.reading) return;  // who reads takes it
    which.reading = true;
    try {
        take_answer(held, which);
    } catch (const std::exception&) {
        out_of_memory(held, which);
    }
    which.reading = false;
    if (which.dead && !which.writing) bury(which);
    flush_fresh(held);
}

void engine::take_answer(lock& held, connection& which) {
    which.session.answer(std::move(*std::exchange(which.answer, nullptr)), zmtp::clock::now());
    if (which.session.has_output()) note_fresh(which);
    which.read_stopped = false;
    if (which.session.state() == zmtp::session::phase::traffic) begin_traffic(which);
    if (!which.dead && !which.session.asking()) digest(held, which);
    if (!which.dead && !which.read_stopped) set_interest(which);
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
        if (!from.pipe->deaf && !from.pipe->in.append(std::move(part)))
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
    if (pipe.deaf) return;
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
    if (pipe.tell_reader()) wake(true, false);
    // A pattern may have closed the pipe on what it read.
    if (from.dead || !pipe.over_receive_mark() || from.read_stopped || pipe.conflate) return;
    if (from.write_broken) return;  // no more can come than the kernel holds, and its end has to be seen
    // It stays in the set until that fires for it: most often the application has read before.
    from.read_stopped = true;
    from.session.suspend_timeout(true, zmtp::clock::now());
}

}  // namespace zither::transport
