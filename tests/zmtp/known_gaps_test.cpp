// Where Zither does not follow an RFC yet. Each case must fail; when one heals, the run fails until the case
// moves to where it belongs.
#include "conversations.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;
using namespace std::chrono_literals;

namespace {
octets greeted() { return signature() + wire("03") + rest_of_greeting(); }
}  // namespace

TEST_CASE("metadata names are case-insensitive", "[!shouldfail]") {
    // RFC 37, Connection Metadata: "Metadata names SHALL be case-insensitive."
    listening_side us(settings_of(socket_type::router));
    us.hear(greeted() + command("READY", property("SOCKET-type", "DEALER") + property("identity", "me")));
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().routing_id == "me");
}

TEST_CASE("a wrong socket type is answered with ERROR", "[!shouldfail]") {
    // RFC 37, The Socket-Type Property: "it SHOULD handle errors by returning an ERROR command".
    listening_side us(settings_of(socket_type::pull));
    us.hear(greeted() + ready("PUB"));
    CHECK(us.closed());
    CHECK(as_text(us.said()).find("\5ERROR") != std::string_view::npos);
}

TEST_CASE("READY may leave the Socket-Type out", "[!shouldfail]") {
    // RFC 37, Connection Metadata: "The sender SHOULD specify the Socket-Type", so it need not.
    listening_side us(settings_of(socket_type::pull));
    us.hear(greeted() + command("READY"));
    CHECK(us.in_traffic());
}

TEST_CASE("a 3.0 peer gets no PING", "[!shouldfail]") {
    // RFC 23 has no PING: an idle peer of 3.0 would not answer and be closed for it.
    auto ours = settings_of(socket_type::pull);
    ours.heartbeat = {.interval_ms = 100ms, .timeout_ms = 50ms};
    listening_side us(ours);
    us.hear(signature() + wire("03") + rest_of_greeting("00") + ready("PUSH"));
    REQUIRE(us.in_traffic());
    us.talk().tick(dawn + 100ms);
    us.talk().tick(dawn + 150ms);
    CHECK_FALSE(us.closed());
}

TEST_CASE("XPUB and XSUB are PUB and SUB to a 2.0 peer", "[!shouldfail]") {
    // RFC 15, Publish-Subscribe: "XPUB and XSUB sockets are implemented at the protocol level as PUB and SUB".
    listening_side us(settings_of(socket_type::xpub));
    us.hear(signature() + wire("01 02 00 00"));
    CHECK(hex(us.said()) == hex(signature() + wire("03 01 00 00")));
}

TEST_CASE("an anonymous 1.0 peer of the long form is known by its tenth octet", "[!shouldfail]") {
    // RFC 13: lengths below 255 MAY be written in nine octets.
    listening_side us(settings_of(socket_type::pull));
    us.hear(wire("ff 00*7 01 00"));
    CHECK(us.in_traffic());
}

TEST_CASE("a 1.0 publisher is sent no subscriptions", "[!shouldfail]") {
    // RFC 13, Broadcast Content: "A subscriber SHALL NOT send any content."
    listening_side us(settings_of(socket_type::sub));
    us.hear(wire("01 00"));
    const auto before = us.said().size();
    us.talk().subscribe(as_bytes("A"), true);
    CHECK(us.said().size() == before);
}

TEST_CASE("a PUSH peer's Identity is ignored", "[!shouldfail]") {
    // RFC 37, The Identity Property: "For all other socket types, the Identity property shall be ignored."
    listening_side us(settings_of(socket_type::pull));
    us.hear(greeted() + ready("PUSH", property("Identity", std::string("\0id", 3))));
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().routing_id.empty());
}

TEST_CASE("a closed session stays closed, whatever is said", "[!shouldfail]") {
    auto ours = settings_of(socket_type::pull);
    listening_side us(ours);
    us.talk().tick(us.talk().next_deadline());
    REQUIRE(us.closed());
    const auto all = greeted() + ready("PUSH");
    us.talk().receive_handshake(all, dawn);
    CHECK(us.closed());
}
