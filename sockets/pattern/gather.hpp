#pragma once

#include "pattern.hpp"
#include "single_parts.hpp"

namespace zither::sockets::pattern {

/// GATHER (RFC 49): receives from all scatterers, in turn.
class gather final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool) override { in_.attach(peer); }
    void detached(pipe& peer) override { in_.detach(peer); }
    void readable(pipe& peer) override { in_.activate(peer); }
    void writable(pipe&) override {}

    errc send(zmtp::message&) override { return errc::not_supported; }
    errc receive(zmtp::message& whole) override { return in_.receive(whole) ? errc::ok : errc::again; }
    bool can_send() override { return false; }
    bool can_receive() override { return in_.readable(); }

private:
    single_parts in_;
};

}  // namespace zither::sockets::pattern
