#pragma once

#include "script.hpp"

namespace zither::zmtp::test {

/// The ten octets that open a conversation, as libzmq and we send them without a routing id.
inline octets signature() { return wire("ff 00*7 01 7f"); }

/// A greeting behind its major version.
inline octets rest_of_greeting(const char* minor = "01", const char* mechanism = "'NULL' 00*16") {
    return wire(minor) + wire(mechanism) + wire("00 00*31");
}

inline octets property(const std::string& name, const std::string& value) {
    return octets{static_cast<std::byte>(name.size())} + text(name) + wire("00 00 00") +
           octets{static_cast<std::byte>(value.size())} + text(value);
}

/// A command frame of short form.
inline octets command(const std::string& name, const octets& data = {}) {
    const auto size = 1 + name.size() + data.size();
    REQUIRE(size <= 255);
    return octets{std::byte{4}, static_cast<std::byte>(size), static_cast<std::byte>(name.size())} +
           text(name) + data;
}

inline octets ready(const std::string& type, const octets& more = {}) {
    return command("READY", property("Socket-Type", type) + more);
}

/// The type's name and, for the three that have one, the routing id.
inline octets our_ready(const handshake_settings& self) {
    const bool named =
        self.type == socket_type::req || self.type == socket_type::dealer || self.type == socket_type::router;
    return ready(std::string(name_of(self.type)), named ? property("Identity", self.routing_id) : octets{});
}

inline session_settings settings_of(socket_type type, std::string routing_id = {}) {
    session_settings made;
    made.self.type = type;
    made.self.routing_id = std::move(routing_id);
    return made;
}

inline octets our_signature(const session_settings& ours) {
    return wire("ff 00*7") + octets{static_cast<std::byte>(ours.self.routing_id.size() + 1)} + wire("7f");
}

/// The lines of a 3.x handshake: each side's next octets wait for the other's, as RFC 37 has it.
inline std::vector<line> handshake_3(const session_settings& ours, const octets& their_ready,
                                     const char* their_minor = "01") {
    return {{{}, our_signature(ours)},
            {signature(), wire("03")},
            {wire("03"), rest_of_greeting()},
            {rest_of_greeting(their_minor), our_ready(ours.self)},
            {their_ready, {}}};
}

inline octets long_frame(const char* flags, std::size_t size, std::uint8_t filling) {
    octets made = wire(flags);
    for (int shift = 56; shift >= 0; shift -= 8) made.push_back(static_cast<std::byte>(size >> shift & 0xff));
    return made + repeat(size, filling);
}

/// Messages in the framing of 2.0 and later, and what they say.
inline const std::pair<octets, std::vector<parts>>& some_messages() {
    static const std::pair<octets, std::vector<parts>> made{
        wire("00 05 'hello' 00 00 01 03 'one' 01 00 00 05 'three' 02 00*7 04 'wide'") +
            long_frame("03", 256, 'a') + long_frame("02", 300, 'b') + wire("00 ff") + repeat(255, 'c'),
        {{"hello"},
         {""},
         {"one", "", "three"},
         {"wide"},
         {std::string(256, 'a'), std::string(300, 'b')},
         {std::string(255, 'c')}}};
    return made;
}

inline conversation in_3_1(std::string name, session_settings ours, const octets& their_ready) {
    auto lines = handshake_3(ours, their_ready);
    return {.name = std::move(name), .settings = std::move(ours), .lines = std::move(lines)};
}

inline std::vector<conversation> conversations_3() {
    std::vector<conversation> all;
    const auto& [framed, said] = some_messages();

    all.push_back(in_3_1("3.1 PULL from PUSH", settings_of(socket_type::pull), ready("PUSH")));
    all.back().lines.push_back({framed, {}});
    all.back().messages = said;

    all.push_back(in_3_1("3.1 PUSH to PULL", settings_of(socket_type::push), ready("PULL")));

    all.push_back(in_3_1("3.1 XPUB with SUB", settings_of(socket_type::xpub), ready("SUB")));
    all.back().lines.push_back({wire("04 0b 09 'SUBSCRIBE' 'A' 04 0a 09 'SUBSCRIBE'"), {}});
    all.back().lines.push_back({wire("04 08 06 'CANCEL' 'A'"), {}});
    all.back().lines.push_back({wire("06 00*7 0c 09 'SUBSCRIBE' 'BC' 00 02 01 'D'"), {}});
    all.back().subscriptions = {"+A", "+", "-A", "+BC"};
    all.back().messages = {{"\1D"}};

    all.push_back(in_3_1("3.1 SUB with XPUB", settings_of(socket_type::sub), ready("XPUB")));
    all.back().lines.push_back({wire("01 05 'topic' 00 04 'news'"), {}});
    all.back().messages = {{"topic", "news"}};

    all.push_back(in_3_1("3.1 DEALER with ROUTER", settings_of(socket_type::dealer, "me"),
                         ready("ROUTER", property("Identity", ""))));
    all.back().lines.push_back({command("PING", wire("00 05")), command("PONG")});
    all.back().lines.push_back(
        {command("PING", wire("00 00 'context of it 16'")), command("PONG", text("context of it 16"))});
    all.back().lines.push_back({command("PONG") + wire("00 05 'reply'"), {}});
    all.back().messages = {{"reply"}};

    all.push_back(in_3_1("3.1 ROUTER with DEALER", settings_of(socket_type::router),
                         ready("DEALER", property("Identity", "me") + property("X-Colour", "blue"))));
    all.back().routing_id = "me";
    all.back().lines.push_back({wire("01 00 00 01 'x'") + command("FUTURE", text("what")), {}});
    all.back().lines.push_back(
        {command("JOIN", text("g")) + command("LEAVE", text("g")) + wire("00 01 'y'"), {}});
    all.back().messages = {{"", "x"}, {"y"}};

    all.push_back(in_3_1("3.1 REQ with REP", settings_of(socket_type::req), ready("REP")));
    all.back().lines.push_back({wire("01 00 00 02 'ok'"), {}});
    all.back().messages = {{"", "ok"}};

    all.push_back(in_3_1("3.1 RADIO with DISH", settings_of(socket_type::radio), ready("DISH")));
    all.back().lines.push_back({command("JOIN", text("TV")) + command("JOIN"), {}});
    all.back().lines.push_back({command("SUBSCRIBE", text("A")) + command("LEAVE", text("TV")), {}});
    all.back().subscriptions = {"+TV", "+", "-TV"};

    all.push_back(in_3_1("3.1 DISH with RADIO", settings_of(socket_type::dish), ready("RADIO")));
    all.back().lines.push_back({wire("01 02 'TV' 00 07 'Friends'"), {}});
    all.back().messages = {{"TV", "Friends"}};

    all.push_back(
        {.name = "3.0 PULL from PUSH", .settings = settings_of(socket_type::pull), .speaks = version::v3_0});
    all.back().lines = handshake_3(all.back().settings, ready("PUSH"), "00");
    all.back().lines.push_back({framed, {}});
    all.back().messages = said;

    all.push_back(
        {.name = "3.0 XPUB with SUB", .settings = settings_of(socket_type::xpub), .speaks = version::v3_0});
    all.back().lines = handshake_3(all.back().settings, ready("SUB"), "00");
    all.back().lines.push_back({wire("00 02 01 'A' 00 02 00 'A' 00 01 01"), {}});
    all.back().messages = {{"\1A"}, {std::string("\0A", 2)}, {"\1"}};

    all.push_back({.name = "3.2 PAIR", .settings = settings_of(socket_type::pair), .speaks = version::v3_1});
    all.back().lines = handshake_3(all.back().settings, ready("PAIR"), "02");
    all.back().lines.push_back({wire("00 01 'x'"), {}});
    all.back().messages = {{"x"}};

    // RFC 37: higher versions MUST be accepted, and are talked to in our own.
    all.push_back({.name = "4.0 PAIR", .settings = settings_of(socket_type::pair), .speaks = version::v3_1});
    all.back().lines = handshake_3(all.back().settings, ready("PAIR"), "00");
    all.back().lines[2].peer = wire("04");
    all.back().lines.push_back({wire("00 01 'x'"), {}});
    all.back().messages = {{"x"}};
    return all;
}

inline std::vector<conversation> conversations_2() {
    std::vector<conversation> all;
    const auto& [framed, said] = some_messages();

    all.push_back(
        {.name = "2.0 PULL from PUSH", .settings = settings_of(socket_type::pull), .speaks = version::v2_0});
    all.back().lines = {{{}, signature()},
                        {signature(), wire("03")},
                        {wire("01 08"), wire("07 00 00")},
                        {wire("00 00"), {}},
                        {framed, {}}};
    all.back().messages = said;

    // RFC 15's own signature has a padding of zeros; revision 2 is 2.0 as well (RFC 37).
    all.push_back({.name = "2.0 DEALER with ROUTER",
                   .settings = settings_of(socket_type::dealer, "me"),
                   .speaks = version::v2_0,
                   .routing_id = "you"});
    all.back().lines = {{{}, wire("ff 00*7 03 7f")},
                        {wire("ff 00*8 7f"), wire("03")},
                        {wire("02 06"), wire("05 00 02 'me'")},
                        {wire("00 03 'you'"), {}},
                        {wire("01 00 00 01 'x'"), {}}};
    all.back().messages = {{"", "x"}};

    // RFC 15: XPUB and XSUB are PUB and SUB on the wire.
    all.push_back(
        {.name = "2.0 XPUB with SUB", .settings = settings_of(socket_type::xpub), .speaks = version::v2_0});
    all.back().lines = {{{}, signature()},
                        {signature(), wire("03")},
                        {wire("01 02"), wire("01 00 00")},
                        {wire("00 00"), {}},
                        {wire("00 01 01"), {}}};
    all.back().messages = {{"\1"}};

    all.push_back(
        {.name = "2.0 XSUB with PUB", .settings = settings_of(socket_type::xsub), .speaks = version::v2_0});
    all.back().lines = {{{}, signature()},
                        {signature(), wire("03")},
                        {wire("01 01"), wire("02 00 00")},
                        {wire("00 00"), {}},
                        {wire("00 01 'x'"), {}}};
    all.back().messages = {{"x"}};

    all.push_back(
        {.name = "2.0 PUB with SUB", .settings = settings_of(socket_type::pub), .speaks = version::v2_0});
    all.back().lines = {{{}, signature()},
                        {signature(), wire("03")},
                        {wire("01 02"), wire("01 00 00")},
                        {wire("00 00"), {}},
                        {wire("00 02 01 'A' 00 02 00 'A'"), {}}};
    all.back().messages = {{"\1A"}, {std::string("\0A", 2)}};
    return all;
}

/// Messages in the framing of 1.0: the length counts the flags octet.
inline std::pair<octets, std::vector<parts>> some_old_messages() {
    return {
        wire("06 00 'hello' 01 00 04 01 'one' 01 01 06 00 'three' ff 00*7 05 00 'wide' 06 fe 'taboo' fe 00") +
            repeat(253, 'a') + wire("ff 00*7 ff 01") + repeat(254, 'b') + wire("ff 00*6 01 00 00") +
            repeat(255, 'c') + wire("ff 00*6 01 01 01") + repeat(256, 'd') + wire("ff 00*6 01 2d 00") +
            repeat(300, 'e'),
        {{"hello"},
         {""},
         {"one", "", "three"},
         {"wide"},
         {"taboo"},
         {std::string(253, 'a')},
         {std::string(254, 'b'), std::string(255, 'c')},
         {std::string(256, 'd'), std::string(300, 'e')}}};
}

inline std::vector<conversation> conversations_1() {
    std::vector<conversation> all;
    const auto [framed, said] = some_old_messages();

    all.push_back({.name = "1.0 PULL from an anonymous peer",
                   .settings = settings_of(socket_type::pull),
                   .speaks = version::v1_0});
    all.back().lines = {{{}, signature()}, {wire("01"), {}}, {wire("00"), {}}, {framed, {}}};
    all.back().messages = said;

    // RFC 13: lengths below 255 MAY be written in nine octets, an anonymous greeting's too.
    all.push_back({.name = "1.0 PULL from an anonymous peer of the long form",
                   .settings = settings_of(socket_type::pull),
                   .speaks = version::v1_0});
    all.back().lines = {{{}, signature()}, {wire("ff 00*7 01 00"), {}}, {wire("02 00 'x'"), {}}};
    all.back().messages = {{"x"}};

    all.push_back({.name = "1.0 DEALER with a peer of a name",
                   .settings = settings_of(socket_type::dealer, "me"),
                   .speaks = version::v1_0,
                   .routing_id = "peer1"});
    all.back().lines = {{{}, wire("ff 00*7 03 7f")},
                        {wire("06"), text("me")},
                        {wire("00 'peer1'"), {}},
                        {wire("02 01 'x' 02 00 'y'"), {}}};
    all.back().messages = {{"x", "y"}};

    // RFC 37: a tenth octet without its lowest bit is the flags of a long identity frame.
    all.push_back({.name = "1.0 PUSH with a name of the long form",
                   .settings = settings_of(socket_type::push, "me"),
                   .speaks = version::v1_0,
                   .routing_id = "peer1"});
    all.back().lines = {
        {{}, wire("ff 00*7 03 7f")}, {wire("ff 00*7 06 00"), text("me")}, {wire("'peer1'"), {}}};
    return all;
}

inline std::vector<conversation> conversations() {
    auto all = conversations_3();
    for (auto& each : conversations_2()) all.push_back(each);
    for (auto& each : conversations_1()) all.push_back(each);
    return all;
}

}  // namespace zither::zmtp::test
