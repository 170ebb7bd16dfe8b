#pragma once

#include "fair_queue.hpp"
#include "pattern.hpp"

namespace zither::sockets::pattern {

/// PULL (RFC 30): messages come from all peers, in turn.
class pull final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message&) override { return errc::not_supported; }
    errc receive(zmtp::message& part) override;
    bool can_send() override { return false; }
    bool can_receive() override;

private:
    fair_queue in_;
};

}  // namespace zither::sockets::pattern
