// JOIN and LEAVE (RFC 37, Commands), and who does not talk to whom.
#include "conversations.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;

TEST_CASE("a DISH's groups are commands, to peers of 3.0 too") {
    const auto* minor = GENERATE("00", "01");
    listening_side us(settings_of(socket_type::dish));
    us.hear(signature() + wire("03") + rest_of_greeting(minor) + ready("RADIO"));
    REQUIRE(us.in_traffic());
    const auto before = us.said().size();
    us.talk().subscribe(as_bytes("TV"), true);
    us.talk().subscribe(as_bytes("TV"), false);
    us.talk().subscribe({}, true);
    const auto& all = us.said();
    CHECK(hex({all.begin() + static_cast<std::ptrdiff_t>(before), all.end()}) ==
          hex(wire("04 07 04 'JOIN' 'TV' 04 08 05 'LEAVE' 'TV' 04 05 04 'JOIN'")));
}

TEST_CASE("the types of one part refuse peers that cannot know them") {
    for (int number = 12; number < socket_type_count; ++number) {
        const auto type = static_cast<socket_type>(number);
        if (!single_part(type)) continue;
        CAPTURE(name_of(type));
        for (const auto& greeting : {wire("01 00"), signature() + wire("01 08 00 00")}) {
            listening_side us(settings_of(type));
            us.hear(greeting);
            CHECK(us.closed());
            CHECK(us.reason().who == blame::incompatible);
        }
    }
}

TEST_CASE("a 2.0 peer cannot be of a type that 2.0 did not have") {
    for (int number = 12; number < 22; ++number) {
        listening_side us(settings_of(socket_type::pull));
        us.hear(signature() + wire("01") + octets{static_cast<std::byte>(number)} + wire("00 00"));
        CHECK(us.closed());
        CHECK(us.reason().who == blame::malformed);
    }
}
