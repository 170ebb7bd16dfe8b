#pragma once

#include "pattern.hpp"
#include "round_robin.hpp"

namespace zither::sockets::pattern {

/// PUSH (RFC 30): messages go to the peers with room, in turn.
class push final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    /// Whoever talks to one who never listens: kept, it would outlive its connection for good.
    void readable(pipe& peer) override { peer.drop_received(); }
    void writable(pipe& peer) override;

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message&) override { return errc::not_supported; }
    bool can_send() override;
    bool can_receive() override { return false; }

private:
    round_robin out_;
};

}  // namespace zither::sockets::pattern
