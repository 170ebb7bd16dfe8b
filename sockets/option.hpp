#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace zither {

/// A socket option: libzmq's number, and the type its value has in C++. Ranges and defaults are the option
/// table's (`sockets/options.cpp`); a value outside is `errc::invalid_argument`.
template <class Value>
struct socket_option {
    int number;
};

/// For options where libzmq takes -1 as "no limit".
inline constexpr std::chrono::milliseconds forever{-1};

/// The options of a socket, as libzmq's manual names them. Times are in milliseconds, sizes in octets, marks
/// in messages. Set them before bind or connect: most apply to what is bound or connected afterwards.
namespace option {

using std::chrono::milliseconds;

// Queues and waiting.
inline constexpr socket_option<int> send_high_water_mark{23};
inline constexpr socket_option<int> receive_high_water_mark{24};
inline constexpr socket_option<milliseconds> send_timeout{28};
inline constexpr socket_option<milliseconds> receive_timeout{27};
inline constexpr socket_option<milliseconds> linger{17};
inline constexpr socket_option<bool> immediate{39};
inline constexpr socket_option<bool> conflate{54};
inline constexpr socket_option<std::int64_t> message_size_max{22};

// Connections.
inline constexpr socket_option<milliseconds> reconnect_interval{18};
inline constexpr socket_option<milliseconds> reconnect_interval_max{21};
inline constexpr socket_option<milliseconds> connect_timeout{79};
inline constexpr socket_option<milliseconds> handshake_interval{66};
inline constexpr socket_option<milliseconds> heartbeat_interval{75};
inline constexpr socket_option<milliseconds> heartbeat_time_to_live{76};
inline constexpr socket_option<milliseconds> heartbeat_timeout{77};
inline constexpr socket_option<int> backlog{19};
inline constexpr socket_option<bool> ipv6{42};
inline constexpr socket_option<int> send_buffer{11};
inline constexpr socket_option<int> receive_buffer{12};
inline constexpr socket_option<int> type_of_service{57};
inline constexpr socket_option<int> tcp_keepalive{34};
inline constexpr socket_option<int> tcp_keepalive_count{35};
inline constexpr socket_option<int> tcp_keepalive_idle{36};
inline constexpr socket_option<int> tcp_keepalive_interval{37};
inline constexpr socket_option<std::string> bind_to_device{92};
inline constexpr socket_option<int> priority{112};
inline constexpr socket_option<int> busy_poll{113};
inline constexpr socket_option<milliseconds> tcp_retransmit_max{80};
inline constexpr socket_option<int> use_descriptor{89};  ///< a listening one, for the next bind
inline constexpr socket_option<int> reconnect_stop{109};
inline constexpr socket_option<int> in_batch_size{101};
inline constexpr socket_option<int> out_batch_size{102};
inline constexpr socket_option<std::string> socks_proxy{68};  ///< "host:port"
inline constexpr socket_option<std::string> socks_username{99};
inline constexpr socket_option<std::string> socks_password{100};
inline constexpr socket_option<std::string> tcp_accept_filter{38};  ///< "10.0.0.0/8"; may be set repeatedly
inline constexpr socket_option<int> ipc_filter_process{58};
inline constexpr socket_option<int> ipc_filter_user{59};
inline constexpr socket_option<int> ipc_filter_group{60};
inline constexpr socket_option<std::string> metadata{95};  ///< "X-name:value"; may be set repeatedly

// Patterns.
inline constexpr socket_option<std::string> routing_id{5};
inline constexpr socket_option<std::string> connect_routing_id{61};
inline constexpr socket_option<std::string> subscribe{6};
inline constexpr socket_option<std::string> unsubscribe{7};
inline constexpr socket_option<bool> router_mandatory{33};
inline constexpr socket_option<bool> router_handover{56};
inline constexpr socket_option<bool> router_raw{41};
inline constexpr socket_option<bool> probe_router{51};
inline constexpr socket_option<bool> req_relaxed{53};
inline constexpr socket_option<bool> req_correlate{52};
inline constexpr socket_option<bool> xpub_verbose{40};
inline constexpr socket_option<bool> xpub_verboser{78};
inline constexpr socket_option<bool> xpub_nodrop{69};
inline constexpr socket_option<bool> xpub_manual{71};
inline constexpr socket_option<std::string> xpub_welcome_message{72};
inline constexpr socket_option<bool> invert_matching{74};
inline constexpr socket_option<bool> stream_notify{73};
inline constexpr socket_option<int> router_notify{97};
inline constexpr socket_option<std::string> hello_message{110};
inline constexpr socket_option<std::string> disconnect_message{111};
inline constexpr socket_option<std::string> hiccup_message{114};
inline constexpr socket_option<bool> xpub_manual_last_value{98};
inline constexpr socket_option<bool> only_first_subscribe{108};
inline constexpr socket_option<bool> xsub_verbose_unsubscribe{115};
inline constexpr socket_option<int> topics_count{116};

// Security. Setting a name or a key chooses the mechanism, as with libzmq. Keys are Z85 text or 32 octets
// (`zmtp::key_pair::generate` makes them) and are read as Z85.
inline constexpr socket_option<bool> plain_server{44};
inline constexpr socket_option<std::string> plain_username{45};
inline constexpr socket_option<std::string> plain_password{46};
inline constexpr socket_option<bool> curve_server{47};
inline constexpr socket_option<std::string> curve_public_key{48};
inline constexpr socket_option<std::string> curve_secret_key{49};
inline constexpr socket_option<std::string> curve_server_key{50};
inline constexpr socket_option<std::string> zap_domain{55};
inline constexpr socket_option<bool> zap_enforce_domain{93};

// What strangers may take; 0 is no limit. Who is beyond a limit is closed right when accepted, and a monitor
// is told ACCEPT_FAILED: EBUSY, EAGAIN, EUSERS, ENOBUFS. Zither's own; count at once, also for what is bound.
inline constexpr socket_option<int> handshakes_max{10101};  ///< unfinished at once; 10000
inline constexpr socket_option<int> handshake_rate{10102};  ///< begun in a second; no limit
inline constexpr socket_option<int> address_connections_max{
    10103};  ///< of an IPv4 address or IPv6 /64; no limit
/// Accepted connections of all addresses, and of ipc; one that ended counts until what it sent has been read.
/// No limit.
inline constexpr socket_option<int> connections_max{10105};
/// Topics that one peer may ask a PUB or XPUB for, or groups a RADIO; beyond, it is disconnected. 0, no
/// limit. Zither's own.
inline constexpr socket_option<int> peer_topics_max{10104};

// TLS, for endpoints "tls+tcp://". Zither's own; texts are PEM, an empty one takes it back.
inline constexpr socket_option<std::string> tls_certificate{10111};  ///< this side's, then who vouches for it
inline constexpr socket_option<std::string> tls_private_key{10112};  ///< without a passphrase
inline constexpr socket_option<std::string> tls_trust{10113};        ///< whose word counts
inline constexpr socket_option<bool> tls_trust_system{10114};
inline constexpr socket_option<std::string> tls_hostname{10115};  ///< a client expects; "*" is anybody
/// What a server asks of its clients: a certificate (2), one of those who have any (1), nothing (0); -1, the
/// initial value, is 2 with `tls_trust` and 0 without.
inline constexpr socket_option<int> tls_client_certificate{10116};

/// How long a receive that waits for an answer stays awake before it sleeps, where that helped before:
/// microseconds, 0 (never) to 1,000,000; 50. No signal ends it. Zither's own.
inline constexpr socket_option<int> spin_time{10121};

}  // namespace option

}  // namespace zither
