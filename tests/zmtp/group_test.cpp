#include "zither/zmtp/message.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace zither::zmtp;

TEST_CASE("a message has no group until it is given one") {
    message part("x");
    CHECK(std::string(part.group()).empty());
    CHECK(part.set_group("TV"));
    CHECK(std::string(part.group()) == "TV");
    CHECK(part.set_group("Movies"));
    CHECK(std::string(part.group()) == "Movies");
    CHECK(part.set_group(""));
    CHECK(part.shared_group() == nullptr);
}

TEST_CASE("a group has at most 255 octets") {
    message part;
    const std::string longest(255, 'g');
    CHECK(part.set_group(longest));
    CHECK(part.group() == longest);
    CHECK_FALSE(part.set_group(longest + "g"));
    CHECK(part.group() == longest);
}

TEST_CASE("moves and twins keep the group, and its name lives as long as they") {
    message first("x");
    REQUIRE(first.set_group("TV"));
    auto twin = first.share();
    const message moved = std::move(first);
    CHECK(std::string(moved.group()) == "TV");
    CHECK(std::string(first.group()).empty());
    CHECK(twin.shared_group() == moved.shared_group());
    twin = message();
    CHECK(std::string(moved.group()) == "TV");
}
