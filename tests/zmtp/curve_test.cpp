// CURVE (RFC 25 and 26), both sides through memory, and what a peer without the keys can do to them.
#include "curve_talk.hpp"

#include <array>

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

constexpr auto crypto = protocol_error::cryptographic;

octets slice(const octets& from, std::size_t at, std::size_t size) {
    REQUIRE(from.size() >= at + size);
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(at);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

void check_closed(listening_side& side, protocol_error number) {
    REQUIRE(side.closed());
    check_named(side.reason());
    CHECK(side.reason().number == number);
    CHECK(side.messages().empty());
}

/// The side that hears step `which` (0 HELLO, 1 WELCOME, 2 INITIATE, 3 READY), before it has.
octets command_of(curve_talk& talk, int which) {
    switch (which) {
        case 0: return talk.hello();
        case 1: return talk.welcome();
        case 2: return talk.initiate();
        default: return talk.ready();
    }
}
listening_side& hearer_of(curve_talk& talk, int which) { return which % 2 == 0 ? talk.server : talk.client; }
std::size_t header_of(const octets& frame) { return (std::to_integer<int>(frame[0]) & 2) != 0 ? 9 : 2; }

}  // namespace

TEST_CASE("CURVE's commands have RFC 26's sizes, flags and names") {
    curve_talk talk;
    const auto hello = talk.hello();
    CHECK(hex(slice(hello, 0, 10)) == hex(wire("04 c8 05 'HELLO' 01 00")));
    CHECK(hello.size() == 2 + 200);
    CHECK(slice(hello, 2 + 8, 72) == repeat(72, 0));
    CHECK(slice(hello, 2 + 112, 8) == wire("00*7 01"));
    talk.server.hear(hello);
    const auto welcome = talk.from_server();
    CHECK(welcome.size() == 2 + 168);
    CHECK(hex(slice(welcome, 0, 10)) == hex(wire("04 a8 07 'WELCOME'")));
    talk.client.hear(welcome);
    const auto initiate = talk.from_client();
    CHECK(initiate.size() == 9 + 257 + 20);  // "Socket-Type" PUSH
    CHECK(hex(slice(initiate, 0, 18)) == hex(wire("06 00*6 01 15 08 'INITIATE'")));
    CHECK(slice(initiate, 9 + 105, 8) == wire("00*7 02"));
    talk.server.hear(initiate);
    const auto ready = talk.from_server();
    CHECK(ready.size() == 2 + 30 + 20);
    CHECK(hex(slice(ready, 0, 16)) == hex(wire("04 32 05 'READY' 00*7 01")));
    talk.client.hear(ready);
    const auto message = talk.sealed({"12345"});
    CHECK(hex(slice(message, 0, 18)) == hex(wire("00 26 07 'MESSAGE' 00*7 03")));
    CHECK(message.size() == 2 + 33 + 5);
}

TEST_CASE("HELLO and INITIATE open where RFC 26 says, with the keys it says") {
    const curve_keys keys;
    curve_talk talk(keys);
    const auto hello = talk.hello();
    const key short_term{bytes(slice(hello, 2 + 80, 32))};
    const auto to_server = curve::agree(short_term, keys.server.secret_half);
    REQUIRE(to_server);
    const auto zeros = curve::open(slice(hello, 2 + 120, 80), {"CurveZMQHELLO---", 1}, *to_server);
    REQUIRE(zeros);
    CHECK(octets(zeros->begin(), zeros->end()) == repeat(64, 0));
    CHECK_FALSE(curve::open(slice(hello, 2 + 120, 80), {"CurveZMQHELLO---", 2}, *to_server));
    talk.server.hear(hello);
    const auto welcome = talk.from_server();
    const auto nonce = slice(welcome, 2 + 8, 16);
    const auto text = curve::open(slice(welcome, 2 + 24, 144), {"WELCOME-", bytes(nonce)}, *to_server);
    REQUIRE(text);
    talk.client.hear(welcome);
    CHECK(slice(talk.from_client(), 9 + 9, 96) ==
          slice(octets(text->begin(), text->end()), 32, 96));  // the cookie comes back
}

TEST_CASE("messages pass both ways, in every size and number of parts") {
    curve_talk talk;
    talk.shake_hands();
    const std::vector<parts> said{{""},
                                  {"a"},
                                  {"", "", "end"},
                                  {std::string(221, 'b'), std::string(222, 'c'), std::string(223, 'd')},
                                  {std::string(254, 'e'), std::string(255, 'f'), std::string(256, 'g')},
                                  {std::string(70000, 'h')}};
    octets all;
    for (const auto& each : said) all = all + talk.sealed(each);
    SECTION("at once") { talk.server.hear(all); }
    SECTION("cut in two") {
        for (std::size_t cut = 0; cut < 2200; cut += 1) {
            curve_talk other;
            other.shake_hands();
            octets some;
            for (std::size_t i = 0; i < 5; ++i) some = some + other.sealed(said[i]);
            if (cut > some.size()) break;
            other.server.hear(slice(some, 0, cut));
            other.server.hear(slice(some, cut, some.size() - cut));
            CHECK(other.server.messages() == std::vector<parts>(said.begin(), said.begin() + 5));
        }
        talk.server.hear(all);
    }
    CHECK(talk.server.messages() == said);
    octets back;
    talk.server.talk().seal(as_bytes("back"), false, back);
    talk.client.hear(back);
    CHECK(talk.client.messages() == std::vector<parts>{{"back"}});
}

TEST_CASE("a handshake cut at each octet, or octet by octet, ends in traffic") {
    const int which = GENERATE(0, 1, 2, 3);
    std::size_t size = 1;
    for (std::size_t cut = 0; cut < size; ++cut) {
        curve_talk talk;
        const auto frame = command_of(talk, which);
        size = frame.size();
        auto& side = hearer_of(talk, which);
        side.hear(slice(frame, 0, cut));
        REQUIRE_FALSE(side.closed());
        for (std::size_t at = cut; at < size; ++at) side.hear({frame[at]});
        REQUIRE_FALSE(side.closed());
        CHECK((which < 3 ? !side.said().empty() : side.in_traffic()));
    }
}

TEST_CASE("any octet of any handshake command changed ends the conversation") {
    const int which = GENERATE(0, 1, 2, 3);
    const curve_keys keys;
    std::size_t size = 3;
    for (std::size_t at = 2; at < size; ++at) {
        curve_talk talk(keys);
        auto frame = command_of(talk, which);
        size = frame.size();
        if (at < header_of(frame)) continue;
        const auto in_body = at - header_of(frame);
        frame[at] ^= std::byte{static_cast<std::uint8_t>(1 << (at % 8))};
        auto& side = hearer_of(talk, which);
        side.hear(frame);
        CAPTURE(which, in_body);
        REQUIRE(side.closed());
        check_named(side.reason());
        CHECK(side.reason().number != protocol_error::none);
        CHECK_FALSE(side.shook_hands());
    }
}

TEST_CASE("a handshake command of another size is malformed") {
    const int which = GENERATE(0, 1, 2, 3);
    const protocol_error numbers[] = {
        protocol_error::malformed_command_hello, protocol_error::malformed_command_welcome,
        protocol_error::malformed_command_initiate, protocol_error::malformed_command_ready};
    const std::size_t least[] = {200, 168, 257, 30};
    curve_talk talk;
    const auto frame = command_of(talk, which);
    const auto shorter = slice(frame, header_of(frame), least[which] - 1);
    auto& side = hearer_of(talk, which);
    std::array<std::byte, 9> header{};
    const auto header_size = write_header(header.data(), 4, shorter.size());
    side.hear(octets(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(header_size)) + shorter);
    check_closed(side, numbers[which]);
}

TEST_CASE("any octet of a MESSAGE changed ends the conversation, and nothing of it is heard") {
    for (std::size_t in_body = 0; in_body < 38; ++in_body) {
        curve_talk talk;
        talk.shake_hands();
        auto frame = talk.sealed({"12345"});
        frame[2 + in_body] ^= std::byte{0x10};
        talk.server.hear(frame);
        CAPTURE(in_body);
        check_closed(talk.server, in_body < 8 ? protocol_error::malformed_command_message : crypto);
    }
}

TEST_CASE("a MESSAGE twice, again or out of turn ends the conversation") {
    curve_talk talk;
    talk.shake_hands();
    const auto one = talk.sealed({"one"}), two = talk.sealed({"two"});
    SECTION("twice") { talk.server.hear(one + one); }
    SECTION("again later") { talk.server.hear(one + two + one); }
    SECTION("out of turn") { talk.server.hear(two + one); }
    REQUIRE(talk.server.closed());
    CHECK(talk.server.reason().number == protocol_error::invalid_sequence);
    CHECK(talk.server.messages().size() <= 2);
}

TEST_CASE("a counter may leap forward, but only in a box that opens") {
    curve_talk talk;
    talk.shake_hands();
    (void)talk.sealed({"lost"});
    talk.server.hear(talk.sealed({"heard"}));
    CHECK(talk.server.messages() == std::vector<parts>{{"heard"}});
    auto forged = talk.sealed({"x"});
    std::fill_n(forged.begin() + 10, 8, std::byte{0xff});
    talk.server.hear(forged);
    REQUIRE(talk.server.closed());
    CHECK(talk.server.reason().number == crypto);
}

TEST_CASE("a side's own MESSAGE sent back to it does not open") {
    curve_talk talk;
    talk.shake_hands();
    talk.client.hear(talk.sealed({"mirror"}));
    check_closed(talk.client, crypto);
}
