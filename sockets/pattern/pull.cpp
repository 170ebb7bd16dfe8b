#include "pull.hpp"

namespace zither::sockets::pattern {

void pull::attached(pipe& peer, bool) { in_.attach(peer); }

void pull::detached(pipe& peer) { in_.detach(peer); }

void pull::readable(pipe& peer) { in_.activate(peer); }

errc pull::receive(zmtp::message& part) { return in_.receive(part) ? errc::ok : errc::again; }

bool pull::can_receive() { return in_.readable(); }

}  // namespace zither::sockets::pattern
