#include "conversations.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;
using namespace std::chrono_literals;

namespace {

octets opening_of(version speaks, const std::string& type) {
    switch (speaks) {
        case version::v1_0: return wire("01 00");
        case version::v2_0: {
            const auto number = static_cast<std::byte>(*socket_type_from(type));
            return signature() + wire("01") + octets{number} + wire("00 00");
        }
        case version::v3_0: return signature() + wire("03") + rest_of_greeting("00") + ready(type);
        case version::v3_1: break;
    }
    return signature() + wire("03") + rest_of_greeting() + ready(type);
}

/// Our side behind its handshake with a peer of that version.
listening_side shaken(version speaks, session_settings ours, const std::string& type) {
    listening_side us(std::move(ours));
    us.hear(opening_of(speaks, type));
    REQUIRE(us.in_traffic());
    REQUIRE(us.talk().peer().speaks == speaks);
    return us;
}

/// What it says because of `act`.
template <typename Act>
octets said_by(listening_side& us, Act act) {
    const auto before = us.said().size();
    act(us.talk());
    const auto& all = us.said();
    return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
}

octets sealed(session& by, const octets& body, bool more) {
    octets made;
    by.seal(body, more, made);
    return made;
}

session_settings limited(std::int64_t limit) {
    auto ours = settings_of(socket_type::pull);
    ours.message_size_max = limit;
    return ours;
}

}  // namespace

TEST_CASE("a subscription is a command to a 3.1 peer") {
    auto us = shaken(version::v3_1, settings_of(socket_type::sub), "PUB");
    CHECK(hex(said_by(us, [](auto& talk) { talk.subscribe(as_bytes("A"), true); })) ==
          hex(wire("04 0b 09 'SUBSCRIBE' 'A'")));
    CHECK(hex(said_by(us, [](auto& talk) { talk.subscribe(as_bytes("A"), false); })) ==
          hex(wire("04 08 06 'CANCEL' 'A'")));
    CHECK(hex(said_by(us, [](auto& talk) { talk.subscribe({}, true); })) ==
          hex(wire("04 0a 09 'SUBSCRIBE'")));
}

TEST_CASE("a subscription is a message to older peers") {
    const auto speaks = GENERATE(version::v2_0, version::v3_0);
    auto us = shaken(speaks, settings_of(socket_type::sub), "PUB");
    CHECK(hex(said_by(us, [](auto& talk) { talk.subscribe(as_bytes("A"), true); })) ==
          hex(wire("00 02 01 'A'")));
    CHECK(hex(said_by(us, [](auto& talk) { talk.subscribe(as_bytes("A"), false); })) ==
          hex(wire("00 02 00 'A'")));
    CHECK(hex(said_by(us, [](auto& talk) { talk.subscribe({}, true); })) == hex(wire("00 01 01")));
}

TEST_CASE("a 1.0 publisher is sent no subscriptions") {
    // RFC 13, Broadcast Content: "A subscriber SHALL NOT send any content."
    auto us = shaken(version::v1_0, settings_of(socket_type::sub), "PUB");
    CHECK(said_by(us, [](auto& talk) { talk.subscribe(as_bytes("A"), true); }).empty());
    CHECK(said_by(us, [](auto& talk) { talk.subscribe(as_bytes("A"), false); }).empty());
}

TEST_CASE("an old subscription turns long by the size of its first octet and topic together") {
    // libzmq decides before it adds the octet: at exactly 255 the stream breaks.
    const auto speaks = GENERATE(version::v2_0, version::v3_0);
    auto us = shaken(speaks, settings_of(socket_type::sub), "PUB");
    const auto subscribe = [&](std::size_t size) {
        return hex(said_by(us, [&](auto& talk) { talk.subscribe(repeat(size, 't'), true); }));
    };
    CHECK(subscribe(254) == hex(wire("00 ff 01") + repeat(254, 't')));
    CHECK(subscribe(255) == hex(wire("02 00*6 01 00 01") + repeat(255, 't')));
    CHECK(subscribe(256) == hex(wire("02 00*6 01 01 01") + repeat(256, 't')));
}

TEST_CASE("parts are sealed in the framing of RFC 37 for peers of 2.0 and later") {
    const auto speaks = GENERATE(version::v2_0, version::v3_0, version::v3_1);
    auto us = shaken(speaks, settings_of(socket_type::push), "PULL");
    auto& talk = us.talk();
    CHECK(talk.plain());
    CHECK(hex(sealed(talk, text("hello"), false)) == hex(wire("00 05 'hello'")));
    CHECK(hex(sealed(talk, text("hello"), true)) == hex(wire("01 05 'hello'")));
    CHECK(hex(sealed(talk, {}, true)) == hex(wire("01 00")));
    CHECK(hex(sealed(talk, repeat(255, 'x'), false)) == hex(wire("00 ff") + repeat(255, 'x')));
    CHECK(hex(sealed(talk, repeat(256, 'x'), true)) == hex(wire("03 00*6 01 00") + repeat(256, 'x')));
}

TEST_CASE("parts are sealed in the framing of RFC 13 for a 1.0 peer") {
    auto us = shaken(version::v1_0, settings_of(socket_type::push), "PULL");
    auto& talk = us.talk();
    CHECK_FALSE(talk.plain());
    CHECK(hex(sealed(talk, text("hello"), false)) == hex(wire("06 00 'hello'")));
    CHECK(hex(sealed(talk, text("hello"), true)) == hex(wire("06 01 'hello'")));
    CHECK(hex(sealed(talk, {}, false)) == hex(wire("01 00")));
    CHECK(hex(sealed(talk, repeat(253, 'x'), false)) == hex(wire("fe 00") + repeat(253, 'x')));
    CHECK(hex(sealed(talk, repeat(254, 'x'), true)) == hex(wire("ff 00*7 ff 01") + repeat(254, 'x')));
    CHECK(hex(sealed(talk, repeat(255, 'x'), false)) == hex(wire("ff 00*6 01 00 00") + repeat(255, 'x')));
}

TEST_CASE("sealing appends") {
    auto us = shaken(version::v3_1, settings_of(socket_type::push), "PULL");
    octets made = wire("aa");
    us.talk().seal(text("1"), true, made);
    us.talk().seal(text("2"), false, made);
    CHECK(hex(made) == hex(wire("aa 01 01 '1' 00 01 '2'")));
}

TEST_CASE("a peer's MAXMSGSIZE violation is seen at the header, before any body") {
    const auto [limit, frame] =
        GENERATE(table<std::int64_t, const char*>({{4, "00 05"},
                                                   {0, "00 01"},
                                                   {4, "01 05"},
                                                   {254, "00 ff"},
                                                   {255, "02 00*6 01 00"},
                                                   {1000, "02 00*5 01 00 00"},
                                                   {1000, "03 7f ff*7"},
                                                   {0x7fffffff, "02 00*4 80 00 00 00"}}));
    auto us = shaken(version::v3_1, limited(limit), "PUSH");
    us.hear(wire(frame));
    REQUIRE(us.closed());
    check_named(us.reason());
    CHECK(us.reason().who == blame::misbehaved);
    CHECK(us.messages().empty());
}

TEST_CASE("a frame of exactly MAXMSGSIZE is taken, and messages before one too large are too") {
    auto us = shaken(version::v3_1, limited(4), "PUSH");
    us.hear(wire("00 04 'four' 01 04 'four' 00 00 00 05"));
    CHECK(us.messages() == std::vector<parts>{{"four"}, {"four", ""}});
    CHECK(us.closed());
}

TEST_CASE("MAXMSGSIZE counts a 1.0 frame's body, not its flags") {
    auto us = shaken(version::v1_0, limited(4), "PUSH");
    us.hear(wire("05 00 'four'"));
    CHECK(us.messages() == std::vector<parts>{{"four"}});
    CHECK_FALSE(us.closed());
    us.hear(wire("06 00"));
    CHECK(us.closed());
    CHECK(us.reason().who == blame::misbehaved);
}

TEST_CASE("frames against the framing are malformed") {
    const auto* frame =
        GENERATE("08 00", "10 01 'x'", "20 00", "40 00", "80 00", "f8 00", "05 06 05 'OTHER'", "02 80 00*7",
                 "02 ff*8", "06 80 00*7", "0a 00*7 01 'x'", "07 00*7 06 05 'OTHER'");
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    us.hear(wire("00 01 'x'") + wire(frame));
    REQUIRE(us.closed());
    check_named(us.reason());
    CHECK(us.reason().who == blame::malformed);
    CHECK(us.messages() == std::vector<parts>{{"x"}});
}

TEST_CASE("the largest size there can be is waited for") {
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    us.hear(wire("02 7f ff*7 'begin'"));
    CHECK_FALSE(us.closed());
    CHECK(us.messages().empty());
}

TEST_CASE("a 2.0 peer has no commands") {
    auto us = shaken(version::v2_0, settings_of(socket_type::xpub), "SUB");
    us.hear(wire("04 0b 09 'SUBSCRIBE' 'A'"));
    REQUIRE(us.closed());
    CHECK(us.reason().who == blame::malformed);
    CHECK(us.subscriptions().empty());
}

TEST_CASE("a command in traffic without a name is malformed") {
    const auto* frame = GENERATE("04 00", "04 01 00", "04 03 05 'PI'", "04 01 ff", "06 00*7 00");
    auto us = shaken(version::v3_1, settings_of(socket_type::xpub), "SUB");
    us.hear(wire(frame));
    REQUIRE(us.closed());
    check_named(us.reason());
    CHECK(us.reason().who == blame::malformed);
}

TEST_CASE("command names are compared whole and by case") {
    auto us = shaken(version::v3_1, settings_of(socket_type::xpub), "SUB");
    us.hear(command("SUBSCRIB", text("A")) + command("SUBSCRIBED", text("B")) +
            command("subscribe", text("C")) + command("CANCELS") + command("ping") + command("PINGS"));
    CHECK_FALSE(us.closed());
    CHECK(us.subscriptions().empty());
}

TEST_CASE("READY in traffic is misbehaviour") {
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    us.hear(ready("PUSH"));
    REQUIRE(us.closed());
    CHECK(us.reason().who == blame::misbehaved);
    CHECK(us.reason().number == protocol_error::unexpected_command);
    check_named(us.reason());
}

TEST_CASE("ERROR in traffic is final") {
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    us.hear(wire("00 01 'x'") + command("ERROR", wire("03 'bye'")) + wire("00 01 'y'"));
    REQUIRE(us.closed());
    CHECK(us.reason().who == blame::refused);
    CHECK_FALSE(us.reason().retry());
    check_named(us.reason());
    CHECK(us.messages() == std::vector<parts>{{"x"}});
}

TEST_CASE("a PING is answered with its context and nothing else") {
    for (std::size_t size = 0; size <= 16; ++size) {
        auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
        const auto context = repeat(size, 'c');
        const auto answer = said_by(us, [&](auto&) { us.hear(command("PING", wire("00 00") + context)); });
        CHECK(hex(answer) == hex(command("PONG", context)));
        CHECK_FALSE(us.closed());
    }
}

TEST_CASE("too long a context of a PING is cut") {
    const std::size_t size = GENERATE(std::size_t{17}, std::size_t{200});
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    const auto answer =
        said_by(us, [&](auto&) { us.hear(command("PING", wire("00 00") + repeat(size, 'c'))); });
    CHECK(hex(answer) == hex(command("PONG", repeat(16, 'c'))));
    CHECK_FALSE(us.closed());
}

TEST_CASE("a PING without its TTL is malformed") {
    const auto data = GENERATE(octets{}, wire("00"));
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    const auto answer = said_by(us, [&](auto&) { us.hear(command("PING", data)); });
    REQUIRE(us.closed());
    check_named(us.reason());
    CHECK(us.reason().who == blame::malformed);
    CHECK(answer.empty());
}

TEST_CASE("a flood of PINGs is answered in bounded memory") {
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    const auto ping = command("PING", wire("00 00 'sixteen octets!!'"));
    for (int i = 0; i < 10000; ++i) us.talk().handle_command(bytes(ping).subspan(2), dawn);
    octets answers;
    us.talk().take_output(answers);
    CHECK(answers.size() < 128 * 1024);
    CHECK_FALSE(us.closed());
}

TEST_CASE("the peer's TTL closes a connection that falls silent") {
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    us.hear(command("PING", wire("00 05")), dawn);
    CHECK(us.talk().next_deadline() == dawn + 500ms);
    us.hear(wire("00 00"), dawn + 400ms);
    us.talk().tick(dawn + 899ms);
    CHECK_FALSE(us.closed());
    us.talk().tick(dawn + 900ms);
    REQUIRE(us.closed());
    CHECK(us.reason().who == blame::silent);
    check_named(us.reason());
}

TEST_CASE("a TTL's first octet counts 25.6 seconds") {
    auto us = shaken(version::v3_1, settings_of(socket_type::pull), "PUSH");
    us.hear(command("PING", wire("01 00")), dawn);
    CHECK(us.talk().next_deadline() == dawn + 25600ms);
}

TEST_CASE("a session pings a 3.1 peer and closes when nothing comes back") {
    auto ours = settings_of(socket_type::pull);
    ours.heartbeat = {.interval_ms = 100ms, .ttl_ms = 500ms, .timeout_ms = 50ms};
    auto us = shaken(version::v3_1, ours, "PUSH");
    CHECK(us.talk().next_deadline() == dawn + 100ms);
    const auto ping = said_by(us, [](auto& talk) { talk.tick(dawn + 100ms); });
    CHECK(hex(ping) == hex(command("PING", wire("00 05"))));
    SECTION("half a frame is a sign of life") {
        us.hear(wire("00"), dawn + 149ms);
        us.talk().tick(dawn + 150ms);
        CHECK_FALSE(us.closed());
    }
    SECTION("silence is not") {
        us.talk().tick(dawn + 150ms);
        CHECK(us.closed());
        CHECK(us.reason().who == blame::silent);
    }
}

TEST_CASE("a 3.0 peer's silence counts") {
    // RFC 23 has no PING; libzmq knew it while it still said 3.0.
    auto ours = settings_of(socket_type::pull);
    ours.heartbeat = {.interval_ms = 100ms, .timeout_ms = 50ms};
    auto us = shaken(version::v3_0, ours, "PUSH");
    us.talk().tick(dawn + 100ms);
    us.hear(command("PONG"), dawn + 149ms);
    us.talk().tick(dawn + 200ms);
    us.talk().tick(dawn + 249ms);
    CHECK_FALSE(us.closed());
    us.talk().tick(dawn + 250ms);
    CHECK(us.closed());
}

TEST_CASE("no PING goes out before traffic or to peers of 2.0 and 1.0") {
    auto ours = settings_of(socket_type::pull);
    ours.heartbeat = {.interval_ms = 100ms, .timeout_ms = 50ms};
    listening_side early(ours);
    early.hear(signature());
    CHECK(said_by(early, [](auto& talk) { talk.tick(dawn + 1s); }).empty());
    for (const auto speaks : {version::v1_0, version::v2_0}) {
        auto us = shaken(speaks, ours, "PUSH");
        CHECK(us.talk().next_deadline() == time_point::max());
        CHECK(said_by(us, [](auto& talk) { talk.tick(dawn + 1h); }).empty());
        CHECK_FALSE(us.closed());
    }
}

TEST_CASE("a raw session is in traffic at once and adds nothing") {
    auto ours = settings_of(socket_type::stream);
    ours.raw = true;
    ours.heartbeat = {.interval_ms = 100ms, .timeout_ms = 50ms};
    listening_side us(ours);
    CHECK(us.in_traffic());
    CHECK(us.said().empty());
    CHECK_FALSE(us.talk().plain());
    CHECK(us.talk().next_deadline() == time_point::max());
    us.talk().tick(dawn + 1h);
    CHECK(us.said().empty());
    CHECK(hex(sealed(us.talk(), text("GET /"), false)) == hex(text("GET /")));
    CHECK(hex(sealed(us.talk(), text("GET /"), true)) == hex(text("GET /")));
    CHECK(sealed(us.talk(), {}, false).empty());
    CHECK(hex(sealed(us.talk(), repeat(300, 'x'), false)) == hex(repeat(300, 'x')));
}
