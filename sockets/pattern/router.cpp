#include "router.hpp"

#include "probe.hpp"

#include <utility>

namespace zither::sockets::pattern {

void router::attached(pipe& peer, bool connecting) {
    send_probe(options_, peer);
    add_route(peer, connecting);
}

/// Routes what needs no handshake: a peer named by CONNECT_ROUTING_ID, and any raw one.
void router::add_route(pipe& peer, bool connecting) {
    const auto id = connecting ? std::exchange(connect_routing_id_, {}) : std::string();
    // An id that is taken counts as none: libzmq aborts there.
    const bool named = !id.empty() && routes_.add(id, peer);
    if (!named && !options_.router_raw) return;
    if (!named) routes_.add_generated(peer);
    in_.attach(peer);
}

bool router::connected(pipe& peer) {
    if (options_.router_raw && options_.stream_notify) notices_.began(peer);
    // After a reconnect the id stays, even if the peer now names itself otherwise: as in libzmq.
    if (!peer.pattern_notes().routing_id.empty()) return true;
    const auto& id = peer.peer_routing_id();
    if (id.empty()) {
        routes_.add_generated(peer);
    } else if (!routes_.add(id, peer)) {
        if (!options_.router_handover) return false;
        displace(*routes_.find(zmtp::as_bytes(id)));
        routes_.add(id, peer);
    }
    in_.attach(peer);
    return true;
}

/// ROUTER_HANDOVER: the peer loses its id to a newer one.
void router::displace(pipe& peer) {
    routes_.rename(peer);
    // What a peer that is gone said is still to be read; then it ends by itself.
    if (peer.takes_no_more()) return;
    if (source_ == &peer)
        close_source_ = true;
    else
        peer.close();
}

void router::disconnected(pipe& peer) { notices_.lost(peer); }

void router::detached(pipe& peer) {
    notices_.gone(peer);
    routes_.remove(peer);
    in_.detach(peer);
    if (target_ == &peer) target_ = nullptr;
    if (source_ == &peer) {
        source_ = nullptr;
        close_source_ = false;
    }
}

void router::readable(pipe& peer) { in_.activate(peer); }

errc router::send(zmtp::message& part) {
    if (!sending_) return begin_sending(part);
    sending_ = part.more() && !options_.router_raw;
    if (target_) write(part);
    part.clear();
    if (!sending_) target_ = nullptr;
    return errc::ok;
}

errc router::begin_sending(zmtp::message& id) {
    // A routing id with nothing behind it means nothing.
    sending_ = id.more();
    target_ = sending_ ? find(id.body()) : nullptr;
    if (sending_ && options_.router_mandatory && (!target_ || !target_->writable())) {
        sending_ = false;
        // Nobody may wait for the room of a peer that is gone.
        const auto* const full = std::exchange(target_, nullptr);
        return full && !full->takes_no_more() ? errc::again : errc::host_unreachable;
    }
    if (target_)
        target_->drop(id);
    else
        id.clear();
    if (target_ && !target_->writable()) target_ = nullptr;
    return errc::ok;
}

/// Mostly who spoke last is who is answered.
pipe* router::find(zmtp::bytes id) const {
    auto* const last = in_.last();
    const bool answers = last && !id.empty() && last->pattern_notes().routing_id == zmtp::as_text(id);
    return answers ? last : routes_.find(id);
}

/// A raw peer knows no parts, and an empty one closes the connection.
void router::write(zmtp::message& part) {
    if (options_.router_raw && part.empty()) {
        target_->pattern_notes().flag = false;
        in_.detach(*target_);
        routes_.remove(*target_);
        target_->close();
        return;
    }
    if (options_.router_raw) part.set_more(false);
    target_->write(std::move(part));
}

errc router::receive(zmtp::message& part) {
    if (first_waits_) {
        first_waits_ = false;
        part = std::move(first_);
        read(part);
        return errc::ok;
    }
    if (receiving_) {
        in_.receive(part);
        read(part);
        return errc::ok;
    }
    return notices_.receive(part) || begin_receiving(part) ? errc::ok : errc::again;
}

bool router::begin_receiving(zmtp::message& id) {
    if (!in_.receive(first_)) return false;
    source_ = in_.last();
    write_routing_id(id, source_->pattern_notes().routing_id);
    source_->sign(id);
    first_waits_ = true;
    return true;
}

/// Notes that `part` went to the application.
void router::read(const zmtp::message& part) {
    receiving_ = part.more();
    if (receiving_) return;
    if (std::exchange(close_source_, false)) source_->close();
    source_ = nullptr;
}

bool router::can_send() { return sending_ || !options_.router_mandatory || routes_.any_writable(); }

bool router::can_receive() { return first_waits_ || receiving_ || !notices_.empty() || in_.readable(); }

errc router::peer_room(zmtp::bytes routing_id, bool& room) {
    auto* const to = routes_.find(routing_id);
    if (!to) return errc::host_unreachable;
    room = to->writable();
    return errc::ok;
}

}  // namespace zither::sockets::pattern
