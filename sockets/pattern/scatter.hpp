#pragma once

#include "pattern.hpp"
#include "round_robin.hpp"

namespace zither::sockets::pattern {

/// SCATTER (RFC 49): messages go to the gatherers with room, in turn.
class scatter final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool) override { out_.attach(peer); }
    void detached(pipe& peer) override { out_.detach(peer); }
    void readable(pipe& peer) override { peer.drop_received(); }
    void writable(pipe& peer) override { out_.activate(peer); }

    errc send(zmtp::message& whole) override {
        if (whole.more()) return errc::invalid_argument;
        return out_.send(whole) ? errc::ok : errc::again;
    }
    errc receive(zmtp::message&) override { return errc::not_supported; }
    bool can_send() override { return out_.writable(); }
    bool can_receive() override { return false; }

private:
    round_robin out_;
};

}  // namespace zither::sockets::pattern
