#pragma once

#include "fair_queue.hpp"
#include "lockstep.hpp"
#include "pattern.hpp"

#include <vector>

namespace zither::sockets::pattern {

/// REP (RFC 28): a request from the next peer in turn, then the reply to that peer.
class rep final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    bool can_send() override;
    bool can_receive() override;

private:
    bool find_request();
    void begin_reply();

    fair_queue in_;
    lockstep turn_{lockstep::turn::receiving};
    std::vector<zmtp::message> envelope_;  // of the request, with its delimiter
    pipe* requester_ = nullptr;            // null when it went away or has no room: the reply is dropped
    bool request_found_ = false;           // its envelope was read, its body comes next
};

}  // namespace zither::sockets::pattern
