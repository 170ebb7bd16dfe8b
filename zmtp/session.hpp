#pragma once

#include "zither/zmtp/close_reason.hpp"
#include "zither/zmtp/frame.hpp"
#include "zither/zmtp/handshake.hpp"
#include "zither/zmtp/heartbeat.hpp"
#include "zither/zmtp/message.hpp"
#include "zither/zmtp/socket_type.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace zither::zmtp {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;

/// What one side brings to a conversation. Fixed while it lasts.
struct session_settings {
    handshake_settings self;
    std::string peer_address;                       ///< becomes the property Peer-Address
    int descriptor = -1;                            ///< the connection's, for the properties alone
    std::int64_t message_size_max = -1;             ///< octets of one frame's body; -1: no limit
    std::chrono::milliseconds handshake_ms{30000};  ///< from the start to traffic; 0: no limit
    heartbeat_settings heartbeat;
    bool raw = false;  ///< the peer speaks no ZMTP: traffic from the first octet on (STREAM, ROUTER_RAW)
};

/// What a command from the peer asks of the socket.
struct command_event {
    enum class kind : std::uint8_t { nothing, subscribe, cancel } what = kind::nothing;
    bytes topic;  ///< or a RADIO's group; a view of the command's body
};

/// One connection's conversation: greeting, handshake, traffic, end. It does no I/O and reads no clock.
///
///   awaiting_greeting --greeting--> handshaking --READY both ways--> traffic
///          |                            |                              |
///          +---- anything wrong --------+------------------------------+--> closed
///
/// Peers of ZMTP 2.0 and 1.0 go from awaiting_greeting to traffic through their identity frame.
/// Use: construct; write out what `take_output` gives; feed `receive_handshake` until `phase()` is traffic or
/// closed; then `scan` chunks, `handle_command` what it finds. Not thread-safe, but split: `scan` uses the
/// read half only, `seal` the write half only; everything else is called under the owner's mutex.
class session {
public:
    enum class phase : std::uint8_t { awaiting_greeting, handshaking, traffic, closed };

    session(session_settings settings, time_point now);
    session(session&&) noexcept = default;
    session& operator=(session&&) noexcept = default;
    ~session();

    [[nodiscard]] phase state() const noexcept;
    /// Why it is closed.
    [[nodiscard]] const close_reason& reason() const noexcept { return reason_; }

    // In: the handshake.

    /// Takes octets from the peer; gives how many were used. Octets after the handshake's end are not used:
    /// they belong to `scan`.
    std::size_t receive_handshake(bytes data, time_point now);

    /// The peer's socket type name, version and routing id; known in traffic.
    [[nodiscard]] const peer_facts& peer() const noexcept { return handshake_.peer(); }
    /// The properties for the peer's messages, with one reference for the caller; made anew each call. Who
    /// the transport proved it to be is its User-Id when nobody here has another name for it.
    [[nodiscard]] const properties* make_properties(std::string_view proved = {}) const;

    /// True while ZAP's handler is to be asked about the peer (RFC 27): no octets are taken until `answer`.
    [[nodiscard]] bool asking() const noexcept { return phase_ == phase::handshaking && handshake_.asking(); }
    [[nodiscard]] zap_request request() const;
    /// What came of asking. It may allow the peer, or close.
    void answer(zap_reply reply, time_point now);

    // In: traffic.

    /// What a scan found at the front of the data.
    struct scan_result {
        /// Octets at the front that are whole data frames in plain form (flags, size, body as ZMTP 2.0 and
        /// later write them), after rewriting in place where the peer's form differs.
        std::size_t plain_size = 0;
        /// Octets of the peer's that became them; the next scan begins there.
        std::size_t consumed = 0;
        /// Whole messages that end in them.
        std::uint32_t messages = 0;
        enum class stop : std::uint8_t {
            end,       ///< the data ends at a frame boundary or inside a header
            partial,   ///< inside the body of the frame `header`, which starts at `consumed`
            command,   ///< a whole command frame `header` starts at `consumed`
            violation  ///< against the protocol: `failure` says how; close
        } why = stop::end;
        /// The peer's frame at `consumed` (header_size as on the wire, flags in plain form) for partial and
        /// command.
        frame_header header;
        close_reason failure;
    };
    /// Walks the frames at the front of `data` (traffic only), checks framing and sizes, counts messages.
    /// Stops at the first command or incomplete frame. Rewrites in place for ZMTP 1.0 peers. Read half.
    [[nodiscard]] scan_result scan(std::span<std::byte> data);

    /// Handles a command's body (name and data): PING is answered into `output()`, ERROR and nonsense close.
    command_event handle_command(bytes body, time_point now);

    /// Octets arrived: the peer lives. `now` matters only where its silence is timed.
    void alive(time_point now) noexcept { heartbeat_.alive(now); }
    [[nodiscard]] bool times_silence() const noexcept { return heartbeat_.times_silence(); }
    /// While the receiver has stopped reading, silence is ours and not the peer's.
    void suspend_timeout(bool suspended, time_point now) noexcept { heartbeat_.suspend(suspended, now); }

    /// Time passes: may queue a PING in `output()`, or close (handshake or heartbeat time-out).
    void tick(time_point now);
    /// When to call `tick` next; time_point::max() for never.
    [[nodiscard]] time_point next_deadline() const noexcept;

    /// True when every data frame is sealed: a large one is opened when it is whole.
    [[nodiscard]] bool sealed() const noexcept { return box_ != nullptr; }
    struct opened_frame {
        std::uint8_t flags = 0;  ///< in plain form
        std::span<std::byte> payload;
        close_reason failure;  ///< set: against the protocol, close
        [[nodiscard]] bool ok() const noexcept { return failure.who == blame::nobody; }
    };
    /// Opens the body of a sealed frame in place. Before the payload there is room for a plain header. Read
    /// half.
    [[nodiscard]] opened_frame open(std::span<std::byte> body);

    // Out.

    /// Octets of the session's own (greeting, handshake, PING, PONG, subscriptions) wait to be written at the
    /// next message boundary.
    [[nodiscard]] bool has_output() const noexcept { return !output_.empty(); }
    [[nodiscard]] std::size_t output_octets() const noexcept { return output_.size(); }
    /// Gives them in the form they have on the wire, to be written whole before anything sealed later.
    void take_output(std::vector<std::byte>& wire);

    /// Queues a message of this side's own, to go out before what waits in the lane. Traffic only.
    void say(bytes body);
    /// Queues a subscription in the form the peer's version asks for; a DISH's is of a group. Traffic only.
    void subscribe(bytes topic, bool wanted);

    /// Octets a message may have before its last part has come: memory is not the peer's to fill with parts
    /// without end.
    [[nodiscard]] std::uint64_t unfinished_octets_max() const noexcept {
        constexpr std::uint64_t without_limit = std::uint64_t{1} << 30;
        constexpr std::uint64_t parts = 1024;
        const auto part_max = settings_.message_size_max;
        return part_max < 0 ? without_limit
                            : parts * std::max<std::uint64_t>(1024, static_cast<std::uint64_t>(part_max));
    }
    /// True when plain frames may be written as they are (in the clear, 2.0 or later); else they go through
    /// `seal`.
    [[nodiscard]] bool plain() const noexcept {
        return !settings_.raw && !box_ && peer().speaks != version::v1_0;
    }
    /// Appends the wire form of one part to `wire`. Write half.
    void seal(bytes body, bool more, std::vector<std::byte>& wire);

private:
    void close(close_reason reason);
    void go_on(std::optional<close_reason> failure, time_point now);
    void begin_traffic(time_point now);
    scan_result scan_plain(bytes data);
    scan_result scan_unversioned(std::span<std::byte> data);
    scan_result scan_sealed(std::span<std::byte> data);
    bool violates(const frame_header& header, scan_result& result) const;
    void answer_ping(bytes data, time_point now);

    session_settings settings_;
    phase phase_ = phase::awaiting_greeting;
    close_reason reason_;
    handshake handshake_;
    heartbeat heartbeat_;
    time_point handshake_deadline_;
    std::vector<std::byte> output_;
    std::size_t clear_output_ = 0;    // octets at its front that are the handshake's, never sealed
    std::unique_ptr<curve_box> box_;  // of traffic, unless it goes in the clear
};

}  // namespace zither::zmtp
