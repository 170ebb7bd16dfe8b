#include "server.hpp"

#include "zither/zmtp/random_number.hpp"

#include <utility>

namespace zither::sockets::pattern {

// A random start, so that a number kept from an earlier run means nobody.
server::server(const settings& options) : pattern(options), next_(zmtp::random_number()) {}

void server::attached(pipe& peer, bool connecting) {
    while (next_ == 0 || peers_.contains(next_)) ++next_;
    auto& notes = peer.pattern_notes();
    notes.number = next_++;
    notes.flag = connecting;
    peers_.emplace(notes.number, &peer);
    in_.attach(peer);
}

/// Who called us does not come back by the same pipe: what it sent is still read, but there is nobody to send
/// to. Where we called, the pipe takes messages for the next connection.
void server::disconnected(pipe& peer) {
    if (!peer.pattern_notes().flag) peers_.erase(peer.pattern_notes().number);
}

void server::detached(pipe& peer) {
    peers_.erase(peer.pattern_notes().number);
    in_.detach(peer);
}

void server::readable(pipe& peer) { in_.activate(peer); }

errc server::send(zmtp::message& whole) {
    if (whole.more()) return errc::invalid_argument;
    const auto place = peers_.find(whole.routing_id());
    if (place == peers_.end()) return errc::host_unreachable;
    if (!place->second->writable()) return errc::again;
    place->second->write(std::move(whole));
    whole = zmtp::message();
    return errc::ok;
}

errc server::receive(zmtp::message& whole) { return in_.receive(whole) ? errc::ok : errc::again; }

bool server::can_receive() { return in_.readable(); }

errc server::forget_number(std::uint32_t number, pipe*& whose) {
    const auto place = peers_.find(number);
    if (place == peers_.end()) return errc::host_unreachable;
    whose = place->second;
    peers_.erase(place);
    return errc::ok;
}

}  // namespace zither::sockets::pattern
