#pragma once

#include "pipe.hpp"
#include "settings.hpp"
#include "zither/zmtp/error.hpp"
#include "zither/zmtp/socket_type.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace zither::sockets::pattern {

/// What makes a socket type: which peer gets or gave a message. Every call is made under the socket's mutex
/// by one thread at a time; none blocks, sleeps or calls back into the socket.
class pattern {
public:
    explicit pattern(const settings& options) : options_(options) {}
    pattern(const pattern&) = delete;
    pattern& operator=(const pattern&) = delete;
    virtual ~pattern() = default;

    /// A new pipe; it may be written at once (its lane outlives connections), and is read once it has
    /// messages. `connecting` is true on the side that called connect.
    virtual void attached(pipe& peer, bool connecting) = 0;
    /// A connection of the pipe finished its handshake (an inproc pipe: right after `attached`); called again
    /// after each reconnect. False refuses the peer: its connection is closed.
    virtual bool connected(pipe&) { return true; }
    /// The connection was lost; for a connecting socket the pipe stays and `connected` follows.
    virtual void disconnected(pipe&) {}
    /// The pipe is gone and all it had to read was read or is lost; forget it.
    virtual void detached(pipe& peer) = 0;
    /// The pipe has a message after `read` said no.
    virtual void readable(pipe& peer) = 0;
    /// The pipe has room after `writable` said no.
    virtual void writable(pipe& peer) = 0;

    /// Sends one part (`part.more()` says whether another follows). `ok`: taken, `part` is empty.
    /// `again`: no room or no peer, `part` is untouched. Other errors: `part` is untouched.
    virtual errc send(zmtp::message& part) = 0;
    /// Receives one part. `again` when there is none.
    virtual errc receive(zmtp::message& part) = 0;
    /// ZMQ_POLLOUT and ZMQ_POLLIN: would `send` of a first part, or `receive`, not say `again`?
    virtual bool can_send() = 0;
    virtual bool can_receive() = 0;

    /// SUBSCRIBE and UNSUBSCRIBE (also as XPUB_MANUAL's answer to the last subscription). Others:
    /// not_supported.
    virtual errc subscribe(zmtp::bytes, bool /*wanted*/) { return errc::invalid_argument; }
    /// JOIN and LEAVE of a DISH. `invalid_argument` for a name too long, a group joined already or not at
    /// all.
    virtual errc join(std::string_view /*group*/, bool /*wanted*/) { return errc::not_supported; }

    /// A SERVER or PEER gives up the number: it means nobody from now on, and `whose` is for the caller to
    /// close. `host_unreachable` when it means nobody already.
    virtual errc forget_number(std::uint32_t, pipe*& /*whose*/) { return errc::not_supported; }
    /// Has the peer of a ROUTER's routing id room for a message? `host_unreachable` when there is none.
    virtual errc peer_room(zmtp::bytes /*routing_id*/, bool&) { return errc::not_supported; }

    /// TOPICS_COUNT: how many topics are subscribed to; none for a pattern without any.
    virtual std::optional<std::size_t> topics() const { return std::nullopt; }

protected:
    const settings& options_;
};

/// The pattern of a socket type.
[[nodiscard]] std::unique_ptr<pattern> make_pattern(socket_type type, settings& options);

}  // namespace zither::sockets::pattern
