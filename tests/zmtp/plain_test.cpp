// PLAIN (RFC 24), script by script, and the answers of ZAP's handler to both its sides and NULL's.
#include "conversations.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

using kind = security_settings::kind;

octets plain_greeted() { return signature() + wire("03") + rest_of_greeting("01", "'PLAIN' 00*15"); }
octets hello() { return command("HELLO", wire("05 'admin' 06 'secret'")); }

session_settings plain_side(bool server) {
    security_settings made;
    made.mechanism = kind::plain;
    made.as_server = server;
    made.username = "admin";
    made.password = "secret";
    auto settings = settings_of(server ? socket_type::pull : socket_type::push);
    settings.self.security = std::make_shared<security_settings>(made);
    return settings;
}

zap_reply allowing() {
    zap_reply made;
    made.status = 200;
    made.user_id = "user";
    return made;
}

/// A server that has heard both and was told to go on.
listening_side asked_server() {
    listening_side server(plain_side(true));
    server.hear(plain_greeted() + hello());
    REQUIRE(server.talk().asking());
    return server;
}

void check_closed(listening_side& side, protocol_error number) {
    REQUIRE(side.closed());
    check_named(side.reason());
    CHECK(side.reason().number == number);
    CHECK_FALSE(side.shook_hands());
}

}  // namespace

TEST_CASE("a PLAIN client says its name, then what it is, and listens") {
    listening_side client(plain_side(false));
    client.hear(plain_greeted());
    const auto greeting = signature() + wire("03") + rest_of_greeting("01", "'PLAIN' 00*15");
    CHECK(hex(client.said()) == hex(greeting + hello()));
    client.hear(command("WELCOME"));
    CHECK(hex(client.said()) ==
          hex(greeting + hello() + command("INITIATE", property("Socket-Type", "PUSH"))));
    CHECK_FALSE(client.in_traffic());
    client.hear(ready("PULL") + wire("00 02 'hi'"));
    CHECK(client.in_traffic());
    CHECK(client.messages() == std::vector<parts>{{"hi"}});
}

TEST_CASE("a PLAIN server asks what it was shown, and answers when it has heard") {
    auto server = asked_server();
    const auto request = server.talk().request();
    CHECK(request.mechanism == "PLAIN");
    CHECK(request.credentials == std::vector<secret_text>{"admin", "secret"});
    CHECK(server.said().size() == 64);
    server.talk().answer(allowing(), dawn);
    CHECK(hex(server.said()).ends_with(hex(command("WELCOME"))));
    server.hear(command("INITIATE", property("Socket-Type", "PUSH")));
    CHECK(server.in_traffic());
    CHECK(hex(server.said()).ends_with(hex(ready("PULL"))));
    CHECK(server.talk().peer().user_id == "user");
}

TEST_CASE("while its handler is asked a server takes one command and heeds none") {
    const auto initiate = command("INITIATE", property("Socket-Type", "PUSH"));
    const auto message = wire("00 02 'hi'");
    auto server = asked_server();
    server.hear({initiate.begin(), initiate.begin() + 5});
    server.hear({initiate.begin() + 5, initiate.end()});
    CHECK(server.talk().receive_handshake(message, dawn) == 0);
    CHECK(server.talk().asking());
    CHECK(server.said().size() == 64);
    server.talk().answer(allowing(), dawn);
    REQUIRE(server.in_traffic());
    const auto welcome = command("WELCOME"), answer = ready("PULL");
    auto both = welcome;
    both.insert(both.end(), answer.begin(), answer.end());
    CHECK(hex(server.said()).ends_with(hex(both)));
    server.hear(message);
    CHECK(server.messages() == std::vector<parts>{{"hi"}});
}

TEST_CASE("a server whose handler says nothing gives up in time") {
    auto server = asked_server();
    server.talk().tick(server.talk().next_deadline());
    REQUIRE(server.closed());
    CHECK(server.reason().who == blame::silent);
    server.talk().answer(allowing(), dawn);  // too late
    CHECK(server.closed());
    CHECK(server.said().size() == 64);
}

TEST_CASE("empty and longest names and passwords pass") {
    const std::size_t name = GENERATE(0U, 1U, 255U), password = GENERATE(0U, 1U, 255U);
    auto settings = plain_side(false);
    auto with = *settings.self.security;
    with.username.assign(name, 'n');
    with.password.assign(password, '\0');
    settings.self.security = std::make_shared<security_settings>(with);
    listening_side client(settings), server(plain_side(true));
    client.hear(plain_greeted());
    const auto& said = client.said();
    server.hear(plain_greeted());
    server.hear({said.begin() + 64, said.end()});
    REQUIRE(server.talk().asking());
    CHECK(server.talk().request().credentials ==
          std::vector<secret_text>{std::string_view(with.username), with.password});
}

TEST_CASE("a HELLO that is not a name and a password is malformed") {
    const auto* data =
        GENERATE("", "05", "05 'admin'", "05 'admin' 06", "05 'admin' 06 'secre'",
                 "05 'admin' 06 'secret' 00", "ff 'admin' 06 'secret'", "05 'admin' ff 'secret'");
    listening_side server(plain_side(true));
    server.hear(plain_greeted() + command("HELLO", wire(data)));
    check_closed(server, protocol_error::malformed_command_hello);
}

TEST_CASE("a WELCOME with something in it is malformed") {
    listening_side client(plain_side(false));
    client.hear(plain_greeted() + command("WELCOME", wire("00")));
    check_closed(client, protocol_error::malformed_command_welcome);
}

TEST_CASE("PLAIN's commands out of turn are unexpected") {
    const bool to_server = GENERATE(true, false);
    const auto* name = GENERATE("INITIATE", "READY", "PING", "SUBSCRIBE", "HELL", "hello");
    listening_side side(plain_side(to_server));
    side.hear(plain_greeted() + command(name));
    check_closed(side, protocol_error::unexpected_command);
}

TEST_CASE("a server is not answered for: HELLO after HELLO, READY for INITIATE, its own commands") {
    auto server = asked_server();
    server.talk().answer(allowing(), dawn);
    SECTION("HELLO again") { server.hear(hello()); }
    SECTION("READY") { server.hear(ready("PUSH")); }
    SECTION("WELCOME") { server.hear(command("WELCOME")); }
    SECTION("ERROR") { server.hear(command("ERROR", wire("03 '400'"))); }
    SECTION("libzmq's ERROR") { server.hear(wire("04 0a '^RROR' 03 '400' 00")); }
    REQUIRE(server.closed());
    CHECK(server.reason().who != blame::refused);
    CHECK(server.reason().status == 0);
    CHECK_FALSE(server.shook_hands());
}

TEST_CASE("a client hears ERROR, as the RFC spells it and as libzmq does") {
    const auto error = GENERATE(command("ERROR", wire("03 '400'")), wire("04 09 '^RROR' 03 '400'"));
    listening_side client(plain_side(false));
    client.hear(plain_greeted());
    if (GENERATE(false, true)) client.hear(command("WELCOME"));
    client.hear(error);
    REQUIRE(client.closed());
    CHECK(client.reason().who == blame::refused);
    CHECK(client.reason().status == 400);
}

TEST_CASE("an ERROR whose reason is cut is malformed") {
    const auto* data = GENERATE("", "01", "04 '400'");
    listening_side client(plain_side(false));
    client.hear(plain_greeted() + command("ERROR", wire(data)));
    check_closed(client, protocol_error::malformed_command_error);
}

TEST_CASE("a denied peer is told 400 and 500, never 300, and never why") {
    const int status = GENERATE(300, 400, 500);
    auto server = asked_server();
    zap_reply denial;
    denial.status = status;
    denial.text = "the account is closed";
    denial.user_id = "user";
    server.talk().answer(denial, dawn);
    REQUIRE(server.closed());
    CHECK(server.reason().who == blame::denied);
    CHECK(server.reason().status == status);
    const auto told = command("ERROR", text(std::string(1, '\3') + std::to_string(status)));
    CHECK(server.said().size() == 64 + (status == 300 ? 0 : told.size()));
    if (status != 300) CHECK(hex(server.said()).ends_with(hex(told)));
}

TEST_CASE("without a handler, or with a broken one, a PLAIN server lets nobody in") {
    auto server = asked_server();
    zap_reply none;
    if (GENERATE(false, true)) none.broken = protocol_error::zap_malformed_reply;
    server.talk().answer(none, dawn);
    REQUIRE(server.closed());
    CHECK(server.reason().who == blame::denied);
    CHECK(server.said().size() == 64);
}

TEST_CASE("a peer's own User-Id and Peer-Address are not believed") {
    auto server = asked_server();
    server.talk().answer(allowing(), dawn);
    server.hear(command("INITIATE", property("Socket-Type", "PUSH") + property("User-Id", "root") +
                                        property("Peer-Address", "10.0.0.1") + property("X-a", "b")));
    REQUIRE(server.in_traffic());
    const auto* known = server.talk().make_properties();
    CHECK(*known->find("User-Id") == "user");
    CHECK(known->find("Peer-Address") == nullptr);
    CHECK(*known->find("X-a") == "b");
    known->release();
}

TEST_CASE("with PLAIN on, old peers and other mechanisms are refused") {
    listening_side us(plain_side(GENERATE(false, true)));
    SECTION("1.0") { us.hear(wire("01 00")); }
    SECTION("2.0") { us.hear(signature() + wire("01 08 00 00")); }
    SECTION("NULL") { us.hear(signature() + wire("03") + rest_of_greeting()); }
    SECTION("CURVE") { us.hear(signature() + wire("03") + rest_of_greeting("01", "'CURVE' 00*15")); }
    check_closed(us, protocol_error::mechanism_mismatch);
    CHECK(hex(us.said()).find(hex(text("secret"))) == std::string::npos);
}
