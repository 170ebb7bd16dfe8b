#include "push.hpp"

namespace zither::sockets::pattern {

void push::attached(pipe& peer, bool) { out_.attach(peer); }

void push::detached(pipe& peer) { out_.detach(peer); }

void push::writable(pipe& peer) { out_.activate(peer); }

errc push::send(zmtp::message& part) { return out_.send(part) ? errc::ok : errc::again; }

bool push::can_send() { return out_.writable(); }

}  // namespace zither::sockets::pattern
