#include "zither/sockets/peer.hpp"

#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <utility>

namespace zither::sockets {

namespace {

zmtp::message subscription_message(zmtp::bytes topic, bool wanted) {
    zmtp::message made(topic.size() + 1);
    made.data()[0] = wanted ? std::byte{1} : std::byte{0};
    std::ranges::copy(topic, made.data() + 1);
    return made;
}

}  // namespace

void peer::close() {
    if (closing_) return;
    closing_ = true;
    owner_.note_closing();
}

bool network_pipe::read(zmtp::message& part) {
    if (conflate) in.drop_until(1);
    if (!in.take(part)) {
        reader_idle = true;
        if (gone_) owner_.note_closing();
        return false;
    }
    if (link && link->read_stopped && receive_half_empty()) owner_.engine().resume_reading(*link);
    if (properties_) part.set_peer(properties_);
    return true;
}

bool network_pipe::readable() {
    if (!in.empty()) return true;
    reader_idle = true;
    if (gone_) owner_.note_closing();
    return false;
}

bool network_pipe::writable() {
    if (gone_ || closing_) return false;
    if (!full()) return true;
    writer_blocked = true;
    return false;
}

void network_pipe::write(zmtp::message&& part) {
    if (gone_ || closing_) return;
    const bool last = !part.more();
    // Written through at once, a large body needs no copy.
    const bool through = last && link && link->writes_through() && !conflate;
    if (!out.append(std::move(part), through)) {
        out.rollback();
        return;
    }
    if (!last) return;
    if (conflate && !link) out.drop_until(1);
    if (link) owner_.engine().note_fresh(*link);
}

void network_pipe::subscribe(zmtp::bytes topic, bool wanted) {
    if (!link || !up) return;
    link->session.subscribe(topic, wanted);
    owner_.engine().note_reply(*link);
}

bool network_pipe::connected(transport::connection& by) {
    routing_id_ = by.session.peer().routing_id;
    if (properties_) properties_->release();
    properties_ = by.properties ? by.properties->retain() : nullptr;
    up = true;
    if (!owner_.pipe_connected(*this)) return false;
    // RFC 13: a subscriber says nothing and gets everything.
    const bool publisher = owner_.type() == socket_type::pub || owner_.type() == socket_type::xpub;
    if (publisher && by.session.peer().speaks == zmtp::version::v1_0) subscription({}, true);
    return true;
}

void network_pipe::received() { owner_.pattern_of().readable(*this); }
void network_pipe::room() { owner_.pattern_of().writable(*this); }

void network_pipe::subscription(zmtp::bytes topic, bool wanted) {
    if (!in.append(subscription_message(topic, wanted))) in.rollback();
}

void network_pipe::lost(const zmtp::close_reason&) {
    up = false;
    owner_.pipe_lost(*this);
}

void network_pipe::release(transport::engine::lock& held) {
    // One that we made may still shake hands: it knows the pipe before the pipe has it as its link.
    if (link || connecting) owner_.engine().close_of(held, *this);
    if (properties_) properties_->release();
}

bool inproc_pipe::read(zmtp::message& part) {
    auto& from = in();
    if (from.conflate.load(std::memory_order_relaxed)) from.queue.drop_all_but_last();
    const auto mark = from.mark.load(std::memory_order_relaxed);
    while (!from.queue.take(part)) {
        if (from.queue.tell_taken(mark)) owner_.leave_word({inproc_notice::kind::writable, link_, 1 - end_});
        if (gone_) owner_.note_closing();
        if (owner_.may_watch(*this) || from.queue.await_message()) return false;
    }
    if (from.queue.made_room(mark)) owner_.leave_word({inproc_notice::kind::writable, link_, 1 - end_});
    return true;
}

bool inproc_pipe::readable() {
    if (await()) {
        if (gone_) owner_.note_closing();
        return false;
    }
    return true;
}

bool inproc_pipe::writable() {
    if (gone_ || closing_) return false;
    auto& to = out();
    return to.conflate.load(std::memory_order_relaxed) ||
           to.queue.has_room(to.mark.load(std::memory_order_relaxed));
}

void inproc_pipe::write(zmtp::message&& part) {
    if (gone_ || closing_) return;
    auto& to = out();
    if (to.conflate.load(std::memory_order_relaxed)) return write_latest(std::move(part));
    const bool last = !part.more();
    if (!to.queue.append(std::move(part))) {
        to.queue.rollback();
        return;
    }
    if (last && to.queue.commit()) owner_.leave_word({inproc_notice::kind::readable, link_, 1 - end_});
}

void inproc_pipe::write_latest(zmtp::message&& part) {
    const bool last = !part.more();
    if (!part.own()) return rollback();
    open_.push_back(std::move(part));
    if (last && out().queue.replace(std::exchange(open_, {})))
        owner_.leave_word({inproc_notice::kind::readable, link_, 1 - end_});
}

void inproc_pipe::rollback() {
    open_.clear();
    out().queue.rollback();
}

void inproc_pipe::subscribe(zmtp::bytes topic, bool wanted) {
    if (up) write(subscription_message(topic, wanted));
}

void inproc_pipe::learn_routing_id() {
    std::unique_lock lock(link_->mutex);
    routing_id_ = link_->ends[static_cast<std::size_t>(1 - end_)].routing_id;
}

void inproc_pipe::release(transport::engine::lock&) {
    rollback();
    owner_.unwatch(*this);
    {
        std::unique_lock lock(link_->mutex);
        auto& mine = link_->ends[static_cast<std::size_t>(end_)];
        mine.pipe = nullptr;
        mine.closed = true;
    }
    owner_.post_notice({inproc_notice::kind::closed, link_, 1 - end_});
}

}  // namespace zither::sockets
