#include "zither/sockets/peer.hpp"

#include "zither/sockets/socket_object.hpp"

#include <algorithm>

namespace zither::sockets {

namespace {

// Frames that a pipe copies before it keeps one that is shared: who gets but some of what goes to many would
// have a segment for each.
constexpr unsigned shared_run_min = 8;

// So that a small message does not keep a whole receive chunk.
[[gnu::noinline]] void own_body(zmtp::message& part) {
    if (!part.owner() || part.owner()->capacity() == part.size()) return;
    zmtp::message own;
    if (!zmtp::message::create(own, part.body())) return;
    own.set_more(part.more());
    part = std::move(own);
}

}  // namespace

zmtp::message subscription_message(zmtp::bytes topic, bool wanted) {
    zmtp::message made(topic.size() + 1);
    made.data()[0] = wanted ? std::byte{1} : std::byte{0};
    std::ranges::copy(topic, made.data() + 1);
    return made;
}

void peer::close() {
    if (closing_) return;
    closing_ = true;
    owner_.note_leaving(*this);
}

void peer::set_gone() noexcept {
    gone_ = true;
    owner_.note_leaving(*this);
}

void peer::expel(std::string_view why) {
    why_ = {zmtp::blame::misbehaved, zmtp::protocol_error::none, std::string(why)};
    close();
    set_gone();
}

bool lane_pipe::readable() {
    if (!in.empty()) return true;
    wait_for_parts();
    return false;
}

bool lane_pipe::writable() {
    if (gone_ || closing_) return false;
    if (!full()) return true;
    writer_blocked = true;
    return false;
}

bool lane_pipe::wait_for_parts() {
    reader_idle = true;
    if (gone_) owner_.note_leaving(*this);
    return false;
}

void lane_pipe::read_out() { owner_.note_leaving(*this); }

void lane_pipe::received() { owner_.pattern_of().readable(*this); }
void lane_pipe::room() { owner_.pattern_of().writable(*this); }

bool network_pipe::read(zmtp::message& part) {
    if (conflate) in.drop_until(1);
    const bool anonymous = part.borrowed();
    // A message that is received into again and again keeps its reference.
    const auto* kept = part.peer() == properties_.block() ? part.release_peer() : nullptr;
    if (!take(part)) {
        if (kept) part.adopt_peer(kept);
        return false;
    }
    if (link && link->read_stopped && receive_half_empty()) owner_.engine().resume_reading(*link);
    if (owning) own_body(part);
    if (!anonymous) part.adopt_peer(kept ? kept : properties_.take());
    return true;
}

bool network_pipe::writable() {
    if (lane_pipe::writable()) return true;
    // Its flush ends it, if need be.
    if (!takes_no_more() && link && link->write_broken) owner_.engine().note_fresh(*link);
    return false;
}

void network_pipe::write(zmtp::message&& part) {
    if (!takes_no_more() && !left_out(part)) append(std::move(part));
}

bool network_pipe::begin(zmtp::message&& part) {
    if (!writable()) return false;
    append(std::move(part));
    return true;
}

/// An answer often still has the reference that its request came with.
inline void network_pipe::take_back(zmtp::message& part) noexcept {
    if (!part.peer() || part.peer() != properties_.block()) return;
    (void)part.release_peer();
    properties_.put_back();
}

void network_pipe::drop(zmtp::message& part) {
    take_back(part);
    part.clear();
}

inline void network_pipe::append(zmtp::message&& part) {
    take_back(part);
    const bool last = !part.more();
    if (!out.append_small(part) && !append_slowly(std::move(part))) [[unlikely]]
        return;
    if (last) appended();
}

inline void network_pipe::appended() {
    if (conflate && !link) [[unlikely]]
        out.drop_until(1);
    if (link && (out.borrows() || !link->tail_waits())) owner_.engine().note_fresh(*link);
}

bool network_pipe::write_shared(const zmtp::shared_frame& one, bool first) {
    if (first && !writable()) return false;
    if (takes_no_more()) return true;
    if (broken_off_) [[unlikely]] {
        broken_off_ = one.more;
        return true;
    }
    run_ = one.before == logged_ ? run_ + 1 : 0;
    logged_ = one.end;
    const bool next = out.ends_at(one.block, one.begin);
    if (conflate || (!next && run_ < shared_run_min)) {
        append(lent(one));
        return true;
    }
    if (!next) run_ = 0;
    out.append_shared(one);
    if (!one.more) appended();
    return true;
}

bool network_pipe::append_slowly(zmtp::message&& part) {
    // Written through at once, a large body needs no copy.
    const bool through = !part.more() && part.size() > zmtp::message::copied_max && link &&
                         link->writes_through() && !conflate;
    const bool more = part.more();
    if (out.append(std::move(part), through)) return true;
    out.rollback();
    broken_off_ = more;
    return false;
}

void network_pipe::subscribe(zmtp::bytes topic, bool wanted) {
    if (!link || !up) return;
    link->session.subscribe(topic, wanted);
    owner_.engine().note_fresh(*link);
}

bool network_pipe::connected(transport::connection& by) {
    routing_id_ = by.session.peer().routing_id;
    properties_.become(by.properties);
    up = true;
    if (!owner_.pipe_connected(*this)) {
        up = false;
        return false;
    }
    say_hello(by);
    // RFC 13: a subscriber says nothing and gets everything.
    const bool publisher = owner_.type() == socket_type::pub || owner_.type() == socket_type::xpub;
    if (publisher && by.session.peer().speaks == zmtp::version::v1_0) subscription({}, true);
    return true;
}

void network_pipe::subscription(zmtp::bytes topic, bool wanted) {
    if (deaf) return;
    // For anybody else it would be a message.
    if (owner_.type() != socket_type::pub && owner_.type() != socket_type::xpub &&
        owner_.type() != socket_type::radio)
        return;
    if (!in.append(subscription_message(topic, wanted))) in.rollback();
}

void network_pipe::lost(const zmtp::close_reason&) {
    if (std::exchange(up, false)) transport::within_memory([&] { say_goodbye(); });
    owner_.pipe_lost(*this);
}

void network_pipe::stop_listening() {
    lane_pipe::stop_listening();
    // So that its PINGs are answered and its end is seen.
    if (link) owner_.engine().resume_reading(*link);
}

void network_pipe::add_notice(std::string_view text) {
    zmtp::message part;
    if (!zmtp::message::create(part, zmtp::as_bytes(text))) return;
    if (!in.append(std::move(part))) in.rollback();
}

void network_pipe::say_hello(transport::connection& to) {
    if (to.raw) return;  // whoever speaks no ZMTP would take it for its own protocol
    greeted_ = true;
    const auto& with = owner_.pattern_settings();
    // Through the session, not the lane: it goes before what waited there for the connection.
    if (says_hello(owner_.type()) && !with.hello_message.empty())
        to.session.say(zmtp::as_bytes(with.hello_message));
    if (with.router_notify & 1) add_notice({});
}

void network_pipe::say_goodbye() {
    if (!std::exchange(greeted_, false)) return;
    const auto& with = owner_.pattern_settings();
    if (with.router_notify & 2) add_notice({});
    if (!connecting && hears_disconnect(owner_.type()) && !with.disconnect_message.empty())
        add_notice(with.disconnect_message);
    if (connecting && hears_hiccup(owner_.type()) && !with.hiccup_message.empty())
        add_notice(with.hiccup_message);
    tell_reader();
}

void network_pipe::release(transport::engine::lock& held) {
    owner_.read_out(*this);
    // One that we made may still shake hands: it knows the pipe before the pipe has it as its link.
    if (link || connecting) owner_.engine().close_of(held, *this, why_);
}

}  // namespace zither::sockets
