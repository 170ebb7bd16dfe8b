// CURVE against peers with other keys, other cookies and other manners.
#include "curve_talk.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

constexpr auto crypto = protocol_error::cryptographic;

void check_closed(listening_side& side, protocol_error number) {
    REQUIRE(side.closed());
    check_named(side.reason());
    CHECK(side.reason().number == number);
    CHECK(side.messages().empty());
    CHECK_FALSE(side.shook_hands());
}

octets zeroed(octets in, std::size_t at, std::size_t size) {
    std::fill_n(in.begin() + static_cast<std::ptrdiff_t>(at), size, std::byte{0});
    return in;
}

}  // namespace

TEST_CASE("a client that knows another server's key is refused at HELLO") {
    const curve_keys keys, others;
    auto calling = keys.for_client();
    calling.server_key = others.server.public_half;
    curve_talk talk(keys.for_server(), calling);
    talk.server.hear(talk.hello());
    check_closed(talk.server, crypto);
    CHECK(talk.from_server().empty());
}

TEST_CASE("a WELCOME by another server is refused") {
    const curve_keys keys, others;
    curve_talk talk(keys), other(others);
    (void)talk.hello();
    talk.client.hear(other.welcome());
    check_closed(talk.client, crypto);
    CHECK(talk.from_client().empty());
}

TEST_CASE("a client whose public key is not its secret key's is refused at INITIATE") {
    const curve_keys keys, others;
    auto calling = keys.for_client();
    calling.public_key = GENERATE_COPY(others.client.public_half, key());
    curve_talk talk(keys.for_server(), calling);
    talk.server.hear(talk.initiate());
    check_closed(talk.server, crypto);
}

TEST_CASE("an INITIATE with another conversation's cookie is refused") {
    const curve_keys keys;
    curve_talk talk(keys), other(keys);
    auto mine = talk.initiate();
    const auto its = other.initiate();
    SECTION("the cookie alone") { std::copy_n(its.begin() + 18, 96, mine.begin() + 18); }
    SECTION("all of it") { mine = its; }
    talk.server.hear(mine);
    check_closed(talk.server, crypto);
}

TEST_CASE("an INITIATE of an earlier conversation is refused") {
    const curve_keys keys;
    curve_talk before(keys);
    const auto old = before.initiate();
    curve_talk talk(keys);
    (void)talk.welcome();
    talk.server.hear(old);
    check_closed(talk.server, crypto);
}

TEST_CASE("a public key of zeros is none") {
    const curve_keys keys;
    SECTION("the client's short-term key") {
        curve_talk talk(keys);
        talk.server.hear(zeroed(talk.hello(), 2 + 80, 32));
        check_closed(talk.server, crypto);
    }
    SECTION("the server's, as its client has it") {
        auto calling = keys.for_client();
        calling.server_key = key();
        curve_talk talk(keys.for_server(), calling);
        check_closed(talk.client, protocol_error::key_exchange);
        CHECK(talk.from_client().empty());
    }
    SECTION("the server's short-term key") {
        curve_talk talk(keys);
        const auto hello = talk.hello();
        const key short_term{bytes(hello).subspan(2 + 80, 32)};
        auto body = curve::random_octets(16);
        const curve_nonce nonce("WELCOME-", bytes(body));
        curve::seal(body, repeat(32 + 96, 0), nonce, *curve::agree(short_term, keys.server.secret_half));
        talk.client.hear(command("WELCOME", {body.begin(), body.end()}));
        check_closed(talk.client, protocol_error::key_exchange);
    }
}

TEST_CASE("a HELLO of another version is malformed") {
    curve_talk talk;
    auto hello = talk.hello();
    hello[GENERATE(8U, 9U)] ^= std::byte{2};
    talk.server.hear(hello);
    check_closed(talk.server, protocol_error::malformed_command_hello);
}

TEST_CASE("a HELLO whose padding or signature holds anything but zeros is malformed") {
    const curve_keys keys;
    curve_talk talk(keys);
    auto hello = talk.hello();
    SECTION("padding") { hello[2 + 8 + GENERATE(0U, 71U)] = std::byte{1}; }
    SECTION("signature") {
        const auto own = key_pair::generate();
        auto signature = repeat(64, 0);
        signature[GENERATE(0U, 63U)] = std::byte{1};
        hello.resize(2 + 80);
        append(hello, own.public_half.octets());
        curve::octets sealed;
        curve::append_counter(sealed, 1);
        curve::seal(sealed, signature, {curve::prefix::hello, 1},
                    *curve::agree(keys.server.public_half, own.secret_half));
        append(hello, sealed);
    }
    talk.server.hear(hello);
    check_closed(talk.server, protocol_error::malformed_command_hello);
}

TEST_CASE("commands out of turn are unexpected") {
    const curve_keys keys;
    curve_talk talk(keys);
    SECTION("HELLO twice") {
        const auto hello = talk.hello();
        talk.server.hear(hello + hello);
        check_closed(talk.server, protocol_error::unexpected_command);
    }
    SECTION("to a server") {
        const auto* name = GENERATE("INITIATE", "WELCOME", "READY", "MESSAGE", "PING", "SUBSCRIBE");
        talk.server.hear(command(name));
        check_closed(talk.server, protocol_error::unexpected_command);
    }
    SECTION("to a client") {
        const auto* name = GENERATE("HELLO", "INITIATE", "READY", "MESSAGE", "PING", "SUBSCRIBE");
        talk.client.hear(command(name));
        check_closed(talk.client, protocol_error::unexpected_command);
    }
    SECTION("READY in the clear to a client that waits for a box") {
        (void)talk.initiate();
        talk.client.hear(ready("PULL"));
        REQUIRE(talk.client.closed());
        CHECK_FALSE(talk.client.shook_hands());
    }
    SECTION("a message in the clear") {
        talk.server.hear(wire("00 05 'hello'"));
        check_closed(talk.server, protocol_error::unexpected_command);
    }
}

TEST_CASE("ERROR is the server's to send: a client's is no status") {
    curve_talk talk;
    SECTION("before HELLO") {}
    SECTION("before INITIATE") { (void)talk.welcome(); }
    talk.server.hear(command("ERROR", wire("03 '400'")));
    check_closed(talk.server, protocol_error::unexpected_command);
    CHECK(talk.server.reason().status == 0);
}

TEST_CASE("a client believes the server's ERROR, and its status") {
    curve_talk talk;
    SECTION("after HELLO") {}
    SECTION("after INITIATE") { (void)talk.initiate(); }
    talk.client.hear(command("ERROR", wire("03 '400'")));
    REQUIRE(talk.client.closed());
    CHECK(talk.client.reason().who == blame::refused);
    CHECK(talk.client.reason().status == 400);
}

TEST_CASE("frames in the clear after READY end the conversation") {
    const auto* frame = GENERATE("00 05 'hello'", "04 06 04 'PING' 00 00", "04 06 05 'ERROR' 00", "00 00",
                                 "04 0c 05 'READY' 00*6", "01 26 07 'MESSAGE' 00*30",
                                 "08 26 07 'MESSAGE' 00*30", "00 20 07 'MESSAGE' 00*24");
    curve_talk talk;
    talk.shake_hands();
    talk.server.hear(wire(frame));
    REQUIRE(talk.server.closed());
    check_named(talk.server.reason());
    CHECK(talk.server.messages().empty());
}

TEST_CASE("commands travel in the box, and libzmq's and the RFC's wire flags are one") {
    const curve_keys keys;
    curve_talk talk(keys.for_server(), keys.for_client(), -1, socket_type::pub, socket_type::sub);
    talk.shake_hands();
    talk.client.talk().subscribe(as_bytes("topic"), true);
    auto subscribe = talk.from_client();
    CHECK(subscribe.size() == 2 + 33 + 10 + 5);
    CHECK(subscribe[0] == std::byte{0});
    if (GENERATE(false, true)) subscribe[0] = std::byte{4};
    talk.server.hear(subscribe);
    CHECK(talk.server.subscriptions() == parts{"+topic"});
    CHECK(talk.server.in_traffic());
}

TEST_CASE("a PING in the box is answered in the box") {
    const curve_keys keys;
    auto serving = curve_settings(socket_type::pull, keys.for_server());
    serving.heartbeat.interval_ms = std::chrono::milliseconds(100);
    curve_talk talk(keys);
    listening_side server(serving);
    server.hear(curve_greeted());
    (void)server.said();
    server.hear(talk.hello());
    std::size_t heard = 64;
    const auto news = [&] {
        const auto& all = server.said();
        octets made(all.begin() + static_cast<std::ptrdiff_t>(heard), all.end());
        heard = all.size();
        return made;
    };
    talk.client.hear(news());
    server.hear(talk.from_client());
    talk.client.hear(news());
    server.talk().tick(dawn + std::chrono::milliseconds(100));
    const auto ping = news();
    REQUIRE(ping.size() == 2 + 33 + 7);
    CHECK(as_text(bytes(ping).subspan(3, 7)) == "MESSAGE");
    talk.client.hear(ping);
    const auto pong = talk.from_client();
    REQUIRE(pong.size() == 2 + 33 + 5);
    server.hear(pong);
    CHECK(server.in_traffic());
    server.talk().tick(dawn + std::chrono::milliseconds(150));
    CHECK(server.in_traffic());
}

TEST_CASE("MAXMSGSIZE counts the payload, and is checked at the header") {
    constexpr std::int64_t largest = 100;
    curve_talk talk({}, largest);
    talk.shake_hands();
    talk.server.hear(talk.sealed({std::string(100, 'a')}));
    CHECK(talk.server.messages().size() == 1);
    SECTION("one more is refused") { talk.server.hear(talk.sealed({std::string(101, 'a')})); }
    SECTION("before its body is there") {
        const auto frame = talk.sealed({std::string(101, 'a')});
        talk.server.hear({frame.begin(), frame.begin() + 2});
    }
    SECTION("a claim of exabytes") { talk.server.hear(wire("02 7f ff*7")); }
    SECTION("a claim beyond 63 bits") { talk.server.hear(wire("02 ff*8")); }
    REQUIRE(talk.server.closed());
    check_named(talk.server.reason());
    CHECK(talk.server.messages().size() == 1);
}

TEST_CASE("with CURVE on, old peers and weaker mechanisms are refused") {
    const curve_keys keys;
    const auto settings =
        curve_settings(socket_type::pull, GENERATE_COPY(keys.for_server(), keys.for_client()));
    listening_side us(settings);
    SECTION("1.0") { us.hear(wire("01 00")); }
    SECTION("1.0, long") { us.hear(wire("ff 00*7 01 00")); }
    SECTION("2.0") { us.hear(signature() + wire("01 08 00 00")); }
    SECTION("2.0, revision 0") { us.hear(signature() + wire("00 08 00 00")); }
    SECTION("NULL") { us.hear(signature() + wire("03") + rest_of_greeting()); }
    SECTION("PLAIN") { us.hear(signature() + wire("03") + rest_of_greeting("01", "'PLAIN' 00*15")); }
    SECTION("none") { us.hear(signature() + wire("03") + rest_of_greeting("01", "00*20")); }
    check_closed(us, protocol_error::mechanism_mismatch);
    CHECK(us.reason().who == blame::incompatible);
}
