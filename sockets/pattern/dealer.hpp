#pragma once

#include "fair_queue.hpp"
#include "pattern.hpp"
#include "round_robin.hpp"

namespace zither::sockets::pattern {

/// DEALER (RFC 28): sends to the peers with room, in turn, and receives from all, in turn.
class dealer final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe& peer) override;

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    bool can_send() override;
    bool can_receive() override;

private:
    fair_queue in_;
    round_robin out_;
};

}  // namespace zither::sockets::pattern
