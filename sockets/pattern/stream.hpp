#pragma once

#include "connection_notices.hpp"
#include "fair_queue.hpp"
#include "pattern.hpp"
#include "route_table.hpp"

namespace zither::sockets::pattern {

/// STREAM: bytes from and to peers that speak no ZMTP, behind the routing id of the connection.
class stream final : public pattern {
public:
    explicit stream(settings& options) : pattern(options), own_(options) {}

    void attached(pipe& peer, bool connecting) override;
    bool connected(pipe& peer) override;
    void disconnected(pipe& peer) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    bool can_send() override { return true; }
    bool can_receive() override;

private:
    errc begin_sending(zmtp::message& id);
    void write(zmtp::message& part);

    settings& own_;
    route_table routes_;
    connection_notices notices_;

    pipe* target_ = nullptr;  // of the message being sent; null: it is dropped
    bool sending_ = false;

    fair_queue in_;
    zmtp::message first_;  // the bytes that wait behind their routing id
    bool first_waits_ = false;
};

}  // namespace zither::sockets::pattern
