// ZAP 1.0 (RFC 27) without its sockets: the question's frames, the reply's checks in libzmq's order, and who
// has to be asked.
#include "conversations.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

const parts good{"", "1.0", "7", "200", "OK", "user", std::string("\1a\0\0\0\1b", 7)};

protocol_error fault_of(const parts& frames) { return zap_reply::parse(frames, "7").broken; }
parts with(std::size_t index, std::string value, parts in = good) {
    in[index] = std::move(value);
    return in;
}

}  // namespace

TEST_CASE("a question is RFC 27's frames in order") {
    const zap_request asked{"domain", "127.0.0.1", "id", "PLAIN", {"name", "word"}};
    CHECK(asked.frames("7") ==
          std::vector<secret_text>{"", "1.0", "7", "domain", "127.0.0.1", "id", "PLAIN", "name", "word"});
    CHECK(zap_request{"", "", "", "NULL", {}}.frames("1") ==
          std::vector<secret_text>{"", "1.0", "1", "", "", "", "NULL"});
}

TEST_CASE("a reply of 200 has a user and what is said of him") {
    const auto reply = zap_reply::parse(good, "7");
    CHECK(reply.broken == protocol_error::none);
    CHECK(reply.status == 200);
    CHECK(reply.text == "OK");
    CHECK(reply.user_id == "user");
    CHECK(reply.metadata == std::vector<properties::entry>{{"a", "b"}});
}

TEST_CASE("of a denied peer nothing is believed but the status") {
    const auto* status = GENERATE("300", "400", "500");
    const auto reply = zap_reply::parse(with(3, status), "7");
    CHECK(reply.broken == protocol_error::none);
    CHECK(std::to_string(reply.status) == status);
    CHECK(reply.user_id.empty());
    CHECK(reply.metadata.empty());
}

TEST_CASE("a reply is checked frame by frame, and the first fault counts") {
    CHECK(fault_of({}) == protocol_error::zap_malformed_reply);
    for (std::size_t count = 0; count < 7; ++count)
        CHECK(fault_of({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(count)}) ==
              protocol_error::zap_malformed_reply);
    auto longer = good;
    longer.emplace_back();
    CHECK(fault_of(longer) == protocol_error::zap_malformed_reply);
    // From the last frame to the first: each fault hides those behind it.
    auto frames = with(6, "\1");
    CHECK(fault_of(frames) == protocol_error::zap_invalid_metadata);
    for (const auto* status : {"", "2", "20", "2000", "201", "100", "600", "OK!", " 200"})
        CHECK(fault_of(with(3, status, frames)) == protocol_error::zap_invalid_status_code);
    frames = with(3, "999", frames);
    for (const auto* id : {"", "8", "77", "7 "})
        CHECK(fault_of(with(2, id, frames)) == protocol_error::zap_bad_request_id);
    frames = with(2, "8", frames);
    for (const auto* version : {"", "1", "1.1", "1.00", "2.0"})
        CHECK(fault_of(with(1, version, frames)) == protocol_error::zap_bad_version);
    frames = with(1, "1.1", frames);
    CHECK(fault_of(with(0, "x", frames)) == protocol_error::zap_malformed_reply);
}

TEST_CASE("a broken reply has no status") {
    const std::size_t index = GENERATE(0U, 1U, 2U, 3U, 6U);
    CHECK(zap_reply::parse(with(index, "\1"), "7").status == 0);
}

TEST_CASE("metadata that is cut, nameless or too long is refused") {
    const auto broken =
        GENERATE(std::string("\1a\0\0", 4), std::string("\1a\0\0\0\2b", 7), std::string("\0\0\0\0\0", 5),
                 std::string("\1a\xff\xff\xff\xff", 6), std::string("\xff"));
    CHECK(fault_of(with(6, broken)) == protocol_error::zap_invalid_metadata);
    // A status that denies is no excuse.
    CHECK(fault_of(with(6, broken, with(3, "400"))) == protocol_error::zap_invalid_metadata);
}

TEST_CASE("who is asked about, and who comes in when nobody can be") {
    using kind = security_settings::kind;
    struct row {
        kind mechanism;
        bool server;
        const char* domain;
        bool enforced, asks, open;
    };
    const row rows[] = {
        {kind::null, false, "", false, false, true},   {kind::null, false, "d", false, true, true},
        {kind::null, false, "d", true, true, false},   {kind::plain, true, "", false, true, false},
        {kind::plain, true, "d", false, true, false},  {kind::plain, true, "", true, true, false},
        {kind::plain, false, "d", true, false, false}, {kind::curve, true, "", false, true, true},
        {kind::curve, true, "", true, false, true},    {kind::curve, true, "d", false, true, true},
        {kind::curve, true, "d", true, true, false},   {kind::curve, false, "d", true, false, false},
    };
    for (const auto& each : rows) {
        security_settings made;
        made.mechanism = each.mechanism;
        made.as_server = each.server;
        made.zap_domain = each.domain;
        made.zap_enforce_domain = each.enforced;
        CAPTURE(made.name(), each.server, each.domain, each.enforced);
        CHECK(made.asks() == each.asks);
        CHECK(made.open_without_handler() == each.open);
        CHECK(made.refuses_old_peers() == (each.mechanism != kind::null || each.asks));
    }
}

TEST_CASE("a NULL server with a domain says READY when its handler has, and refuses old peers") {
    auto settings = settings_of(socket_type::pull);
    security_settings asking;
    asking.zap_domain = "d";
    settings.self.security = std::make_shared<security_settings>(asking);
    listening_side us(settings);
    SECTION("3.1") {
        us.hear(signature() + wire("03") + rest_of_greeting());
        REQUIRE(us.talk().asking());
        CHECK(us.said().size() == 64);
        CHECK(us.talk().request().credentials.empty());
        us.talk().answer(zap_reply::parse(good, "7"), dawn);
        CHECK(hex(us.said()).ends_with(hex(ready("PULL"))));
        us.hear(ready("PUSH"));
        CHECK(us.in_traffic());
    }
    SECTION("1.0") {
        us.hear(wire("01 00"));
        CHECK(us.reason().number == protocol_error::mechanism_mismatch);
    }
    SECTION("2.0") {
        us.hear(signature() + wire("01 08 00 00"));
        CHECK(us.reason().number == protocol_error::mechanism_mismatch);
    }
}
