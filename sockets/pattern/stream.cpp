#include "stream.hpp"

#include <utility>

namespace zither::sockets::pattern {

void stream::attached(pipe& peer, bool connecting) {
    const auto id = connecting ? std::exchange(own_.connect_routing_id, {}) : std::string();
    // An id that is taken counts as none: libzmq aborts there.
    if (id.empty() || !routes_.add(id, peer)) {
        routes_.add_generated(peer);
        own_.stream_routing_id = peer.pattern_notes().routing_id;
    }
    in_.attach(peer);
}

bool stream::connected(pipe& peer) {
    if (options_.stream_notify) notices_.began(peer);
    return true;
}

void stream::disconnected(pipe& peer) { notices_.lost(peer); }

void stream::detached(pipe& peer) {
    notices_.gone(peer);
    routes_.remove(peer);
    in_.detach(peer);
    if (target_ == &peer) target_ = nullptr;
}

void stream::readable(pipe& peer) { in_.activate(peer); }

errc stream::send(zmtp::message& part) {
    if (!sending_) return begin_sending(part);
    sending_ = false;
    if (target_) write(part);
    part.clear();
    target_ = nullptr;
    return errc::ok;
}

errc stream::begin_sending(zmtp::message& id) {
    if (!id.more()) {  // for nobody; as with libzmq no error
        id.clear();
        return errc::ok;
    }
    pipe* const to = routes_.find(id.body());
    if (!to) return errc::host_unreachable;
    if (!to->writable()) return errc::again;
    target_ = to;
    sending_ = true;
    to->drop(id);
    return errc::ok;
}

/// The peer knows no parts, and an empty one closes the connection, with what it still had for us.
void stream::write(zmtp::message& part) {
    if (part.empty()) {
        target_->pattern_notes().flag = false;
        in_.detach(*target_);
        routes_.remove(*target_);
        target_->close();
        return;
    }
    part.set_more(false);
    target_->write(std::move(part));
}

errc stream::receive(zmtp::message& part) {
    if (std::exchange(first_waits_, false)) {
        part = std::move(first_);
        return errc::ok;
    }
    if (notices_.receive(part)) return errc::ok;
    if (!in_.receive(first_)) return errc::again;
    first_.set_more(false);
    write_routing_id(part, in_.last()->pattern_notes().routing_id);
    in_.last()->sign(part);
    first_waits_ = true;
    return errc::ok;
}

bool stream::can_receive() { return first_waits_ || !notices_.empty() || in_.readable(); }

}  // namespace zither::sockets::pattern
