#include "conversations.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

octets greeted() { return signature() + wire("03") + rest_of_greeting(); }

/// What a DEALER of ours thinks of a peer that says `all`.
listening_side after(const octets& all, session_settings ours = settings_of(socket_type::dealer)) {
    listening_side us(std::move(ours));
    us.hear(all);
    return us;
}

void check_refused(listening_side us, blame who, protocol_error number = protocol_error::unspecified) {
    REQUIRE(us.closed());
    check_named(us.reason());
    CHECK(us.reason().who == who);
    CHECK(us.reason().number == number);
    CHECK(us.messages().empty());
    CHECK(us.talk().next_deadline() == time_point::max());
}

void check_ready_refused(const octets& data, blame who, protocol_error number) {
    check_refused(after(greeted() + command("READY", data)), who, number);
}

}  // namespace

TEST_CASE("a peer of another mechanism is incompatible") {
    const auto* mechanism = GENERATE("'PLAIN' 00*15", "'CURVE' 00*15", "'NULLX' 00*15", "'null' 00*16",
                                     "00*20", "'NUL' 00*17", "'ABCDEFGHIJKLMNOPQRST'");
    check_refused(after(signature() + wire("03") + rest_of_greeting("01", mechanism)), blame::incompatible,
                  protocol_error::mechanism_mismatch);
}

TEST_CASE("a peer of another mechanism still hears our whole greeting") {
    // RFC 37: a peer that reads a full greeting MUST also send one.
    auto us = after(signature() + wire("03") + rest_of_greeting("01", "'CURVE' 00*15"));
    CHECK(hex(us.said()) == hex(signature() + wire("03") + rest_of_greeting()));
}

TEST_CASE("a mechanism's name with octets behind its end is malformed") {
    check_refused(after(signature() + wire("03") + rest_of_greeting("01", "'NULL' 00*15 'X'")),
                  blame::malformed);
}

TEST_CASE("the greeting's as-server and filler mean nothing to NULL") {
    // libzmq sends as-server 0 and others send 1; neither may cost the connection.
    auto us = after(signature() + wire("03 01 'NULL' 00*16 01 ff*31") + ready("ROUTER"));
    CHECK(us.in_traffic());
}

TEST_CASE("a command before READY other than READY and ERROR is misbehaviour") {
    const auto* name =
        GENERATE("PING", "PONG", "SUBSCRIBE", "CANCEL", "HELLO", "INITIATE", "WELCOME", "READYX", "ready");
    check_refused(after(greeted() + command(name, wire("00 00"))), blame::misbehaved,
                  protocol_error::unexpected_command);
}

TEST_CASE("a message before READY is misbehaviour, not a message") {
    const auto* frame = GENERATE("00 05 'hello'", "01 05 'hello'", "00 00", "02 00*7 05 'hello'",
                                 "05 06 05 'READY'", "0c 06 05 'READY'", "84 06 05 'READY'");
    check_refused(after(greeted() + wire(frame)), blame::misbehaved, protocol_error::unexpected_command);
}

TEST_CASE("a handshake command without a name is malformed") {
    const auto* frame = GENERATE("04 00", "04 01 00", "04 06 00 'READY'", "04 05 05 'READ'", "04 01 05",
                                 "06 00*7 00", "06 00*7 02 02 'R'");
    check_refused(after(greeted() + wire(frame)), blame::malformed,
                  protocol_error::malformed_command_unspecified);
}

TEST_CASE("a handshake command that claims gigabytes is refused at its header") {
    const auto* size =
        GENERATE("00 00 00 00 00 10 00 01", "00 00 00 01 00 00 00 00", "7f ff*7", "80 00*7", "ff*8");
    check_refused(after(greeted() + wire("06") + wire(size)), blame::malformed,
                  protocol_error::malformed_command_unspecified);
}

TEST_CASE("READY in a long frame is READY") {
    auto us = after(greeted() + wire("06 00*7 1c 05 'READY' 0b 'Socket-Type' 00 00 00 06 'ROUTER'"));
    CHECK(us.in_traffic());
}

TEST_CASE("READY's metadata must be whole") {
    const auto* data =
        GENERATE("0b 'Socket-Type' 00 00 00 07 'ROUTER'", "0b 'Socket-Type' 00 00 00", "0b 'Socket-Typ'",
                 "00 00 00 00 06 'ROUTER'", "0b 'Socket-Type' 00 00 00 06 'ROUTER' 01",
                 "0b 'Socket-Type' ff ff ff ff 'ROUTER'", "0b 'Socket-Type' 80 00 00 06 'ROUTER'");
    check_ready_refused(wire(data), blame::malformed, protocol_error::malformed_command_ready);
}

TEST_CASE("a Socket-Type nobody knows is incompatible") {
    const auto* type = GENERATE("", "FOO", "ROUTERS", "ROUTE");
    check_ready_refused(property("Socket-Type", type), blame::incompatible, protocol_error::invalid_metadata);
}

TEST_CASE("only legal pairs of socket types reach traffic") {
    for (int ours = 0; ours < socket_type_count; ++ours) {
        for (int theirs = 0; theirs < socket_type_count; ++theirs) {
            const auto our_type = static_cast<socket_type>(ours);
            const auto their_type = static_cast<socket_type>(theirs);
            CAPTURE(name_of(our_type), name_of(their_type));
            auto us = after(greeted() + ready(std::string(name_of(their_type))), settings_of(our_type));
            CHECK(us.in_traffic() == compatible(our_type, their_type));
            if (us.in_traffic()) {
                CHECK(us.talk().peer().type == their_type);
                continue;
            }
            check_refused(std::move(us), blame::incompatible, protocol_error::invalid_metadata);
        }
    }
}

TEST_CASE("a peer of a type that does not fit is told so by ERROR") {
    // RFC 37, The Socket-Type Property: "it SHOULD handle errors by returning an ERROR command".
    const auto* type = GENERATE("PUB", "FOO");
    auto us = after(greeted() + ready(type), settings_of(socket_type::pull));
    const auto before = signature() + wire("03") + rest_of_greeting() + ready("PULL");
    const auto said = us.said();
    REQUIRE(said.size() > before.size() + 9);
    const bytes error = bytes(said).subspan(before.size());
    CHECK(hex(error.first(1)) == "04 ");
    CHECK(std::to_integer<std::size_t>(error[1]) == error.size() - 2);
    CHECK(as_text(error.subspan(2, 6)) == "\5ERROR");
    CHECK(std::to_integer<std::size_t>(error[8]) == error.size() - 9);
    CHECK(as_text(error.subspan(9)) == us.reason().text);
}

TEST_CASE("ERROR's reason fits its one octet of length, however long the peer's type is") {
    const auto name = std::string(300, 'T');
    const auto data = wire("0b 'Socket-Type' 00 00 01 2c") + text(name);
    auto us = after(greeted() + wire("06 00*6 01 42 05 'READY'") + data, settings_of(socket_type::pull));
    REQUIRE(us.closed());
    const auto error = std::string(as_text(us.said()));
    const auto place = error.find("\5ERROR");
    REQUIRE(place != error.npos);
    CHECK(static_cast<unsigned char>(error.at(place + 6)) == error.size() - place - 7);
}

TEST_CASE("an Identity has at most 255 octets") {
    const auto longest =
        property("Socket-Type", "ROUTER") + wire("08 'Identity' 00 00 00 ff") + repeat(255, 'i');
    const auto frame = [](const octets& data) {
        return wire("06 00*6 01") + octets{static_cast<std::byte>(6 + data.size() - 256)} +
               wire("05 'READY'") + data;
    };
    auto us = after(greeted() + frame(longest));
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().routing_id == std::string(255, 'i'));

    const auto too_long =
        property("Socket-Type", "ROUTER") + wire("08 'Identity' 00 00 01 00") + repeat(256, 'i');
    check_refused(after(greeted() + frame(too_long)), blame::malformed, protocol_error::invalid_metadata);
}

TEST_CASE("an Identity that begins with zero is ours to give and nobody's to claim") {
    check_ready_refused(property("Socket-Type", "ROUTER") + property("Identity", std::string("\0a", 2)),
                        blame::malformed, protocol_error::invalid_metadata);
}

TEST_CASE("ERROR in a handshake is final") {
    auto us = after(greeted() + command("ERROR", wire("0d 'Access denied'")));
    REQUIRE(us.closed());
    CHECK(us.reason().who == blame::refused);
    CHECK_FALSE(us.reason().retry());
    CHECK(us.reason().text.find("Access denied") != std::string::npos);

    auto silent = after(greeted() + command("ERROR", wire("00")));
    CHECK(silent.reason().who == blame::refused);
}

TEST_CASE("ERROR without its reason is malformed") {
    const auto* data = GENERATE("", "01", "05 'four'", "ff 'much'");
    check_refused(after(greeted() + command("ERROR", wire(data))), blame::malformed,
                  protocol_error::malformed_command_error);
}

TEST_CASE("everything but ERROR may be better next time") {
    for (const auto who :
         {blame::nobody, blame::malformed, blame::misbehaved, blame::incompatible, blame::silent})
        CHECK(close_reason{who, protocol_error::none, ""}.retry());
    CHECK_FALSE(close_reason{blame::refused, protocol_error::none, ""}.retry());
}

TEST_CASE("a 2.0 peer of a type nobody knows is refused") {
    check_refused(after(signature() + wire("01 0c 00 00")), blame::malformed);
    check_refused(after(signature() + wire("01 ff 00 00")), blame::malformed);
}

TEST_CASE("a 2.0 peer of a type that does not fit is refused") {
    // RFC 15: by silently disconnecting it; 2.0 has no ERROR.
    auto us = after(signature() + wire("01 01 00 00"), settings_of(socket_type::pull));
    CHECK(hex(us.said()) == hex(signature() + wire("03 07 00 00")));
    check_refused(std::move(us), blame::incompatible, protocol_error::invalid_metadata);
}

TEST_CASE("a 2.0 peer's first frame must be an identity") {
    const auto* frame = GENERATE("01 00", "04 00", "08 00", "02 00*6 01 00", "02 80 00*7", "00 02 00 'a'");
    check_refused(after(signature() + wire("01 06") + wire(frame)), blame::malformed);
}

TEST_CASE("a 1.0 peer's first frame must be an identity") {
    const auto* frame =
        GENERATE("00 00", "ff 00*6 01 01 00", "ff 80 00*7 00", "ff 00*8 00 00", "03 00 00 'a'");
    check_refused(after(wire(frame)), blame::malformed);
}

TEST_CASE("a 1.0 identity's flags are not validated") {
    // RFC 13, The Connection Layer.
    auto us = after(wire("03 ff 'me'"));
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().routing_id == "me");
}

TEST_CASE("TLS is no 1.0 identity: it is ended at its first octets, by whatever mechanism") {
    // A ClientHello's front, of TLS 1.0 to 1.3; and a server's alert to who sent none.
    const auto* said = GENERATE("16 03 01 02 00 01 00 01 fc 03 03", "16 03 03 00 c8 01 00 00 c4 03",
                                "15 03 01 00 02 02 46", "15 03 03 00 02 01 00");
    auto ours = settings_of(socket_type::dealer);
    SECTION("NULL") {}
    SECTION("PLAIN") {
        auto security = std::make_shared<security_settings>();
        security->mechanism = security_settings::kind::plain;
        security->as_server = true;
        ours.self.security = security;
    }
    auto us = after(wire(said), ours);
    CHECK(us.reason().text == "the peer speaks TLS, and this endpoint does not");
    CHECK(hex(us.said()) == hex(signature()));
    check_refused(std::move(us), blame::incompatible);
}

TEST_CASE("a 1.0 identity as long as TLS's first octet says is one, whatever its flags") {
    const auto* front = GENERATE("16 00", "16 01", "16 03 01 02 00 01 01", "16 03 05", "16 03 01 02 00 02",
                                 "15 00", "15 03 01 00 03");
    auto said = wire(front);
    said = said + repeat(1 + static_cast<std::size_t>(said[0]) - said.size(), 'i');
    auto us = after(said);
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().routing_id.size() == static_cast<std::size_t>(said[0]) - 1);
}

TEST_CASE("an old peer may have an identity of 255 octets") {
    auto v2 = after(signature() + wire("01 06 00 ff") + repeat(255, 'i'));
    CHECK(v2.talk().peer().routing_id == std::string(255, 'i'));
    auto v1 = after(wire("ff 00*6 01 00 00") + repeat(255, 'i'));
    CHECK(v1.talk().peer().routing_id == std::string(255, 'i'));
    CHECK(v1.in_traffic());
}

TEST_CASE("a signature's padding is never looked at") {
    const auto* padding = GENERATE("00*8", "ff*8", "00*7 ff", "01 02 03 04 05 06 07 08");
    auto us = after(wire("ff") + wire(padding) + wire("7f 03") + rest_of_greeting() + ready("ROUTER"));
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().routing_id.empty());
}

TEST_CASE("a handshake that takes too long is closed, in every version and at every step") {
    const auto said = GENERATE(octets{}, wire("ff"), signature(), signature() + wire("03"), greeted(),
                               greeted() + wire("04 1c 05"), signature() + wire("01"),
                               signature() + wire("01 06"), wire("06 00 'pe'"));
    auto ours = settings_of(socket_type::dealer);
    ours.handshake_ms = std::chrono::milliseconds(500);
    auto us = after(said, ours);
    CHECK(us.talk().next_deadline() == dawn + std::chrono::milliseconds(500));
    us.talk().tick(dawn + std::chrono::milliseconds(499));
    CHECK_FALSE(us.closed());
    us.talk().tick(dawn + std::chrono::milliseconds(500));
    check_refused(std::move(us), blame::silent, protocol_error::none);
}

TEST_CASE("a handshake that is over has no deadline") {
    const auto said = GENERATE(greeted() + ready("ROUTER"), signature() + wire("01 06 00 00"), wire("01 00"));
    auto us = after(said);
    REQUIRE(us.in_traffic());
    CHECK(us.talk().next_deadline() == time_point::max());
    us.talk().tick(dawn + std::chrono::hours(1000));
    CHECK(us.in_traffic());
}

TEST_CASE("a closed session stays closed, whatever is said") {
    auto us = after({});
    us.talk().tick(us.talk().next_deadline());
    REQUIRE(us.closed());
    const auto all = greeted() + ready("ROUTER");
    (void)us.talk().receive_handshake(all, dawn);
    CHECK(us.closed());
    CHECK(us.reason().who == blame::silent);
}

TEST_CASE("a handshake without a limit waits for ever") {
    auto ours = settings_of(socket_type::dealer);
    ours.handshake_ms = std::chrono::milliseconds(0);
    auto us = after(signature(), ours);
    CHECK(us.talk().next_deadline() == time_point::max());
    us.talk().tick(dawn + std::chrono::hours(1000));
    CHECK_FALSE(us.closed());
}
