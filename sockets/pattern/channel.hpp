#pragma once

#include "pattern.hpp"
#include "round_robin.hpp"
#include "single_parts.hpp"

namespace zither::sockets::pattern {

/// CHANNEL (RFC 52): one peer at most, the first; all others are closed. A PAIR for threads.
class channel final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    bool connected(pipe& peer) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe& peer) override;

    errc send(zmtp::message& whole) override;
    errc receive(zmtp::message& whole) override;
    bool can_send() override;
    bool can_receive() override;

private:
    pipe* peer_ = nullptr;
    single_parts in_;  // queues of one
    round_robin out_;
};

}  // namespace zither::sockets::pattern
