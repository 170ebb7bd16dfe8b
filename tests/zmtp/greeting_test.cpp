#include "octets.hpp"

#include "zither/zmtp/greeting.hpp"

#include <catch2/catch.hpp>

using namespace zither::zmtp;
using namespace zither::zmtp::test;

TEST_CASE("the signature's padding is the routing id's length plus one") {
    // RFC 37, Detecting ZMTP 1.0 and 2.0 Peers; measured with libzmq 4.3.4.
    CHECK(hex(make_signature(0)) == hex(wire("ff 00*7 01 7f")));
    CHECK(hex(make_signature(2)) == hex(wire("ff 00*7 03 7f")));
    CHECK(hex(make_signature(255)) == hex(wire("ff 00*6 01 00 7f")));
}

TEST_CASE("ten octets are a signature whatever their padding says") {
    // RFC 37: a peer MUST NOT validate the padding nor interpret it.
    CHECK(is_signature(wire("ff 00*8 7f")));
    CHECK(is_signature(wire("ff ff*8 7f")));
    CHECK(is_signature(wire("ff 00*7 01 7f")));
    // RFC 37: the least significant bit of the tenth octet decides.
    CHECK(is_signature(wire("ff 00*8 01")));
    CHECK_FALSE(is_signature(wire("ff 00*7 05 00")));
    CHECK_FALSE(is_signature(wire("ff 00*7 05 7e")));
    CHECK_FALSE(is_signature(wire("01 00*8 7f")));
}

TEST_CASE("a greeting's fields are read from their places") {
    const auto octets = wire("ff 00*8 7f 03 01 'CURVE' 00*15 01 00*31");
    REQUIRE(octets.size() == greeting_size);
    const auto greeting = parse_greeting(octets);
    REQUIRE(greeting);
    CHECK(greeting->major == 3);
    CHECK(greeting->minor == 1);
    CHECK(greeting->mechanism == "CURVE");
    CHECK(greeting->as_server);
}

TEST_CASE("a client's greeting has no as-server") {
    const auto octets = wire("ff 00*8 7f 03 00 'NULL' 00*16 00 00*31");
    const auto greeting = parse_greeting(octets);
    REQUIRE(greeting);
    CHECK(greeting->minor == 0);
    CHECK(greeting->mechanism == "NULL");
    CHECK_FALSE(greeting->as_server);
}

TEST_CASE("a mechanism's name may fill its twenty octets") {
    const auto octets = wire("ff 00*8 7f 03 01 'ABCDEFGHIJKLMNOPQRST' 00*32");
    REQUIRE(octets.size() == greeting_size);
    const auto greeting = parse_greeting(octets);
    REQUIRE(greeting);
    CHECK(greeting->mechanism == "ABCDEFGHIJKLMNOPQRST");
}

TEST_CASE("a mechanism's name ends with its padding") {
    CHECK_FALSE(parse_greeting(wire("ff 00*8 7f 03 01 'NULL' 00 'X' 00*14 00*32")));
    CHECK_FALSE(parse_greeting(wire("ff 00*8 7f 03 01 'NULL' 00*15 'X' 00*32")));
    CHECK_FALSE(parse_greeting(wire("ff 00*8 7f 03 01 00 'NULL' 00*15 00*32")));
}

TEST_CASE("an empty mechanism is no mechanism's name") {
    const auto octets = wire("ff 00*8 7f 03 01 00*52");
    const auto greeting = parse_greeting(octets);
    CHECK((!greeting || greeting->mechanism.empty()));
}

TEST_CASE("a filler that is not zero changes nothing") {
    const auto octets = wire("ff 00*8 7f 03 01 'NULL' 00*16 00 ff*31");
    const auto greeting = parse_greeting(octets);
    REQUIRE(greeting);
    CHECK(greeting->mechanism == "NULL");
    CHECK_FALSE(greeting->as_server);
}
