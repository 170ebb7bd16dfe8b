#pragma once

#include "pattern.hpp"
#include "round_robin.hpp"
#include "single_parts.hpp"

namespace zither::sockets::pattern {

/// CLIENT (RFC 41): sends to the servers with room, in turn, and receives from all, in turn.
class client final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe& peer) override;

    errc send(zmtp::message& whole) override;
    errc receive(zmtp::message& whole) override;
    bool can_send() override;
    bool can_receive() override;

private:
    single_parts in_;
    round_robin out_;
};

}  // namespace zither::sockets::pattern
