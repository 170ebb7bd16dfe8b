#include "octets.hpp"

#include "zither/zmtp/metadata.hpp"

#include <catch2/catch.hpp>

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {
using entries = std::vector<properties::entry>;
}

TEST_CASE("a property is a name with one octet of length and a value with four") {
    octets made;
    append_property(made, "Socket-Type", "DEALER");
    CHECK(hex(made) == hex(wire("0b 'Socket-Type' 00 00 00 06 'DEALER'")));
    append_property(made, "Identity", "");
    CHECK(hex(made) == hex(wire("0b 'Socket-Type' 00 00 00 06 'DEALER' 08 'Identity' 00 00 00 00")));
}

TEST_CASE("a long value's length is in network order") {
    octets made;
    append_property(made, "X", std::string(0x0102, 'v'));
    CHECK(hex(bytes(made).first(6)) == hex(wire("01 'X' 00 00 01 02")));
    CHECK(made.size() == 6 + 0x0102);
}

TEST_CASE("properties are read in their order") {
    const auto found =
        parse_properties(wire("0b 'Socket-Type' 00 00 00 06 'ROUTER' 08 'Identity' 00 00 00 02 'me' "
                              "07 'X-Thing' 00 00 00 03 00 ff 00"));
    REQUIRE(found);
    CHECK(*found ==
          entries{{"Socket-Type", "ROUTER"}, {"Identity", "me"}, {"X-Thing", std::string("\0\xff\0", 3)}});
}

TEST_CASE("no properties and empty values are allowed") {
    const auto none = parse_properties({});
    REQUIRE(none);
    CHECK(none->empty());
    const auto empty = parse_properties(wire("01 'a' 00 00 00 00"));
    REQUIRE(empty);
    CHECK(*empty == entries{{"a", ""}});
}

TEST_CASE("a property without a name is malformed") {
    CHECK_FALSE(parse_properties(wire("00 00 00 00 00")));
    CHECK_FALSE(parse_properties(wire("00 00 00 00 03 'abc'")));
    CHECK_FALSE(parse_properties(wire("01 'a' 00 00 00 00 00")));
}

TEST_CASE("a name of 255 octets is the longest") {
    const std::string name(255, 'n');
    octets made;
    append_property(made, name, "v");
    CHECK(made[0] == std::byte{255});
    const auto found = parse_properties(made);
    REQUIRE(found);
    CHECK(*found == entries{{name, "v"}});
}

TEST_CASE("metadata cut anywhere but between properties is malformed") {
    const auto first = wire("0b 'Socket-Type' 00 00 00 03 'REQ'");
    const auto whole = first + wire("08 'Identity' 00 00 00 02 'me'");
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        CAPTURE(size);
        CHECK(parse_properties(cut).has_value() ==
              (size == 0 || size == first.size() || size == whole.size()));
    }
}

TEST_CASE("a value that claims more than there is is malformed") {
    CHECK_FALSE(parse_properties(wire("01 'a' 00 00 00 02 'v'")));
    CHECK_FALSE(parse_properties(wire("01 'a' ff ff ff ff 'v'")));
    CHECK_FALSE(parse_properties(wire("01 'a' 80 00 00 00")));
    CHECK_FALSE(parse_properties(wire("01 'a' 7f ff ff ff")));
    // Read in the other order this would be two octets.
    CHECK_FALSE(parse_properties(wire("01 'a' 02 00 00 00 'vv'")));
}

TEST_CASE("more properties than the limit are an attack") {
    octets made;
    for (std::size_t i = 0; i < property_count_max; ++i) append_property(made, "X-n", "");
    const auto found = parse_properties(made);
    REQUIRE(found);
    CHECK(found->size() == property_count_max);
    append_property(made, "X-n", "");
    CHECK_FALSE(parse_properties(made));
}
