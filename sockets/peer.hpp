#pragma once

#include "zither/sockets/inproc.hpp"
#include "zither/sockets/pattern/pattern.hpp"
#include "zither/transport/engine.hpp"
#include "zither/transport/pipe_end.hpp"

#include <memory>
#include <string>
#include <vector>

namespace zither::sockets {

class socket_object;

/// One peer of a socket, as its pattern sees it. Owned by the socket; guarded by the socket's mutex.
class peer : public pattern::pipe {
public:
    explicit peer(socket_object& owner) : owner_(owner) {}
    virtual ~peer() = default;

    void close() override;

    /// No part will be added to what can be read, and nothing can be written.
    [[nodiscard]] bool gone() const noexcept { return gone_; }
    void set_gone() noexcept { gone_ = true; }
    /// The pattern asked for the end.
    [[nodiscard]] bool closing() const noexcept { return closing_; }
    /// Nothing is left to do with it.
    [[nodiscard]] bool over() { return (gone_ && nothing_to_read()) || (closing_ && (gone_ || drained())); }
    /// All that was written is out of our hands.
    [[nodiscard]] virtual bool drained() = 0;
    [[nodiscard]] virtual bool nothing_to_read() = 0;
    /// Lets go of whatever is behind the pipe; called once, right before it is deleted.
    virtual void release(transport::engine::lock& held) = 0;

    std::uint64_t origin = 0;  ///< the endpoint it came by
    bool attached = false;     ///< the pattern knows it
    bool connecting = false;

protected:
    socket_object& owner_;
    bool gone_ = false;
    bool closing_ = false;
};

/// A peer over a network connection; it outlives connections when we are the one who connects.
class network_pipe final : public peer, public transport::pipe_end {
public:
    using peer::peer;

    bool read(zmtp::message& part) override;
    bool readable() override;
    bool writable() override;
    void write(zmtp::message&& part) override;
    void rollback() override { out.rollback(); }
    void subscribe(zmtp::bytes topic, bool wanted) override;
    const std::string& peer_routing_id() const override { return routing_id_; }
    const zmtp::properties* peer_properties() const override { return link ? link->properties : nullptr; }

    bool connected(transport::connection& by) override;
    void received() override;
    void room() override;
    void subscription(zmtp::bytes topic, bool wanted) override;
    void lost(const zmtp::close_reason& reason) override;

    bool drained() override { return out.empty(); }
    bool nothing_to_read() override { return in.empty(); }
    void release(transport::engine::lock& held) override;

    bool up = false;  ///< a connection is in traffic

private:
    std::string routing_id_;
    const zmtp::properties* properties_ = nullptr;  // of the last connection; one reference
};

/// A peer in the same context.
class inproc_pipe final : public peer {
public:
    inproc_pipe(socket_object& owner, std::shared_ptr<inproc_link> link, int end)
        : peer(owner), link_(std::move(link)), end_(end) {}

    bool read(zmtp::message& part) override;
    bool readable() override;
    bool writable() override;
    void write(zmtp::message&& part) override;
    void rollback() override;
    void subscribe(zmtp::bytes topic, bool wanted) override;
    const std::string& peer_routing_id() const override { return routing_id_; }
    const zmtp::properties* peer_properties() const override { return nullptr; }

    bool drained() override { return true; }  // the link keeps it for the reader
    bool nothing_to_read() override { return in().queue.empty(); }
    void release(transport::engine::lock& held) override;

    void learn_routing_id();
    /// The other end will leave word of the next message; false when there is one.
    bool await() { return in().queue.await_message(); }
    [[nodiscard]] const std::shared_ptr<inproc_link>& link() const noexcept { return link_; }
    [[nodiscard]] const inproc_queue& incoming() const { return in().queue; }
    bool up = false;
    bool refused = false;  ///< the pattern would not have it

private:
    void write_latest(zmtp::message&& part);
    [[nodiscard]] inproc_link::direction& in() const {
        return link_->directions[static_cast<std::size_t>(1 - end_)];
    }
    [[nodiscard]] inproc_link::direction& out() const {
        return link_->directions[static_cast<std::size_t>(end_)];
    }

    const std::shared_ptr<inproc_link> link_;
    const int end_;
    std::string routing_id_;
    std::vector<zmtp::message> open_;  // the parts so far of a message that will take the last one's place
};

}  // namespace zither::sockets
