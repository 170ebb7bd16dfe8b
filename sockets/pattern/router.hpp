#pragma once

#include "connection_notices.hpp"
#include "fair_queue.hpp"
#include "pattern.hpp"
#include "route_table.hpp"

namespace zither::sockets::pattern {

/// ROUTER (RFC 28): each message carries the routing id of the peer it came from or goes to.
/// ROUTER_RAW makes it a STREAM without ZMTP.
class router final : public pattern {
public:
    explicit router(settings& options) : pattern(options), connect_routing_id_(options.connect_routing_id) {}

    void attached(pipe& peer, bool connecting) override;
    bool connected(pipe& peer) override;
    void disconnected(pipe& peer) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    bool can_send() override;
    bool can_receive() override;
    errc peer_room(zmtp::bytes routing_id, bool& room) override;

private:
    void add_route(pipe& peer, bool connecting);
    void displace(pipe& peer);
    [[nodiscard]] pipe* find(zmtp::bytes id) const;
    errc begin_sending(zmtp::message& id);
    void write(zmtp::message& part);
    bool begin_receiving(zmtp::message& id);
    void read(const zmtp::message& part);

    route_table routes_;
    std::string& connect_routing_id_;
    connection_notices notices_;

    pipe* target_ = nullptr;  // of the message being sent; null: it is dropped
    bool sending_ = false;

    fair_queue in_;
    zmtp::message first_;  // the part that waits behind its routing id
    bool first_waits_ = false;
    bool receiving_ = false;     // a message was begun, its next part is in the queue
    pipe* source_ = nullptr;     // of the message being received
    bool close_source_ = false;  // it lost its id to another, and goes when its message is read
};

}  // namespace zither::sockets::pattern
