#include "conversations.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

/// The properties a message of that conversation would carry.
struct carried {
    explicit carried(listening_side& us) : properties_(us.talk().make_properties()) {}
    ~carried() { properties_->release(); }
    carried(const carried&) = delete;
    carried& operator=(const carried&) = delete;
    std::string operator[](std::string_view name) const {
        const auto* found = properties_->find(name);
        return found ? *found : "none";
    }

private:
    const properties* properties_;
};

session_settings from_somewhere(socket_type type) {
    auto made = settings_of(type);
    made.peer_address = "192.0.2.7";
    return made;
}

}  // namespace

TEST_CASE("a message can tell what its peer said of itself") {
    listening_side us(from_somewhere(socket_type::router));
    us.hear(
        signature() + wire("03") + rest_of_greeting() +
        ready("DEALER", property("Identity", "me") + property("X-Colour", "blue") + property("X-Empty", "")));
    const carried known(us);
    CHECK(known["Socket-Type"] == "DEALER");
    CHECK(known["Identity"] == "me");
    CHECK(known["Routing-Id"] == "me");
    CHECK(known["X-Colour"] == "blue");
    CHECK(known["X-Empty"].empty());
    CHECK(known["Peer-Address"] == "192.0.2.7");
    CHECK(known["X-Nothing"] == "none");
}

TEST_CASE("metadata names are compared without their case") {
    // RFC 37, Connection Metadata: "Metadata names SHALL be case-insensitive."
    listening_side us(settings_of(socket_type::router));
    us.hear(signature() + wire("03") + rest_of_greeting() +
            command("READY", property("SOCKET-type", "DEALER") + property("identity", "me")));
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().type == socket_type::dealer);
    CHECK(us.talk().peer().routing_id == "me");

    listening_side wrong(settings_of(socket_type::router));
    wrong.hear(signature() + wire("03") + rest_of_greeting() +
               command("READY", property("socket-type", "PUB")));
    CHECK(wrong.closed());

    // A name that only begins or ends alike is another name.
    listening_side other(settings_of(socket_type::router));
    other.hear(
        signature() + wire("03") + rest_of_greeting() +
        ready("DEALER", property("Identit", "a") + property("Identityx", "b") + property("X-Identity", "c")));
    CHECK(other.talk().peer().routing_id.empty());
}

TEST_CASE("a READY without a Socket-Type is a READY") {
    // RFC 37, Connection Metadata: "The sender SHOULD specify the Socket-Type", so it need not.
    listening_side us(from_somewhere(socket_type::pull));
    us.hear(signature() + wire("03") + rest_of_greeting() + command("READY") + wire("00 01 'x'"));
    CHECK(us.in_traffic());
    CHECK_FALSE(us.talk().peer().type);
    CHECK(us.messages() == std::vector<parts>{{"x"}});
    CHECK(carried(us)["Socket-Type"] == "none");
}

TEST_CASE("an Identity is only for those who may have one") {
    // RFC 37, The Identity Property: "For all other socket types, the Identity property shall be ignored."
    listening_side us(settings_of(socket_type::pull));
    us.hear(signature() + wire("03") + rest_of_greeting() +
            ready("PUSH", property("Identity", std::string("\0id", 3))));
    CHECK(us.in_traffic());
    CHECK(us.talk().peer().routing_id.empty());
}

TEST_CASE("a peer without a routing id has an empty one") {
    listening_side us(from_somewhere(socket_type::pull));
    us.hear(signature() + wire("03") + rest_of_greeting() + ready("PUSH"));
    const carried known(us);
    CHECK(known["Routing-Id"].empty());
    CHECK(known["Socket-Type"] == "PUSH");
}

TEST_CASE("a 2.0 peer's type and identity are known too") {
    listening_side us(from_somewhere(socket_type::router));
    us.hear(signature() + wire("01 05 00 02 'me'"));
    const carried known(us);
    CHECK(known["Socket-Type"] == "DEALER");
    CHECK(known["Identity"] == "me");
    CHECK(known["Peer-Address"] == "192.0.2.7");
}

TEST_CASE("a 1.0 peer does not say its type") {
    listening_side us(from_somewhere(socket_type::router));
    us.hear(wire("03 00 'me'"));
    CHECK_FALSE(us.talk().peer().type);
    const carried known(us);
    CHECK(known["Socket-Type"] == "none");
    CHECK(known["Identity"] == "me");
}

TEST_CASE("a raw peer has only an address") {
    auto ours = from_somewhere(socket_type::stream);
    ours.raw = true;
    listening_side us(ours);
    const carried known(us);
    CHECK(known["Peer-Address"] == "192.0.2.7");
    CHECK(known["Socket-Type"] == "none");
}

TEST_CASE("our own metadata follows what READY must say") {
    auto ours = settings_of(socket_type::pull);
    ours.self.metadata = {{"X-Colour", "blue"}, {"X-Empty", ""}};
    listening_side us(ours);
    us.hear(signature() + wire("03") + rest_of_greeting());
    CHECK(hex(us.said()) == hex(signature() + wire("03") + rest_of_greeting() +
                                ready("PULL", property("X-Colour", "blue") + property("X-Empty", ""))));
}

TEST_CASE("only REQ, DEALER and ROUTER announce an Identity") {
    for (int number = 0; number < socket_type_count; ++number) {
        const auto type = static_cast<socket_type>(number);
        listening_side us(settings_of(type, "me"));
        us.hear(signature() + wire("03") + rest_of_greeting());
        const bool named =
            type == socket_type::req || type == socket_type::dealer || type == socket_type::router;
        CAPTURE(name_of(type));
        const auto said = std::string(as_text(us.said()));
        CHECK((said.find("Identity") != said.npos) == named);
    }
}

TEST_CASE("our greeting waits for the peer's, as a 1.0 peer needs it") {
    listening_side us(settings_of(socket_type::pull));
    CHECK(hex(us.said()) == hex(signature()));
    us.hear(wire("ff 00*7 01"));
    CHECK(hex(us.said()) == hex(signature()));
    us.hear(wire("7f"));
    CHECK(hex(us.said()) == hex(signature() + wire("03")));
    us.hear(wire("03"));
    CHECK(hex(us.said()) == hex(signature() + wire("03") + rest_of_greeting()));
    CHECK(us.talk().state() == session::phase::awaiting_greeting);
    us.hear(rest_of_greeting());
    CHECK(us.talk().state() == session::phase::handshaking);
}

TEST_CASE("the peer's first traffic may follow its READY at once") {
    listening_side us(settings_of(socket_type::pull));
    us.hear(signature() + wire("03") + rest_of_greeting() + ready("PUSH") + wire("00 01 'x'"));
    CHECK(us.messages() == std::vector<parts>{{"x"}});
}

TEST_CASE("two of our own sessions reach traffic, whatever is lost in between is time") {
    listening_side one(settings_of(socket_type::dealer, "one"));
    listening_side two(settings_of(socket_type::router, "two"));
    std::size_t heard_by_two = 0;
    std::size_t heard_by_one = 0;
    for (int turn = 0; turn < 1000 && !(one.in_traffic() && two.in_traffic()); ++turn) {
        const auto& from_one = one.said();
        if (heard_by_two < from_one.size()) two.hear({from_one[heard_by_two++]});
        const auto& from_two = two.said();
        if (heard_by_one < from_two.size()) one.hear({from_two[heard_by_one++]});
    }
    CHECK(one.in_traffic());
    CHECK(two.in_traffic());
    CHECK(one.talk().peer().routing_id == "two");
    CHECK(two.talk().peer().routing_id == "one");
}
