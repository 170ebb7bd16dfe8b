#pragma once

#include "fair_queue.hpp"
#include "lockstep.hpp"
#include "pattern.hpp"
#include "round_robin.hpp"

#include <cstdint>

namespace zither::sockets::pattern {

/// REQ (RFC 28): a request to the next peer in turn, then the reply of that peer and of no other.
class req final : public pattern {
public:
    explicit req(const settings& options);

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe& peer) override;

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    bool can_send() override;
    bool can_receive() override;

private:
    bool begin_request();
    void drop_all_received();
    bool find_reply();
    bool read_envelope(zmtp::message& part);
    bool is_request_id(const zmtp::message& part) const;

    fair_queue in_;
    round_robin out_;
    lockstep turn_{lockstep::turn::sending};
    pipe* replier_ = nullptr;  // null also when it went away: then no reply can come
    std::uint32_t request_id_;
    bool correlated_ = false;   // the request under way carries its id
    bool reply_found_ = false;  // its envelope was read, its body comes next
};

}  // namespace zither::sockets::pattern
