#include "zither/sockets/options.hpp"

#include "zither/zmtp/secret.hpp"

#include <climits>
#include <cstring>

namespace zither::sockets {

namespace {

using kind = option_row::kind;

constexpr std::size_t key_text_room = zmtp::key::text_size + 1;

bool is_security_option(const option_row* row) noexcept {
    const auto rows = security_option_table();
    return row >= rows.data() && row < rows.data() + rows.size();
}
// What libzmq says of a batch size nobody set.
constexpr int batch_said = 8192;

// A row for a number that is one member of `options`.
#define ZITHER_NUMBER(number, name, type, least, most, readable, member, says)                          \
    option_row {                                                                                        \
        number, name, type, least, most, readable, true, says,                                          \
            [](const options& o) { return static_cast<std::int64_t>(o.member); },                       \
            [](options& o, std::int64_t v) { o.member = static_cast<decltype(o.member)>(v); }, nullptr, \
            nullptr                                                                                     \
    }
#define ZITHER_TEXT(number, name, type, least, most, readable, member, says)                \
    option_row {                                                                            \
        number, name, type, least, most, readable, true, says, nullptr, nullptr,            \
            [](const options& o) { return o.member; }, [](options& o, std::string_view v) { \
                o.member = v;                                                               \
                return errc::ok;                                                            \
            }                                                                               \
    }

// A name, at least one character long, that a null value takes back.
#define ZITHER_NAME(number, name, most, member, says)                                          \
    option_row {                                                                               \
        number, name, kind::text, 1, most, true, true, says " (null: none)", nullptr, nullptr, \
            [](const options& o) { return o.member; },                                         \
            [](options& o, std::string_view v) {                                               \
                o.member = v;                                                                  \
                return errc::ok;                                                               \
            },                                                                                 \
            [](options& o) { o.member.clear(); }                                               \
    }

#define ZITHER_CREDENTIAL(number, name, member, whose)                                                    \
    option_row {                                                                                          \
        number, name, kind::integer, INT_MIN, INT_MAX, false, true,                                       \
            whose " whose number may connect over ipc; adds to those before, null clears; none: all may", \
            nullptr,                                                                                      \
            [](options& o, std::int64_t v) { o.stream.filter.member.insert(static_cast<unsigned>(v)); },  \
            nullptr, nullptr, [](options& o) { o.stream.filter.member.clear(); }                          \
    }
#define ZITHER_BATCH(number, name, member, says)                                                   \
    option_row {                                                                                   \
        number, name, kind::integer, 1, INT_MAX, true, true, says,                                 \
            [](const options& o) -> std::int64_t { return o.member > 0 ? o.member : batch_said; }, \
            [](options& o, std::int64_t v) { o.member = static_cast<int>(v); }, nullptr, nullptr   \
    }

errc add_metadata(options& o, std::string_view text) {
    const auto colon = text.find(':');
    // libzmq insists on application names.
    if (colon == text.npos || colon < 3 || !text.starts_with("X-") || colon > 255 || colon + 1 == text.size())
        return errc::invalid_argument;
    o.metadata.emplace_back(text.substr(0, colon), text.substr(colon + 1));
    return errc::ok;
}

// Where libzmq takes any number for a yes, so does an integer here that is kept as a bool.
const option_row table[] = {
    ZITHER_NUMBER(4, "AFFINITY", kind::uint64, 0, INT64_MAX, true, affinity,
                  "I/O threads that may serve new endpoints, one bit each; 0 is all"),
    ZITHER_TEXT(5, "ROUTING_ID", kind::binary, 1, 255, true, routing_id,
                "the name a ROUTER peer knows this socket by"),
    ZITHER_NUMBER(8, "RATE", kind::integer, 1, INT_MAX, true, multicast_rate,
                  "multicast data rate in kbit/s"),
    ZITHER_NUMBER(9, "RECOVERY_IVL", kind::integer, 0, INT_MAX, true, multicast_recovery_ms,
                  "multicast recovery interval"),
    ZITHER_NUMBER(11, "SNDBUF", kind::integer, -1, INT_MAX, true, stream.send_buffer,
                  "kernel send buffer in octets; -1 is the system's, for ipc 2 MiB"),
    ZITHER_NUMBER(12, "RCVBUF", kind::integer, -1, INT_MAX, true, stream.receive_buffer,
                  "kernel receive buffer in octets; -1 is the system's"),
    ZITHER_NUMBER(17, "LINGER", kind::integer, -1, INT_MAX, true, linger_ms,
                  "how long close keeps sending what is queued; -1 is for ever"),
    ZITHER_NUMBER(18, "RECONNECT_IVL", kind::integer, -1, INT_MAX, true, reconnect_ms,
                  "first wait before reconnecting; -1 is never"),
    ZITHER_NUMBER(19, "BACKLOG", kind::integer, 0, INT_MAX, true, stream.backlog,
                  "connections the kernel holds before accept"),
    ZITHER_NUMBER(21, "RECONNECT_IVL_MAX", kind::integer, 0, INT_MAX, true, reconnect_max_ms,
                  "longest wait before reconnecting; 0 is no growth"),
    ZITHER_NUMBER(22, "MAXMSGSIZE", kind::int64, INT64_MIN, INT64_MAX, true, message_size_max,
                  "largest frame body taken from a peer; -1 is any"),
    ZITHER_NUMBER(23, "SNDHWM", kind::integer, 0, INT_MAX, true, send_mark,
                  "messages queued per peer before sending blocks or drops; 0 is no limit"),
    ZITHER_NUMBER(24, "RCVHWM", kind::integer, 0, INT_MAX, true, receive_mark,
                  "messages held per peer before reading stops; 0 is no limit"),
    ZITHER_NUMBER(25, "MULTICAST_HOPS", kind::integer, 1, INT_MAX, true, multicast_hops,
                  "time to live of a multicast datagram: 1 stays in its network; 255 at most count"),
    ZITHER_NUMBER(27, "RCVTIMEO", kind::integer, -1, INT_MAX, true, receive_timeout_ms,
                  "how long receive waits; -1 is for ever"),
    ZITHER_NUMBER(28, "SNDTIMEO", kind::integer, -1, INT_MAX, true, send_timeout_ms,
                  "how long send waits; -1 is for ever"),
    {31, "IPV4ONLY", kind::boolean, 0, 1, true, true, "the opposite of IPV6",
     [](const options& o) -> std::int64_t { return !o.stream.ipv6; },
     [](options& o, std::int64_t v) { o.stream.ipv6 = v == 0; }, nullptr, nullptr},
    ZITHER_NUMBER(33, "ROUTER_MANDATORY", kind::boolean, 0, INT_MAX, true, pattern.router_mandatory,
                  "an unroutable message is an error instead of dropped"),
    ZITHER_NUMBER(34, "TCP_KEEPALIVE", kind::integer, -1, 1, true, stream.keepalive, "SO_KEEPALIVE"),
    ZITHER_NUMBER(35, "TCP_KEEPALIVE_CNT", kind::integer, -1, INT_MAX, true, stream.keepalive_count,
                  "TCP_KEEPCNT"),
    ZITHER_NUMBER(36, "TCP_KEEPALIVE_IDLE", kind::integer, -1, INT_MAX, true, stream.keepalive_idle,
                  "TCP_KEEPIDLE in seconds"),
    ZITHER_NUMBER(37, "TCP_KEEPALIVE_INTVL", kind::integer, -1, INT_MAX, true, stream.keepalive_interval,
                  "TCP_KEEPINTVL in seconds"),
    {38, "TCP_ACCEPT_FILTER", kind::text, 1, 255, false, true,
     "a network, as 10.0.0.0/8, that may connect over tcp; adds to those before, null clears; none: all may",
     nullptr, nullptr, nullptr,
     [](options& o, std::string_view v) { return o.stream.filter.add_network(v, o.stream.ipv6); },
     [](options& o) { o.stream.filter.networks.clear(); }},
    ZITHER_NUMBER(39, "IMMEDIATE", kind::boolean, 0, 1, true, immediate,
                  "messages are queued only to completed connections"),
    ZITHER_NUMBER(40, "XPUB_VERBOSE", kind::boolean, 0, INT_MAX, true, pattern.xpub_verbose,
                  "every subscription is passed up, not only the first"),
    ZITHER_NUMBER(41, "ROUTER_RAW", kind::boolean, 0, INT_MAX, true, pattern.router_raw,
                  "peers speak no ZMTP"),
    ZITHER_NUMBER(42, "IPV6", kind::boolean, 0, 1, true, stream.ipv6, "IPv6 addresses are allowed"),
    ZITHER_NUMBER(51, "PROBE_ROUTER", kind::boolean, 0, INT_MAX, true, pattern.probe_router,
                  "an empty message greets each new peer"),
    ZITHER_NUMBER(52, "REQ_CORRELATE", kind::boolean, 0, INT_MAX, true, pattern.req_correlate,
                  "requests carry an id that the reply must repeat"),
    ZITHER_NUMBER(53, "REQ_RELAXED", kind::boolean, 0, INT_MAX, true, pattern.req_relaxed,
                  "a new request may replace an unanswered one"),
    ZITHER_NUMBER(54, "CONFLATE", kind::boolean, 0, 1, true, conflate, "only the last message is kept"),
    ZITHER_NUMBER(56, "ROUTER_HANDOVER", kind::boolean, 0, INT_MAX, true, pattern.router_handover,
                  "a new peer takes a routing id over"),
    ZITHER_NUMBER(57, "TOS", kind::integer, 0, INT_MAX, true, stream.type_of_service, "IP type of service"),
    ZITHER_CREDENTIAL(58, "IPC_FILTER_PID", processes, "a process"),
    ZITHER_CREDENTIAL(59, "IPC_FILTER_UID", users, "a user"),
    ZITHER_CREDENTIAL(60, "IPC_FILTER_GID", groups, "a group"),
    ZITHER_TEXT(61, "CONNECT_ROUTING_ID", kind::binary, 1, INT_MAX, false, pattern.connect_routing_id,
                "the routing id of the next connect's peer"),
    ZITHER_NUMBER(66, "HANDSHAKE_IVL", kind::integer, 0, INT_MAX, true, handshake_ms,
                  "how long a handshake may take; 0 is for ever"),
    ZITHER_NAME(68, "SOCKS_PROXY", INT_MAX, stream.socks_proxy,
                "the SOCKS5 proxy, as host:port, that tcp connections go through; names are left to it"),
    ZITHER_NUMBER(69, "XPUB_NODROP", kind::boolean, 0, INT_MAX, true, pattern.xpub_nodrop,
                  "sending blocks instead of dropping for a slow peer"),
    ZITHER_NUMBER(71, "XPUB_MANUAL", kind::boolean, 0, INT_MAX, true, pattern.xpub_manual,
                  "subscriptions wait for the application's answer"),
    ZITHER_TEXT(72, "XPUB_WELCOME_MSG", kind::binary, 0, INT_MAX, true, pattern.xpub_welcome_message,
                "sent to each new subscriber"),
    ZITHER_NUMBER(73, "STREAM_NOTIFY", kind::boolean, 0, 1, true, pattern.stream_notify,
                  "connects and disconnects arrive as empty messages"),
    ZITHER_NUMBER(74, "INVERT_MATCHING", kind::boolean, INT_MIN, INT_MAX, true, pattern.invert_matching,
                  "messages that match no subscription are passed instead"),
    ZITHER_NUMBER(75, "HEARTBEAT_IVL", kind::integer, 0, INT_MAX, true, heartbeat_interval_ms,
                  "time between PINGs; 0 is none"),
    // The wire counts tenths of a second, and so does whoever asks.
    {76, "HEARTBEAT_TTL", kind::integer, -99, 6553599, true, true,
     "the time-out a PING asks of the peer, in whole tenths of a second",
     [](const options& o) -> std::int64_t { return o.heartbeat_ttl_ms; },
     [](options& o, std::int64_t v) { o.heartbeat_ttl_ms = static_cast<int>(v / 100 * 100); }, nullptr,
     nullptr},
    ZITHER_NUMBER(77, "HEARTBEAT_TIMEOUT", kind::integer, 0, INT_MAX, true, heartbeat_timeout_ms,
                  "silence after a PING that ends a connection; -1 is HEARTBEAT_IVL"),
    ZITHER_NUMBER(78, "XPUB_VERBOSER", kind::boolean, 0, INT_MAX, true, pattern.xpub_verboser,
                  "every subscription and unsubscription is passed up"),
    {79, "CONNECT_TIMEOUT", kind::integer, 0, INT_MAX, true, true,
     "how long one connect may take; 0 is the system's",
     [](const options& o) -> std::int64_t { return o.stream.connect_timeout.count(); },
     [](options& o, std::int64_t v) { o.stream.connect_timeout = std::chrono::milliseconds(v); }, nullptr,
     nullptr},
    ZITHER_NUMBER(80, "TCP_MAXRT", kind::integer, 0, INT_MAX, true, stream.max_retransmit_ms,
                  "TCP_USER_TIMEOUT"),
    ZITHER_NUMBER(84, "MULTICAST_MAXTPDU", kind::integer, 1, INT_MAX, true, multicast_tpdu,
                  "largest multicast datagram"),
    ZITHER_NUMBER(89, "USE_FD", kind::integer, -1, INT_MAX, true, stream.use_descriptor,
                  "a listening descriptor that the next bind takes over; -1 is none"),
    ZITHER_NAME(92, "BINDTODEVICE", 16, stream.device, "the interface traffic must use"),
    ZITHER_NUMBER(94, "LOOPBACK_FASTPATH", kind::boolean, INT_MIN, INT_MAX, true, loopback_fastpath,
                  "a shortcut of Windows alone; kept and reported elsewhere"),
    {95, "METADATA", kind::text, 1, 65535, false, true, "a property for the handshake, \"X-name:value\"",
     nullptr, nullptr, nullptr, add_metadata},
    ZITHER_NUMBER(96, "MULTICAST_LOOP", kind::boolean, INT_MIN, INT_MAX, true, multicast_loop,
                  "multicast datagrams come back to this machine's listeners"),
    ZITHER_NUMBER(97, "ROUTER_NOTIFY", kind::integer, 0, 3, true, pattern.router_notify,
                  "an empty message from each peer that comes (1), goes (2), or both (3)"),
    {98, "XPUB_MANUAL_LAST_VALUE", kind::boolean, 0, INT_MAX, true, true,
     "XPUB_MANUAL, and what is sent right after a subscription goes to its subscriber alone",
     [](const options& o) -> std::int64_t { return o.pattern.xpub_manual_last_value; },
     [](options& o, std::int64_t v) { o.pattern.xpub_manual = o.pattern.xpub_manual_last_value = v != 0; },
     nullptr, nullptr},
    ZITHER_TEXT(99, "SOCKS_USERNAME", kind::text, 0, 255, true, stream.socks_username,
                "who we are to the proxy; empty is no authentication"),
    ZITHER_TEXT(100, "SOCKS_PASSWORD", kind::text, 0, 255, true, stream.socks_password,
                "the password for the proxy"),
    ZITHER_BATCH(101, "IN_BATCH_SIZE", in_batch_octets,
                 "octets one read takes at most; until set, a chunk of 64 KiB"),
    ZITHER_BATCH(102, "OUT_BATCH_SIZE", out_batch_octets,
                 "octets one write gives at most, and that make a batch; until set, 60 KiB make one"),
    ZITHER_NUMBER(108, "ONLY_FIRST_SUBSCRIBE", kind::boolean, 0, INT_MAX, true, pattern.only_first_subscribe,
                  "only a message's first part can be a subscription"),
    ZITHER_NUMBER(109, "RECONNECT_STOP", kind::integer, INT_MIN, INT_MAX, true, reconnect_stop,
                  "what ends reconnecting: a refused connection (1), a failed handshake (2), disconnect (4)"),
    ZITHER_TEXT(110, "HELLO_MSG", kind::binary, 0, INT_MAX, true, pattern.hello_message,
                "the first message to each new connection"),
    ZITHER_TEXT(111, "DISCONNECT_MSG", kind::binary, 0, INT_MAX, true, pattern.disconnect_message,
                "received from a peer that had connected to us and is gone"),
    ZITHER_NUMBER(112, "PRIORITY", kind::integer, 0, INT_MAX, true, stream.priority, "SO_PRIORITY"),
    ZITHER_NUMBER(113, "BUSY_POLL", kind::integer, 0, INT_MAX, true, stream.busy_poll,
                  "SO_BUSY_POLL in microseconds"),
    ZITHER_TEXT(114, "HICCUP_MSG", kind::binary, 0, INT_MAX, true, pattern.hiccup_message,
                "received when a connection we made is lost"),
    ZITHER_NUMBER(115, "XSUB_VERBOSE_UNSUBSCRIBE", kind::boolean, 0, INT_MAX, true,
                  pattern.xsub_verbose_unsubscribe, "every unsubscription is sent, not only the last"),
    ZITHER_NUMBER(
        10121, "SPIN_TIME", kind::integer, 0, 1'000'000, true, spin_us,
        "microseconds that a receive which waits for an answer stays awake, where that helped before, and "
        "twice as many for the next step of a handshake; 0 is none"),
};

#undef ZITHER_NUMBER
#undef ZITHER_CREDENTIAL
#undef ZITHER_NAME
#undef ZITHER_BATCH
#undef ZITHER_TEXT

/// Clears the rest of the room, as libzmq does: some read an int option through a larger integer.
void fill(const void* value, std::size_t used, void* to, std::size_t& size) {
    std::memcpy(to, value, used);
    std::memset(static_cast<std::byte*>(to) + used, 0, size - used);
    size = used;
}

}  // namespace

std::span<const option_row> option_table() noexcept { return table; }

const option_row* find_option(int number) noexcept {
    for (const auto rows : option_tables())
        for (const auto& row : rows)
            if (row.number == number) return &row;
    return nullptr;
}

errc set_option(options& in, int number, const void* value, std::size_t size) {
    const auto* row = find_option(number);
    if (!row || (!value && size > 0)) return errc::invalid_argument;
    if (!row->writable) return errc::invalid_argument;
    if (!value && row->clear) {
        row->clear(in);
        return errc::ok;
    }
    if (row->set_text) {
        std::string_view text(static_cast<const char*>(value), size);
        // As with libzmq: in a name, a password or a domain a zero is a character.
        if (row->type == kind::text && !is_security_option(row)) text = text.substr(0, text.find('\0'));
        if (size < static_cast<std::size_t>(row->least) || text.size() > static_cast<std::size_t>(row->most))
            return errc::invalid_argument;
        return row->set_text(in, text);
    }
    std::int64_t number_value = 0;
    if (row->type == kind::int64 || row->type == kind::uint64) {
        if (size != sizeof(std::int64_t)) return errc::invalid_argument;
        std::memcpy(&number_value, value, size);
    } else {
        int plain = 0;
        if (size != sizeof plain) return errc::invalid_argument;
        std::memcpy(&plain, value, size);
        if (plain < row->least || plain > row->most) return errc::invalid_argument;
        number_value = plain;
    }
    row->set_number(in, number_value);
    return errc::ok;
}

errc answer_integer(std::int64_t value, kind type, void* to, std::size_t& size) {
    if (type == kind::int64 || type == kind::uint64) {
        if (size < sizeof value) return errc::invalid_argument;
        fill(&value, sizeof value, to, size);
        return errc::ok;
    }
    const int plain = static_cast<int>(value);
    if (size < sizeof plain) return errc::invalid_argument;
    fill(&plain, sizeof plain, to, size);
    return errc::ok;
}

errc answer_text(std::string_view value, bool terminated, void* to, std::size_t& size) {
    const auto needed = value.size() + (terminated ? 1 : 0);
    if (size < needed) return errc::invalid_argument;
    fill(value.data(), value.size(), to, size);
    size = needed;
    return errc::ok;
}

namespace {

errc answer_key(const zmtp::key& value, void* to, std::size_t& size) {
    zmtp::secret_text text;
    text.resize(zmtp::key::text_size);
    value.write_z85(text.data());
    return answer_text(text, true, to, size);
}

}  // namespace

errc get_option(const options& in, int number, void* value, std::size_t& size) {
    const auto* row = find_option(number);
    if (!row || !row->readable || !value) return errc::invalid_argument;
    if (row->type == kind::key && size != zmtp::key::size && size != key_text_room)
        return errc::invalid_argument;
    if (row->get_text) {
        auto text = row->get_text(in);
        const auto result = row->type == kind::key && size == key_text_room
                                ? answer_key(zmtp::key(zmtp::as_bytes(text)), value, size)
                                : answer_text(text, row->type == kind::text, value, size);
        zmtp::wipe(text.data(), text.size());
        return result;
    }
    const bool wide = row->type == kind::int64 || row->type == kind::uint64;
    // As libzmq: a value is read in exactly its size.
    if (size != (wide ? sizeof(std::int64_t) : sizeof(int))) return errc::invalid_argument;
    return answer_integer(row->get_number(in), row->type, value, size);
}

}  // namespace zither::sockets
