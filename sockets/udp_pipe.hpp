#pragma once

#include "zither/sockets/peer.hpp"
#include "zither/transport/udp_link.hpp"

namespace zither::sockets {

/// Everybody behind one udp endpoint, as a single peer: nobody connects, shakes hands or asks for groups.
class udp_pipe final : public lane_pipe {
public:
    /// `by` is the engine's, until `release`.
    udp_pipe(socket_object& owner, transport::udp_link& by) : lane_pipe(owner), link_(&by) {}

    bool read(zmtp::message& part) override;
    void write(zmtp::message&& part) override;
    void subscribe(zmtp::bytes, bool) override {}
    bool wants_all() const noexcept override { return true; }
    const std::string& peer_routing_id() const override { return no_routing_id_; }
    const zmtp::properties* peer_properties() const override { return nullptr; }

    bool connected(transport::connection&) override { return false; }
    void subscription(zmtp::bytes, bool) override {}
    void lost(const zmtp::close_reason&) override {}

    bool drained() override { return out.empty() && !(link_ && link_->holds()); }
    void release(transport::engine::lock& held) override;

private:
    transport::udp_link* link_;
    const std::string no_routing_id_;
};

}  // namespace zither::sockets
