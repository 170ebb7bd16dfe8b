// A CURVE server's list of clients, and its keys while they are rotated, in conversations.
#include "curve_talk.hpp"

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

struct listed_talk {
    curve_keys keys;
    std::shared_ptr<curve_allow_list> list = std::make_shared<curve_allow_list>();
    std::shared_ptr<curve_keyring> ring = std::make_shared<curve_keyring>(keys.server);

    security_settings server() const {
        auto made = keys.for_server();
        made.clients = list;
        return made;
    }
    /// By its keyring alone.
    security_settings rotating() const {
        auto made = keys.for_server();
        made.secret_key = key();
        made.server_keys = ring;
        return made;
    }
    security_settings client_of(const key_pair& pair) const {
        auto made = keys.for_client();
        made.server_key = pair.public_half;
        return made;
    }
};

}  // namespace

TEST_CASE("a listed client comes in, under its name or else its key") {
    const bool named = GENERATE(true, false);
    listed_talk of;
    of.list->add(of.keys.client.public_half, named ? "alice" : "");
    curve_talk talk(of.server(), of.keys.for_client());
    talk.shake_hands();
    REQUIRE(talk.server.talk().peer().user_id);
    CHECK(*talk.server.talk().peer().user_id == (named ? "alice" : of.keys.client.public_half.z85()));
}

TEST_CASE("a client that is not listed hears 400, as from a handler, and is not heard") {
    listed_talk of;
    of.list->add(key_pair::generate().public_half, "another");
    curve_talk talk(of.server(), of.keys.for_client());
    const auto answer = talk.ready();
    CHECK(hex(answer) == hex(command("ERROR", wire("03 '400'"))));
    REQUIRE(talk.server.closed());
    CHECK(talk.server.reason().who == blame::denied);
    CHECK(talk.server.reason().status == 400);
    CHECK_FALSE(talk.server.shook_hands());
    check_named(talk.server.reason());
    talk.client.hear(answer);
    REQUIRE(talk.client.closed());
    CHECK(talk.client.reason().who == blame::refused);
    CHECK(talk.client.reason().status == 400);
}

TEST_CASE("the list is asked at INITIATE: what it says then counts, and not before or after") {
    listed_talk of;
    curve_talk talk(of.server(), of.keys.for_client());
    const auto initiate = talk.initiate();
    of.list->add(of.keys.client.public_half, "just in time");
    talk.server.hear(initiate);
    REQUIRE(talk.server.in_traffic());
    CHECK(of.list->remove(of.keys.client.public_half));
    CHECK_FALSE(of.list->remove(of.keys.client.public_half));
    talk.client.hear(talk.from_server());
    talk.server.hear(talk.sealed({"still heard"}));
    CHECK(talk.server.messages() == std::vector<parts>{{"still heard"}});
    curve_talk again(of.server(), of.keys.for_client());
    again.server.hear(again.initiate());
    CHECK(again.server.closed());
}

TEST_CASE("a listed client is asked about, too, and the handler's word counts") {
    const bool welcome = GENERATE(true, false);
    listed_talk of;
    of.list->add(of.keys.client.public_half, "by list");
    auto server = of.server();
    server.zap_domain = "here";
    curve_talk talk(server, of.keys.for_client());
    talk.server.hear(talk.initiate());
    REQUIRE(talk.server.talk().asking());
    zap_reply reply;
    reply.status = welcome ? 200 : 400;
    reply.user_id = "by handler";
    talk.server.talk().answer(reply, dawn);
    CHECK((talk.server.talk().state() == session::phase::traffic) == welcome);
    if (welcome) CHECK(talk.server.talk().peer().user_id == "by handler");
}

TEST_CASE("a list of nobody lets in nobody, and no list everybody") {
    listed_talk of;
    curve_talk nobody(of.server(), of.keys.for_client());
    nobody.server.hear(nobody.initiate());
    CHECK(nobody.server.closed());
    curve_talk anybody(of.keys.for_server(), of.keys.for_client());
    anybody.shake_hands();
    CHECK_FALSE(anybody.server.talk().peer().user_id);
}

TEST_CASE("while keys are rotated, clients of the old one and of the new one come in") {
    listed_talk of;
    const auto next = key_pair::generate();
    curve_talk(of.rotating(), of.client_of(of.keys.server)).shake_hands();
    of.ring->rotate(next);
    CHECK(of.ring->current_public() == next.public_half);
    CHECK(of.ring->old_public() == of.keys.server.public_half);
    curve_talk old_one(of.rotating(), of.client_of(of.keys.server));
    old_one.shake_hands();
    curve_talk new_one(of.rotating(), of.client_of(next));
    new_one.shake_hands();
    curve_talk begun(of.rotating(), of.client_of(of.keys.server));
    const auto initiate = begun.initiate();
    CHECK(of.ring->forget_old());
    CHECK_FALSE(of.ring->forget_old());
    CHECK_FALSE(of.ring->old_public());
    // Whoever was let in, or was on the way, stays; whoever comes now does not.
    old_one.server.hear(old_one.sealed({"as before"}));
    CHECK(old_one.server.messages() == std::vector<parts>{{"as before"}});
    begun.server.hear(initiate);
    CHECK(begun.server.in_traffic());
    curve_talk late(of.rotating(), of.client_of(of.keys.server));
    late.server.hear(late.hello());
    REQUIRE(late.server.closed());
    CHECK(late.server.reason().number == protocol_error::cryptographic);
    curve_talk(of.rotating(), of.client_of(next)).shake_hands();
}

TEST_CASE("a third key ends the first; the same again is no rotation") {
    listed_talk of;
    const auto second = key_pair::generate(), third = key_pair::generate();
    of.ring->rotate(second);
    of.ring->rotate(second);
    CHECK(of.ring->old_public() == of.keys.server.public_half);
    of.ring->rotate(third);
    CHECK(of.ring->old_public() == second.public_half);
    curve_talk first(of.rotating(), of.client_of(of.keys.server));
    first.server.hear(first.hello());
    CHECK(first.server.closed());
    curve_talk(of.rotating(), of.client_of(second)).shake_hands();
    curve_talk(of.rotating(), of.client_of(third)).shake_hands();
}

TEST_CASE("a handshake goes on by the key HELLO was for, whichever is current by then") {
    listed_talk of;
    const auto next = key_pair::generate();
    curve_talk talk(of.rotating(), of.client_of(of.keys.server));
    const auto hello = talk.hello();
    talk.server.hear(hello);
    of.ring->rotate(next);
    talk.client.hear(talk.from_server());
    talk.server.hear(talk.from_client());
    CHECK(talk.server.in_traffic());
    // The same HELLO to a server that has the new key alone is for nobody.
    auto settings = of.rotating();
    settings.server_keys = std::make_shared<curve_keyring>(next);
    listening_side stranger(curve_settings(socket_type::pull, settings));
    stranger.hear(curve_greeted() + hello);
    CHECK(stranger.closed());
}
