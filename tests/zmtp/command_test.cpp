#include "octets.hpp"

#include "zither/zmtp/command.hpp"

#include <catch2/catch.hpp>

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

octets frame_of(std::string_view name, const octets& data) {
    octets made;
    append_command(made, name, data);
    return made;
}

}  // namespace

TEST_CASE("each command of RFC 37 is written as its grammar has it") {
    CHECK(hex(frame_of("READY", {})) == hex(wire("04 06 05 'READY'")));
    CHECK(hex(frame_of("ERROR", wire("03 'bad'"))) == hex(wire("04 0a 05 'ERROR' 03 'bad'")));
    CHECK(hex(frame_of("SUBSCRIBE", text("A"))) == hex(wire("04 0b 09 'SUBSCRIBE' 'A'")));
    CHECK(hex(frame_of("CANCEL", text("A"))) == hex(wire("04 08 06 'CANCEL' 'A'")));
    CHECK(hex(frame_of("PING", wire("00 05"))) == hex(wire("04 07 04 'PING' 00 05")));
    CHECK(hex(frame_of("PONG", {})) == hex(wire("04 05 04 'PONG'")));
    CHECK(hex(frame_of("JOIN", text("group"))) == hex(wire("04 0a 04 'JOIN' 'group'")));
    CHECK(hex(frame_of("LEAVE", text("group"))) == hex(wire("04 0b 05 'LEAVE' 'group'")));
}

TEST_CASE("a command frame turns long by the size of name and data together") {
    // libzmq decides this before it adds the name; a topic of 246 octets then breaks the stream.
    const octets topic(245, std::byte{'t'});
    CHECK(hex(frame_of("SUBSCRIBE", topic)) == hex(wire("04 ff 09 'SUBSCRIBE'") + topic));
    const octets longer(246, std::byte{'t'});
    CHECK(hex(frame_of("SUBSCRIBE", longer)) == hex(wire("06 00*6 01 00 09 'SUBSCRIBE'") + longer));
    const octets longest(255, std::byte{'t'});
    CHECK(hex(frame_of("SUBSCRIBE", longest)) == hex(wire("06 00*6 01 09 09 'SUBSCRIBE'") + longest));
}

TEST_CASE("commands are appended behind what is there") {
    octets made = wire("aa");
    append_command(made, "PONG", {});
    append_command(made, "PONG", text("c"));
    CHECK(hex(made) == hex(wire("aa 04 05 04 'PONG' 04 06 04 'PONG' 'c'")));
}

TEST_CASE("a command's body is its name and the rest") {
    const auto name =
        GENERATE(as<std::string>(), "READY", "ERROR", "SUBSCRIBE", "CANCEL", "PING", "PONG", "JOIN", "LEAVE");
    const auto data = GENERATE(octets{}, wire("00 05 'context'"), octets(300, std::byte{1}));
    const auto body = octets{static_cast<std::byte>(name.size())} + text(name) + data;
    const auto command = parse_command(body);
    REQUIRE(command);
    CHECK(command->name == name);
    CHECK(hex(command->data) == hex(data));
}

TEST_CASE("a command's name may have 255 octets") {
    const std::string name(255, 'N');
    const auto body = wire("ff") + text(name) + text("data");
    const auto command = parse_command(body);
    REQUIRE(command);
    CHECK(command->name == name);
    CHECK(as_text(command->data) == "data");
}

TEST_CASE("a command needs a name") {
    CHECK_FALSE(parse_command({}));
    CHECK_FALSE(parse_command(wire("00")));
    CHECK_FALSE(parse_command(wire("00 'READY'")));
}

TEST_CASE("a command whose name is cut short is malformed") {
    const auto body =
        GENERATE(wire("05 'READY'"), wire("09 'SUBSCRIBE'"), wire("04 'PING'"), wire("06 'CANCEL'"));
    for (std::size_t size = 0; size < body.size(); ++size)
        CHECK_FALSE(parse_command(bytes(body).first(size)));
    CHECK(parse_command(body));
}
