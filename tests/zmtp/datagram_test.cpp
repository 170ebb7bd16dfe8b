#include "zither/zmtp/datagram.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace zither::zmtp;

TEST_CASE("a datagram is the size of its group's name, the name, and the body") {
    const auto plain = parse_grouped(as_bytes("\2TVFriends"));
    REQUIRE(plain);
    CHECK(as_text(plain->group) == "TV");
    CHECK(as_text(plain->body) == "Friends");

    const auto no_body = parse_grouped(as_bytes("\2TV"));
    REQUIRE(no_body);
    CHECK(as_text(no_body->group) == "TV");
    CHECK(no_body->body.empty());

    const auto ungrouped = std::string(1, '\0') + "x";
    const auto no_group = parse_grouped(as_bytes(ungrouped));
    REQUIRE(no_group);
    CHECK(no_group->group.empty());
    CHECK(as_text(no_group->body) == "x");

    const std::string longest(group_size_max, 'g');
    const auto large = '\xff' + longest + "b";
    const auto full = parse_grouped(as_bytes(large));
    REQUIRE(full);
    CHECK(as_text(full->group) == longest);
    CHECK(as_text(full->body) == "b");
}

TEST_CASE("a datagram that ends before its group does is no message") {
    CHECK_FALSE(parse_grouped({}));
    CHECK_FALSE(parse_grouped(as_bytes("\1")));
    CHECK_FALSE(parse_grouped(as_bytes("\3TV")));
    const auto cut = '\xff' + std::string(254, 'g');
    CHECK_FALSE(parse_grouped(as_bytes(cut)));
}

TEST_CASE("a message fits a datagram of 8192 octets, its group and one more included") {
    CHECK(fits_datagram(0, 0));
    CHECK(fits_datagram(0, 8191));
    CHECK_FALSE(fits_datagram(0, 8192));
    CHECK(fits_datagram(2, 8189));
    CHECK_FALSE(fits_datagram(2, 8190));
    CHECK(fits_datagram(255, 7936));
    CHECK_FALSE(fits_datagram(255, 7937));
    CHECK_FALSE(fits_datagram(256, 0));
    CHECK_FALSE(fits_datagram(0, static_cast<std::size_t>(-1)));
    CHECK_FALSE(fits_datagram(static_cast<std::size_t>(-1), 2));
}
