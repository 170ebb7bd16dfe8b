#pragma once

#include "zither/zmtp/frame_log.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace zither::sockets::pattern {

/// What a pattern sees of one peer: two bounded lanes with high-water marks. A network connection and an
/// inproc peer look the same. Every call is made under the socket's mutex; nothing here blocks.
///
/// Contract: when `read` gives false, the pipe's owner calls `pattern::readable(pipe)` once something is
/// there; when `writable` gives false, `pattern::writable(pipe)` once there is room again.
class pipe {
public:
    pipe() = default;
    pipe(const pipe&) = delete;
    pipe& operator=(const pipe&) = delete;

    /// The next part of the next whole message; false when there is none. All parts of a message
    /// are there once its first one is.
    virtual bool read(zmtp::message& part) = 0;
    /// Reads all there is, for nobody.
    void drop_received();
    /// True when `read` would give a part.
    virtual bool readable() = 0;

    /// True when a whole message (of any number of parts) may be begun.
    virtual bool writable() = 0;
    /// True when it will never be writable again: the peer is gone, and what it said is still to be read.
    virtual bool takes_no_more() const noexcept { return false; }
    /// Appends a part; the message is committed by its last part (`!part.more()`). Call `writable` before the
    /// first.
    virtual void write(zmtp::message&& part) = 0;
    /// `writable`, and if so `write`: for the first part of a message. Without room `part` is untouched.
    virtual bool begin(zmtp::message&& part);
    /// `begin` with the first part of a message, else `write`: false only where `begin` is.
    bool begin_or_write(zmtp::message&& part, bool first);
    /// The same with a frame that others keep too.
    virtual bool write_shared(const zmtp::shared_frame& one, bool first);
    /// Drops the parts written since the last commit.
    virtual void rollback() = 0;

    /// Tells a publisher of a wanted (or no longer wanted) prefix, in the form the peer's version asks for.
    /// Ignored while no connection is up: the pattern sends all again in `connected`.
    virtual void subscribe(zmtp::bytes topic, bool wanted) = 0;

    /// True when there is nobody at the other end who could ask for a group: a RADIO sends it everything.
    virtual bool wants_all() const noexcept { return false; }

    /// The routing id the peer gave itself in the handshake; empty before it, or when it gave none.
    virtual const std::string& peer_routing_id() const = 0;
    /// The peer's properties to hang on received messages, or null.
    virtual const zmtp::properties* peer_properties() const = 0;
    /// Hangs the properties on a part that a pattern puts before what the peer sent.
    virtual void sign(zmtp::message& part) { part.set_peer(peer_properties()); }
    /// Clears a part that only said that this pipe is meant.
    virtual void drop(zmtp::message& part) { part.clear(); }
    /// Ends the pipe from our side; `detached` is called later, not from inside.
    virtual void close() = 0;
    /// The same at once: what was written and not sent is lost, and the peer is known to be to blame.
    virtual void expel(std::string_view /*why*/) { close(); }

    /// Free for the pattern's own use: its place in an active list, its route's key, and so on.
    struct notes {
        std::string routing_id;          ///< the key a ROUTER, STREAM or REP knows the pipe by
        std::uint32_t number = 0;        ///< what a SERVER or PEER calls it; 0: nothing
        std::size_t read_index = npos;   ///< place in a fair_queue
        std::size_t write_index = npos;  ///< place in a round_robin or fan_out
        std::uint64_t turn = 0;          ///< how many a fan_out was given before it
        std::size_t topics = 0;          ///< or groups, that the peer asked for
        bool flag = false;
        static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    };
    notes& pattern_notes() noexcept { return notes_; }

protected:
    ~pipe() = default;
    /// The frame as a message, for one call.
    static zmtp::message lent(const zmtp::shared_frame& one) noexcept;

private:
    notes notes_;
};

}  // namespace zither::sockets::pattern
