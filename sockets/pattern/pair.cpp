#include "pair.hpp"

namespace zither::sockets::pattern {

void pair::attached(pipe& peer, bool) {
    if (peer_) return peer.close();
    peer_ = &peer;
    in_.attach(peer);
    out_.attach(peer);
}

bool pair::connected(pipe& peer) { return peer_ == &peer; }

void pair::detached(pipe& peer) {
    if (peer_ != &peer) return;
    peer_ = nullptr;
    in_.detach(peer);
    out_.detach(peer);
}

void pair::readable(pipe& peer) { in_.activate(peer); }

void pair::writable(pipe& peer) { out_.activate(peer); }

errc pair::send(zmtp::message& part) { return out_.send(part) ? errc::ok : errc::again; }

errc pair::receive(zmtp::message& part) { return in_.receive(part) ? errc::ok : errc::again; }

bool pair::can_send() { return out_.writable(); }

bool pair::can_receive() { return in_.readable(); }

}  // namespace zither::sockets::pattern
