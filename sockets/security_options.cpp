// The options of PLAIN, CURVE and ZAP, and of what strangers may take. As with libzmq, setting one of a
// mechanism chooses it.
#include "zither/sockets/options.hpp"

#include <climits>

namespace zither::sockets {

namespace {

using kind = option_row::kind;
using security = zmtp::security_settings;

void serve(options& o, security::kind mechanism, bool wanted) {
    auto& made = changed(o.security);
    made.as_server = wanted;
    made.mechanism = wanted ? mechanism : security::kind::null;
}

template <class Text>
errc set_name(options& o, Text security::*member, std::string_view text) {
    // A null pointer takes the mechanism back; an empty name is none.
    if (!text.data()) {
        changed(o.security).mechanism = security::kind::null;
        return errc::ok;
    }
    if (text.empty()) return errc::invalid_argument;
    auto& made = changed(o.security);
    made.*member = Text(text);
    made.as_server = false;
    made.mechanism = security::kind::plain;
    return errc::ok;
}

errc set_key(options& o, zmtp::key security::*member, std::string_view text) {
    if (text.size() == 41 && text.back() == '\0') text.remove_suffix(1);
    const auto found = zmtp::key::from(text);
    if (!found) return errc::invalid_argument;
    auto& made = changed(o.security);
    made.*member = *found;
    made.mechanism = security::kind::curve;
    if (member == &security::server_key) made.as_server = false;
    if (member == &security::secret_key) made.server_keys = nullptr;
    return errc::ok;
}

template <auto member>
option_row name_row(int number, const char* name, const char* says) {
    return {number,
            name,
            kind::text,
            0,
            255,
            true,
            true,
            says,
            nullptr,
            nullptr,
            [](const options& o) { return std::string(std::string_view(o.security.get()->*member)); },
            [](options& o, std::string_view v) { return set_name(o, member, v); }};
}

template <zmtp::key security::*member>
option_row key_row(int number, const char* name, const char* says) {
    return {number,
            name,
            kind::key,
            0,
            41,
            true,
            true,
            says,
            nullptr,
            nullptr,
            [](const options& o) { return std::string(zmtp::as_text((o.security.get()->*member).octets())); },
            [](options& o, std::string_view v) { return set_key(o, member, v); }};
}

// Numbers from 10101 on are Zither's own, far from any that libzmq may come to use.
template <int accept_limits::*member>
option_row limit_row(int number, const char* name, const char* says) {
    return {number,
            name,
            kind::integer,
            0,
            INT_MAX,
            true,
            true,
            says,
            [](const options& o) -> std::int64_t { return o.accepts.*member; },
            [](options& o, std::int64_t v) { o.accepts.*member = static_cast<int>(v); }};
}

const option_row table[] = {
    {43, "MECHANISM", kind::integer, 0, 2, true, false, "the mechanism in force: 0 NULL, 1 PLAIN, 2 CURVE",
     [](const options& o) { return static_cast<std::int64_t>(o.security->mechanism); }},
    {44, "PLAIN_SERVER", kind::boolean, 0, 1, true, true, "this side checks names and passwords",
     [](const options& o) -> std::int64_t {
         return o.security->as_server && o.security->mechanism == security::kind::plain;
     },
     [](options& o, std::int64_t v) { serve(o, security::kind::plain, v != 0); }},
    name_row<&security::username>(45, "PLAIN_USERNAME", "the name shown to a PLAIN server"),
    name_row<&security::password>(46, "PLAIN_PASSWORD", "the password shown to a PLAIN server"),
    {47, "CURVE_SERVER", kind::boolean, 0, 1, true, true, "this side's key is known to its clients",
     [](const options& o) -> std::int64_t {
         return o.security->as_server && o.security->mechanism == security::kind::curve;
     },
     [](options& o, std::int64_t v) { serve(o, security::kind::curve, v != 0); }},
    key_row<&security::public_key>(48, "CURVE_PUBLICKEY", "a client's own public key, 32 octets or Z85"),
    key_row<&security::secret_key>(49, "CURVE_SECRETKEY", "this side's secret key, 32 octets or Z85"),
    key_row<&security::server_key>(50, "CURVE_SERVERKEY", "the public key of a client's server"),
    {55, "ZAP_DOMAIN", kind::text, 1, 255, true, true, "the domain the authentication handler is asked about",
     nullptr, nullptr, [](const options& o) { return o.security->zap_domain; },
     [](options& o, std::string_view v) {
         changed(o.security).zap_domain = v;
         return errc::ok;
     }},
    {93, "ZAP_ENFORCE_DOMAIN", kind::integer, INT_MIN, INT_MAX, true, true,
     "with a domain, peers are refused while there is no handler",
     [](const options& o) -> std::int64_t { return o.security->zap_enforce_domain; },
     [](options& o, std::int64_t v) { changed(o.security).zap_enforce_domain = v != 0; }},
    limit_row<&accept_limits::handshakes>(
        10101, "HANDSHAKES_MAX",
        "accepted connections whose handshake is unfinished, at once; 0 is no limit"),
    limit_row<&accept_limits::handshakes_per_second>(10102, "HANDSHAKE_RATE",
                                                     "connections accepted in a second; 0 is no limit"),
    limit_row<&accept_limits::connections_per_address>(
        10103, "ADDRESS_CONNECTIONS_MAX",
        "connections of one IPv4 address or IPv6 /64, counted as by CONNECTIONS_MAX; 0 is no limit"),
    {10104, "PEER_TOPICS_MAX", kind::integer, 0, INT_MAX, true, true,
     "topics or groups that one peer may ask for; who asks for more is disconnected; 0 is no limit",
     [](const options& o) -> std::int64_t { return o.pattern.peer_topics_max; },
     [](options& o, std::int64_t v) { o.pattern.peer_topics_max = static_cast<int>(v); }},
    limit_row<&accept_limits::connections>(
        10105, "CONNECTIONS_MAX",
        "accepted connections, and ended ones whose messages are unread; 0 is no limit"),
};

/// Who sets what only a CURVE server has does not mean to serve the world without.
security& curve_server(options& o) {
    auto& made = changed(o.security);
    made.as_server = true;
    made.mechanism = security::kind::curve;
    return made;
}

}  // namespace

void serve_curve(options& in, std::shared_ptr<const zmtp::curve_keyring> by) {
    curve_server(in).server_keys = std::move(by);
}

void allow_curve_clients(options& in, std::shared_ptr<const zmtp::curve_allow_list> listed) {
    curve_server(in).clients = std::move(listed);
}

std::span<const option_row> security_option_table() noexcept { return table; }

}  // namespace zither::sockets
