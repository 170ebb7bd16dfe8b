#pragma once

#include "both_ways.hpp"
#include "fair_queue.hpp"
#include "probe.hpp"

namespace zither::sockets::pattern {

/// DEALER (RFC 28): sends to the peers with room, in turn, and receives from all, in turn.
class dealer final : public both_ways<fair_queue> {
public:
    using both_ways::both_ways;

    void attached(pipe& peer, bool connecting) override {
        send_probe(options_, peer);
        both_ways::attached(peer, connecting);
    }
};

}  // namespace zither::sockets::pattern
