#pragma once

#include "zither/sockets/inproc.hpp"
#include "zither/sockets/pattern/pattern.hpp"
#include "zither/transport/engine.hpp"
#include "zither/transport/pipe_end.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace zither::sockets {

class socket_object;

/// A subscription, or the end of one, as a publisher reads it.
zmtp::message subscription_message(zmtp::bytes topic, bool wanted);

/// One peer of a socket, as its pattern sees it. Owned by the socket; guarded by the socket's mutex.
class peer : public pattern::pipe {
public:
    explicit peer(socket_object& owner) : owner_(owner) {}
    virtual ~peer() = default;

    void close() override;
    void expel(std::string_view why) override;
    bool takes_no_more() const noexcept override { return gone_ || closing_; }

    /// No part will be added to what can be read, and nothing can be written.
    [[nodiscard]] bool gone() const noexcept { return gone_; }
    void set_gone() noexcept;
    /// The pattern asked for the end.
    [[nodiscard]] bool closing() const noexcept { return closing_; }
    /// Nothing is left to do with it.
    [[nodiscard]] bool over() { return (gone_ && nothing_to_read()) || (closing_ && (gone_ || drained())); }
    /// All that was written is out of our hands.
    [[nodiscard]] virtual bool drained() = 0;
    [[nodiscard]] virtual bool nothing_to_read() = 0;
    /// Messages that wait to be sent, and to be read.
    struct queues {
        std::size_t out;
        std::size_t in;
    };
    [[nodiscard]] virtual queues queued() = 0;
    /// Grows with every connection the socket has; 0 when there is none.
    [[nodiscard]] virtual std::uint64_t connection_number() const { return 0; }
    /// Lets go of whatever is behind the pipe; called once, right before it is deleted.
    virtual void release(transport::engine::lock& held) = 0;
    /// The socket is closed: nobody will read.
    virtual void stop_listening() {}
    /// SNDHWM or RCVHWM changed.
    virtual void set_marks(std::size_t send, std::size_t receive) = 0;

    std::uint64_t origin = 0;  ///< the endpoint it came by
    bool attached = false;     ///< the pattern knows it
    bool connecting = false;
    bool noted = false;  ///< the socket will look whether it is over

protected:
    socket_object& owner_;
    /// A part is of a message that memory was too short for: it is left out, too.
    bool left_out(const zmtp::message& part) noexcept {
        if (!broken_off_) return false;
        broken_off_ = part.more();
        return true;
    }

    bool gone_ = false;
    bool closing_ = false;
    bool broken_off_ = false;  // the rest of the message that is being written has nowhere to go
    zmtp::close_reason why_;   // it was expelled
};

/// A peer behind the transport, with a lane each way.
class lane_pipe : public peer, public transport::pipe_end {
public:
    using peer::peer;

    bool readable() override;
    bool writable() override;
    void rollback() override {
        broken_off_ = false;
        out.rollback();
    }

    void received() override;
    void room() override;

    bool nothing_to_read() override { return in.empty(); }
    void stop_listening() override { deaf = true; }
    queues queued() override { return {waiting.messages(out), in.messages()}; }
    void set_marks(std::size_t send, std::size_t receive) override {
        send_mark = send;
        receive_mark = receive;
    }

protected:
    /// The next part; false when there is none, and the reader waits.
    bool take(zmtp::message& part) {
        if (!in.take(part)) [[unlikely]]
            return wait_for_parts();
        if (gone_ && in.empty()) [[unlikely]]
            read_out();
        return true;
    }

private:
    // Apart from what every message passes, which needs fewer registers without them.
    [[gnu::noinline]] bool wait_for_parts();
    [[gnu::noinline]] void read_out();
};

/// A peer over a network connection; it outlives connections when we are the one who connects.
class network_pipe final : public lane_pipe {
public:
    using lane_pipe::lane_pipe;

    bool read(zmtp::message& part) override;
    bool writable() override;
    void write(zmtp::message&& part) override;
    bool begin(zmtp::message&& part) override;
    bool write_shared(const zmtp::shared_frame& one, bool first) override;
    void subscribe(zmtp::bytes topic, bool wanted) override;
    const std::string& peer_routing_id() const override { return routing_id_; }
    const zmtp::properties* peer_properties() const override { return link ? link->properties : nullptr; }
    void sign(zmtp::message& part) override { part.adopt_peer(properties_.take()); }
    void drop(zmtp::message& part) override;

    bool connected(transport::connection& by) override;
    void subscription(zmtp::bytes topic, bool wanted) override;
    void lost(const zmtp::close_reason& reason) override;

    std::uint64_t connection_number() const override { return link ? link->number : 0; }
    bool drained() override { return out.empty() && !(link && link->holds_messages()); }
    void stop_listening() override;
    void release(transport::engine::lock& held) override;

    bool up = false;               ///< a connection is in traffic
    bool owning = false;           ///< what is read shares no receive chunk (ZERO_COPY_RECV off)
    std::uint64_t gate_place = 0;  ///< its accepted connection ended, and counts until all is read

private:
    void take_back(zmtp::message& part) noexcept;
    void append(zmtp::message&& part);
    bool append_slowly(zmtp::message&& part);
    void appended();
    void add_notice(std::string_view text);
    void say_hello(transport::connection& to);
    void say_goodbye();

    bool greeted_ = false;               // the connection's end will be told
    const std::byte* logged_ = nullptr;  // the end of the last shared frame that was written
    unsigned run_ = 0;  // shared frames one behind the other in their log, since one was last kept
    std::string routing_id_;
    zmtp::properties_stock properties_;  // of the last connection
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
    bool begin(zmtp::message&& part) override;
    void rollback() override;
    void subscribe(zmtp::bytes topic, bool wanted) override;
    const std::string& peer_routing_id() const override { return routing_id_; }
    const zmtp::properties* peer_properties() const override { return nullptr; }

    bool drained() override { return true; }  // the link keeps it for the reader
    bool nothing_to_read() override { return in().queue.empty() && notices_.empty(); }
    queues queued() override;
    void release(transport::engine::lock& held) override;

    void learn_routing_id();
    void set_marks(std::size_t send, std::size_t receive) override;
    /// Puts a message of our own behind all that the peer has written.
    void add_notice(std::string_view text);
    /// The other end will leave word of the next message; false when there is something to read.
    bool await() { return notices_.empty() && in().queue.await_message(); }
    [[nodiscard]] const std::shared_ptr<inproc_link>& link() const noexcept { return link_; }
    [[nodiscard]] const inproc_queue& incoming() const { return in().queue; }
    bool up = false;
    bool refused = false;  ///< the pattern would not have it

private:
    /// Writes; false when memory is short for it, and the message is lost.
    bool put(zmtp::message&& part);
    void write_latest(zmtp::message&& part);
    bool read_notice(zmtp::message& part);
    void leave_word(inproc_notice::kind what);
    [[nodiscard]] inproc_link::direction& in() const {
        return link_->directions[static_cast<std::size_t>(1 - end_)];
    }
    [[nodiscard]] inproc_link::direction& out() const {
        return link_->directions[static_cast<std::size_t>(end_)];
    }

    const std::shared_ptr<inproc_link> link_;
    const int end_;
    std::string routing_id_;
    std::uint64_t read_in_call_ = 0;     // of the socket, and not in vain since
    std::deque<zmtp::message> notices_;  // of our own, read when the peer's messages have been
    std::vector<zmtp::message> latest_;  // the parts so far of a message that will take the last one's place
};

}  // namespace zither::sockets
