#include "dealer.hpp"

#include "probe.hpp"

namespace zither::sockets::pattern {

void dealer::attached(pipe& peer, bool) {
    send_probe(options_, peer);
    in_.attach(peer);
    out_.attach(peer);
}

void dealer::detached(pipe& peer) {
    in_.detach(peer);
    out_.detach(peer);
}

void dealer::readable(pipe& peer) { in_.activate(peer); }

void dealer::writable(pipe& peer) { out_.activate(peer); }

errc dealer::send(zmtp::message& part) { return out_.send(part) ? errc::ok : errc::again; }

errc dealer::receive(zmtp::message& part) { return in_.receive(part) ? errc::ok : errc::again; }

bool dealer::can_send() { return out_.writable(); }

bool dealer::can_receive() { return in_.readable(); }

}  // namespace zither::sockets::pattern
