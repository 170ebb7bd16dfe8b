#pragma once

#include "fair_queue.hpp"
#include "pattern.hpp"
#include "round_robin.hpp"

namespace zither::sockets::pattern {

/// PAIR (RFC 31): one peer at most, the first; all others are closed.
class pair final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    bool connected(pipe& peer) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe& peer) override;

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    bool can_send() override;
    bool can_receive() override;

private:
    pipe* peer_ = nullptr;
    // Queues of one: they know how to end a message whose peer goes away in the middle.
    fair_queue in_;
    round_robin out_;
};

}  // namespace zither::sockets::pattern
