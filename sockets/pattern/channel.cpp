#include "channel.hpp"

namespace zither::sockets::pattern {

void channel::attached(pipe& peer, bool) {
    if (peer_) return peer.close();
    peer_ = &peer;
    in_.attach(peer);
    out_.attach(peer);
}

bool channel::connected(pipe& peer) { return peer_ == &peer; }

void channel::detached(pipe& peer) {
    if (peer_ != &peer) return;
    peer_ = nullptr;
    in_.detach(peer);
    out_.detach(peer);
}

void channel::readable(pipe& peer) { in_.activate(peer); }

void channel::writable(pipe& peer) { out_.activate(peer); }

errc channel::send(zmtp::message& whole) {
    if (whole.more()) return errc::invalid_argument;
    return out_.send(whole) ? errc::ok : errc::again;
}

errc channel::receive(zmtp::message& whole) { return in_.receive(whole) ? errc::ok : errc::again; }

bool channel::can_send() { return out_.writable(); }

bool channel::can_receive() { return in_.readable(); }

}  // namespace zither::sockets::pattern
