#include "octets.hpp"

#include "zither/zmtp/z85.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace zither::zmtp;
using namespace zither::zmtp::test;

TEST_CASE("the vector of RFC 32 is HelloWorld") {
    const auto data = wire("86 4f d2 6f b5 59 f7 5b");
    CHECK(z85_encode(data) == "HelloWorld");
    const auto decoded = z85_decode("HelloWorld");
    REQUIRE(decoded);
    CHECK(hex(*decoded) == hex(data));
}

TEST_CASE("a key of the RFC 26 test vectors decodes and encodes") {
    const auto data = wire(
        "8e 0b dd 69 76 28 b9 1d 8f 24 55 87 ee 95 c5 b0 4d 48 96 3f 79 25 98 77 b4 9c d9 06 3a ea "
        "d3 b7");
    const auto text = z85_encode(data);
    REQUIRE(text);
    CHECK(*text == "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
    const auto decoded = z85_decode(*text);
    REQUIRE(decoded);
    CHECK(hex(*decoded) == hex(data));
}

TEST_CASE("a 32-octet key is 40 characters") {
    const auto text = z85_encode(repeat(32, 0));
    REQUIRE(text);
    CHECK(*text == std::string(40, '0'));
}

TEST_CASE("the largest group is the last that decodes") {
    CHECK(z85_encode(repeat(4, 0xff)) == "%nSc0");
    const auto largest = z85_decode("%nSc0");
    REQUIRE(largest);
    CHECK(hex(*largest) == hex(repeat(4, 0xff)));
    CHECK_FALSE(z85_decode("%nSc1"));
    CHECK_FALSE(z85_decode("#####"));
}

TEST_CASE("nothing encodes to nothing") {
    CHECK(z85_encode({}) == "");
    const auto decoded = z85_decode("");
    REQUIRE(decoded);
    CHECK(decoded->empty());
}

TEST_CASE("sizes that make no whole groups are refused") {
    for (const auto size : {1U, 2U, 3U, 5U, 6U, 7U, 31U, 33U}) CHECK_FALSE(z85_encode(repeat(size, 1)));
    for (const auto size : {1U, 2U, 3U, 4U, 6U, 39U, 41U}) CHECK_FALSE(z85_decode(std::string(size, '0')));
}

TEST_CASE("characters outside the alphabet are refused") {
    for (const char foreign :
         {' ', '"', '\'', ',', ';', '\\', '_', '`', '|', '~', '\0', '\n', '\x7f', '\xff'}) {
        CAPTURE(static_cast<int>(foreign));
        for (std::size_t place = 0; place < 5; ++place) {
            std::string group = "00000";
            group[place] = foreign;
            CHECK_FALSE(z85_decode(group));
        }
    }
}

TEST_CASE("random octets read back as they were") {
    const std::uint32_t seed = 85;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 200; ++round) {
        octets data(4 * (random() % 16));
        for (auto& each : data) each = static_cast<std::byte>(random());
        const auto text = z85_encode(data);
        REQUIRE(text);
        CHECK(text->size() == data.size() / 4 * 5);
        const auto decoded = z85_decode(*text);
        REQUIRE(decoded);
        CHECK(hex(*decoded) == hex(data));
    }
}
