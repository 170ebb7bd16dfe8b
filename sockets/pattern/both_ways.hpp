#pragma once

#include "pattern.hpp"
#include "round_robin.hpp"

namespace zither::sockets::pattern {

/// What the patterns share that send to the peers with room, in turn, and receive from all, in turn. `Queue`
/// is a `fair_queue`, or `single_parts` for types whose messages have one part.
template <class Queue>
class both_ways : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool /*connecting*/) override {
        in_.attach(peer);
        out_.attach(peer);
    }
    void detached(pipe& peer) override {
        in_.detach(peer);
        out_.detach(peer);
    }
    void readable(pipe& peer) override { in_.activate(peer); }
    void writable(pipe& peer) override { out_.activate(peer); }

    errc send(zmtp::message& part) override { return out_.send(part) ? errc::ok : errc::again; }
    errc receive(zmtp::message& part) override { return in_.receive(part) ? errc::ok : errc::again; }
    bool can_send() override { return out_.writable(); }
    bool can_receive() override { return in_.readable(); }

private:
    Queue in_;
    round_robin out_;
};

/// The same with one peer at most, the first; all others are closed. The queues, of one, know how to end a
/// message whose peer goes away in the middle.
template <class Queue>
class one_peer : public both_ways<Queue> {
public:
    using both_ways<Queue>::both_ways;

    void attached(pipe& peer, bool connecting) override {
        if (peer_) return peer.close();
        peer_ = &peer;
        both_ways<Queue>::attached(peer, connecting);
    }
    bool connected(pipe& peer) override { return peer_ == &peer; }
    void detached(pipe& peer) override {
        if (peer_ != &peer) return;
        peer_ = nullptr;
        both_ways<Queue>::detached(peer);
    }

private:
    pipe* peer_ = nullptr;
};

}  // namespace zither::sockets::pattern
