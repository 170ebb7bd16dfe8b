#include "connection_notices.hpp"

#include <new>
#include <utility>

namespace zither::sockets::pattern {

void connection_notices::began(pipe& peer) {
    auto& notes = peer.pattern_notes();
    lost(peer);
    notes.flag = true;
    messages_.push_back({notes.routing_id, zmtp::message()});
    messages_.back().body.set_peer(peer.peer_properties());
}

void connection_notices::lost(pipe& peer) {
    if (!peer.pattern_notes().flag) return;
    zmtp::message part;
    while (peer.read(part)) {
        part.set_more(false);
        messages_.push_back({peer.pattern_notes().routing_id, std::move(part)});
    }
    gone(peer);
}

void connection_notices::gone(pipe& peer) {
    auto& notes = peer.pattern_notes();
    if (!std::exchange(notes.flag, false)) return;
    try {
        messages_.push_back({notes.routing_id, zmtp::message()});
    } catch (const std::bad_alloc&) {
        // The peer goes, be there memory to say so or not.
    }
}

bool connection_notices::receive(zmtp::message& part) {
    if (messages_.empty()) return false;
    auto& [routing_id, body] = messages_.front();
    id_given_ = !id_given_;
    if (id_given_) {
        write_routing_id(part, routing_id);
        part.set_peer(body.peer());
    } else {
        part = std::move(body);
        messages_.pop_front();
    }
    return true;
}

void write_routing_id(zmtp::message& part, const std::string& routing_id) {
    if (!zmtp::message::create(part, zmtp::as_bytes(routing_id))) throw std::bad_alloc();
    part.set_more(true);
}

}  // namespace zither::sockets::pattern
