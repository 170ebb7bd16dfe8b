#include "client.hpp"

namespace zither::sockets::pattern {

void client::attached(pipe& peer, bool) {
    in_.attach(peer);
    out_.attach(peer);
}

void client::detached(pipe& peer) {
    in_.detach(peer);
    out_.detach(peer);
}

void client::readable(pipe& peer) { in_.activate(peer); }

void client::writable(pipe& peer) { out_.activate(peer); }

errc client::send(zmtp::message& whole) {
    if (whole.more()) return errc::invalid_argument;
    return out_.send(whole) ? errc::ok : errc::again;
}

errc client::receive(zmtp::message& whole) { return in_.receive(whole) ? errc::ok : errc::again; }

bool client::can_send() { return out_.writable(); }

bool client::can_receive() { return in_.readable(); }

}  // namespace zither::sockets::pattern
