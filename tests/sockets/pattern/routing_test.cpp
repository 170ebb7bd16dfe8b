#include "fake_pipe.hpp"

#include <catch2/catch.hpp>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

namespace {

settings mandatory() {
    settings options;
    options.router_mandatory = true;
    return options;
}

settings handover() {
    settings options;
    options.router_handover = true;
    return options;
}

settings raw(bool notify) {
    settings options;
    options.router_raw = true;
    options.stream_notify = notify;
    return options;
}

}  // namespace

TEST_CASE("ROUTER puts the sender's routing id before a message, with what is known of the sender") {
    rig router(socket_type::router);
    fake_pipe alice("alice");
    alice.set_properties({{"User-Id", "a"}});
    router.accept(alice);
    router.arrives(alice, {"", "hello"});
    CHECK(router.made->can_receive());

    zmtp::message part;
    REQUIRE(router.made->receive(part) == errc::ok);
    CHECK(part.text() == "alice");
    CHECK(part.more());
    REQUIRE(part.peer() == alice.peer_properties());
    CHECK(router.made->can_receive());
    CHECK(router.receive() == parts{"", "hello"});
    CHECK_FALSE(router.made->can_receive());
}

TEST_CASE("ROUTER gives a peer without a routing id a generated one that can be answered") {
    rig router(socket_type::router);
    fake_pipe a, b;
    router.accept(a), router.accept(b);
    router.arrives(a, {"from a"});
    router.arrives(b, {"from b"});
    const auto from_a = router.receive();
    const auto from_b = router.receive();
    CHECK(from_a.at(0).size() == 5);
    CHECK(from_a.at(0)[0] == '\0');
    CHECK(from_a.at(0) != from_b.at(0));
    router.send({from_b.at(0), "to b"});
    CHECK(b.sent == std::vector<parts>{{"to b"}});
    CHECK(a.raw.empty());
}

TEST_CASE("ROUTER hears its peers in turn") {
    rig router(socket_type::router);
    fake_pipe a("a"), b("b");
    router.accept(a), router.accept(b);
    a.arrives({"1", "x"}), a.arrives({"2"}), b.arrives({"3"});
    CHECK(router.receive() == parts{"a", "1", "x"});
    CHECK(router.receive() == parts{"b", "3"});
    CHECK(router.receive() == parts{"a", "2"});
}

TEST_CASE("ROUTER routes by the first part and drops what nobody can take") {
    rig router(socket_type::router);
    fake_pipe alice("alice"), bob("bob");
    router.accept(alice), router.accept(bob);
    CHECK(router.made->can_send());
    CHECK(router.send({"bob", "1", "2"}) == errc::ok);
    CHECK(bob.sent == std::vector<parts>{{"1", "2"}});
    CHECK(router.send({"carol", "x", "y"}) == errc::ok);
    alice.set_room(0);
    CHECK(router.send({"alice", "x", "y"}) == errc::ok);
    CHECK(router.send({"alone"}) == errc::ok);
    CHECK(router.send({"bob", "3"}) == errc::ok);
    CHECK(bob.sent.size() == 2);
    CHECK(alice.raw.empty());
    CHECK(bob.misuses == 0);
}

TEST_CASE("ROUTER without ROUTER_MANDATORY can always send") {
    rig router(socket_type::router);
    CHECK(router.made->can_send());
    CHECK(router.send({"nobody", "x"}) == errc::ok);
}

TEST_CASE("ROUTER_MANDATORY tells of unknown and full peers") {
    rig router(socket_type::router, mandatory());
    CHECK_FALSE(router.made->can_send());
    CHECK(router.send({"carol", "x"}) == errc::host_unreachable);
    CHECK(router.untouched);
    fake_pipe alice("alice");
    router.accept(alice);
    CHECK(router.made->can_send());
    alice.set_room(0);
    CHECK_FALSE(router.made->can_send());
    CHECK(router.send({"alice", "x"}) == errc::again);
    CHECK(router.untouched);
    router.gets_room(alice, 1);
    CHECK(router.send({"alice", "x"}) == errc::ok);
    CHECK(alice.sent == std::vector<parts>{{"x"}});
    router.made->detached(alice);
    CHECK(router.send({"alice", "x"}) == errc::host_unreachable);
}

TEST_CASE("ROUTER drops the rest of a message whose peer goes") {
    rig router(socket_type::router);
    fake_pipe alice("alice"), bob("bob");
    router.accept(alice), router.accept(bob);
    router.send_part("alice", true);
    router.send_part("1", true);
    router.made->detached(alice);
    CHECK(router.send_part("2", true) == errc::ok);
    CHECK(router.send_part("bob") == errc::ok);
    CHECK(alice.raw.size() == 1);
    CHECK(bob.raw.empty());
    CHECK(router.send({"bob", "3"}) == errc::ok);
    CHECK(bob.sent == std::vector<parts>{{"3"}});
}

TEST_CASE("ROUTER refuses a second peer with a routing id in use") {
    rig router(socket_type::router);
    fake_pipe first("alice"), second("alice");
    CHECK(router.accept(first));
    CHECK_FALSE(router.accept(second));
    CHECK_FALSE(first.closed);
    router.arrives(second, {"unheard"});
    CHECK(router.receive().empty());
    router.send({"alice", "x"});
    CHECK(first.sent.size() == 1);
    router.made->detached(second);
    router.made->detached(first);
    fake_pipe third("alice");
    CHECK(router.accept(third));
}

TEST_CASE("ROUTER_HANDOVER lets a new peer take a routing id over") {
    rig router(socket_type::router, handover());
    fake_pipe old("alice"), young("alice");
    router.accept(old);
    old.arrives({"last words"});
    CHECK(router.accept(young));
    CHECK(old.closed);
    CHECK_FALSE(young.closed);
    router.send({"alice", "x"});
    CHECK(young.sent.size() == 1);
    CHECK(old.raw.empty());
    const auto last = router.receive();
    CHECK(last.at(0).size() == 5);
    CHECK(last.at(1) == "last words");
    router.made->detached(old);
    router.send({"alice", "y"});
    CHECK(young.sent.size() == 2);
}

TEST_CASE("ROUTER_HANDOVER closes the old peer only when its message is read") {
    rig router(socket_type::router, handover());
    fake_pipe old("alice"), young("alice");
    router.accept(old);
    router.arrives(old, {"1", "2"});
    zmtp::message part;
    router.made->receive(part);

    SECTION("to its end") {
        router.accept(young);
        CHECK_FALSE(old.closed);
        CHECK(router.receive() == parts{"1", "2"});
        CHECK(old.closed);
    }
    SECTION("unless it is gone by then") {
        router.accept(young);
        router.made->detached(old);
        CHECK(router.receive() == parts{"1", ""});
        CHECK_FALSE(old.closed);
    }
    router.arrives(young, {"3"});
    CHECK(router.receive() == parts{"alice", "3"});
}

TEST_CASE("ROUTER_HANDOVER leaves a peer that is gone its unread messages") {
    rig router(socket_type::router, handover());
    fake_pipe old("alice"), young("alice");
    router.accept(old);
    router.arrives(old, {"1", "2"});
    router.arrives(old, {"3"});
    SECTION("of which one is being read") {
        zmtp::message part;
        router.made->receive(part);
        old.gone = true;
        CHECK(router.accept(young));
        CHECK(router.receive() == parts{"1", "2"});
    }
    SECTION("of which none is being read") {
        old.gone = true;
        CHECK(router.accept(young));
        CHECK(router.receive().at(1) == "1");
    }
    CHECK_FALSE(old.closed);
    const auto last = router.receive();
    CHECK(last.at(0).size() == 5);
    CHECK(last.at(1) == "3");
    CHECK_FALSE(old.closed);
    router.send({"alice", "x"});
    CHECK(young.sent.size() == 1);
}

TEST_CASE("CONNECT_ROUTING_ID names the next connected peer, before its handshake") {
    settings options;
    options.connect_routing_id = "server";
    rig router(socket_type::router, options);
    fake_pipe incoming("in"), outgoing("its own name"), next("plain");
    router.accept(incoming);
    CHECK(router.options.connect_routing_id == "server");
    router.made->attached(outgoing, true);
    CHECK(router.options.connect_routing_id.empty());
    CHECK(router.send({"server", "early"}) == errc::ok);
    CHECK(outgoing.sent == std::vector<parts>{{"early"}});
    CHECK(router.made->connected(outgoing));
    router.arrives(outgoing, {"reply"});
    CHECK(router.receive() == parts{"server", "reply"});

    router.connect(next);
    router.arrives(next, {"x"});
    CHECK(router.receive() == parts{"plain", "x"});
}

TEST_CASE("a CONNECT_ROUTING_ID that is in use counts as none") {
    rig router(socket_type::router);
    fake_pipe first("server"), second("second");
    router.accept(first);
    router.options.connect_routing_id = "server";
    CHECK(router.connect(second));
    router.send({"server", "1"});
    router.send({"second", "2"});
    CHECK(first.sent == std::vector<parts>{{"1"}});
    CHECK(second.sent == std::vector<parts>{{"2"}});
}

TEST_CASE("ROUTER keeps a peer's route over a reconnect") {
    rig router(socket_type::router);
    fake_pipe peer("alice");
    router.made->attached(peer, true);
    router.send({"alice", "too early"});
    CHECK(peer.raw.empty());
    router.made->connected(peer);
    router.made->disconnected(peer);
    router.send({"alice", "queued"});
    CHECK(router.made->connected(peer));
    CHECK(peer.sent == std::vector<parts>{{"queued"}});
}

TEST_CASE("a raw ROUTER talks bytes with peers that never shake hands") {
    rig router(socket_type::router, raw(false));
    fake_pipe peer;
    router.accept(peer);
    router.arrives(peer, {"GET /"});
    const auto got = router.receive();
    REQUIRE(got.size() == 2);
    CHECK(got[1] == "GET /");
    CHECK(router.send_part(got[0], true) == errc::ok);
    CHECK(router.send_part("200 OK", true) == errc::ok);
    CHECK(peer.sent == std::vector<parts>{{"200 OK"}});
    CHECK(router.send({got[0], ""}) == errc::ok);
    CHECK(peer.closed);
    CHECK(peer.sent.size() == 1);
}

TEST_CASE("raw sockets tell when a connection begins and ends") {
    const auto type = GENERATE(socket_type::stream, socket_type::router);
    rig socket(type, raw(true));
    fake_pipe peer;
    peer.set_properties({{"Peer-Address", "here"}});
    socket.accept(peer);
    const auto id = peer.pattern_notes().routing_id;
    CHECK(socket.made->can_receive());
    zmtp::message part;
    REQUIRE(socket.made->receive(part) == errc::ok);
    CHECK(part.text() == id);
    CHECK(part.peer() == peer.peer_properties());
    CHECK(socket.receive() == parts{""});

    socket.arrives(peer, {"bytes"});
    socket.made->disconnected(peer);
    socket.made->detached(peer);
    CHECK(socket.receive() == parts{id, "bytes"});
    CHECK(socket.receive() == parts{id, ""});
    CHECK_FALSE(socket.made->can_receive());
    CHECK(socket.receive().empty());
}

TEST_CASE("raw sockets tell of the end once when the pipe just goes") {
    const auto type = GENERATE(socket_type::stream, socket_type::router);
    rig socket(type, raw(true));
    fake_pipe peer;
    socket.accept(peer);
    const auto id = peer.pattern_notes().routing_id;
    socket.made->detached(peer);
    CHECK(socket.receive() == parts{id, ""});
    CHECK(socket.receive() == parts{id, ""});
    CHECK(socket.receive().empty());
}

TEST_CASE("raw sockets say nothing of connections without STREAM_NOTIFY") {
    const auto type = GENERATE(socket_type::stream, socket_type::router);
    rig socket(type, raw(false));
    fake_pipe peer;
    socket.accept(peer);
    socket.loses(peer);
    CHECK_FALSE(socket.made->can_receive());
    CHECK(socket.receive().empty());
}

TEST_CASE("a raw connection's bytes come before the next connection's over the same pipe") {
    rig stream(socket_type::stream, raw(true));
    fake_pipe peer;
    stream.connect(peer);
    const auto id = peer.pattern_notes().routing_id;
    stream.arrives(peer, {"old"});
    stream.made->disconnected(peer);
    stream.made->connected(peer);
    stream.arrives(peer, {"new"});
    CHECK(stream.receive() == parts{id, ""});
    CHECK(stream.receive() == parts{id, "old"});
    CHECK(stream.receive() == parts{id, ""});
    CHECK(stream.receive() == parts{id, ""});
    CHECK(stream.receive() == parts{id, "new"});
}

TEST_CASE("STREAM receives and sends bytes behind the connection's id") {
    rig stream(socket_type::stream, raw(false));
    fake_pipe a, b;
    a.set_properties({{"Peer-Address", "a"}});
    stream.accept(a), stream.accept(b);
    stream.arrives(a, {"bytes"});
    zmtp::message part;
    REQUIRE(stream.made->receive(part) == errc::ok);
    CHECK(part.size() == 5);
    CHECK(part.more());
    CHECK(part.peer() == a.peer_properties());
    const std::string id(part.text());
    CHECK(stream.made->can_receive());
    CHECK(stream.receive() == parts{"bytes"});

    CHECK(stream.made->can_send());
    CHECK(stream.send({id, "answer"}) == errc::ok);
    CHECK(a.sent == std::vector<parts>{{"answer"}});
    CHECK(b.raw.empty());
}

TEST_CASE("STREAM ignores MORE on bytes: each is a message") {
    rig stream(socket_type::stream, raw(false));
    fake_pipe peer;
    stream.accept(peer);
    const auto id = peer.pattern_notes().routing_id;
    stream.send_part(id, true);
    stream.send_part("1", true);
    stream.send_part(id, true);
    stream.send_part("2", true);
    CHECK(peer.sent == std::vector<parts>{{"1"}, {"2"}});
}

TEST_CASE("STREAM drops an id alone, refuses an unknown one, and waits for a full peer") {
    rig stream(socket_type::stream, raw(false));
    fake_pipe peer;
    stream.accept(peer);
    const auto id = peer.pattern_notes().routing_id;
    CHECK(stream.send_part(id) == errc::ok);  // as with libzmq
    CHECK(peer.sent.empty());
    CHECK(stream.send_part("nobody", true) == errc::host_unreachable);
    CHECK(stream.untouched);
    peer.set_room(0);
    CHECK(stream.send_part(id, true) == errc::again);
    CHECK(stream.untouched);
    stream.gets_room(peer, 1);
    CHECK(stream.send({id, "x"}) == errc::ok);
    CHECK(peer.sent == std::vector<parts>{{"x"}});
}

TEST_CASE("an empty part from the application closes a STREAM connection") {
    rig stream(socket_type::stream, raw(true));
    fake_pipe peer;
    stream.accept(peer);
    stream.receive();
    const auto id = peer.pattern_notes().routing_id;
    peer.arrives({"too late"});
    CHECK(stream.send({id, ""}) == errc::ok);
    CHECK(peer.closed);
    CHECK(peer.raw.empty());
    CHECK(stream.send_part(id, true) == errc::host_unreachable);
    stream.made->readable(peer);
    stream.loses(peer);
    CHECK(stream.receive().empty());
}

TEST_CASE("STREAM drops bytes for a peer that goes after its id") {
    rig stream(socket_type::stream, raw(false));
    fake_pipe peer;
    stream.accept(peer);
    stream.send_part(peer.pattern_notes().routing_id, true);
    stream.made->detached(peer);
    CHECK(stream.send_part("x") == errc::ok);
    CHECK(peer.raw.empty());
}

TEST_CASE("STREAM names a connected peer by CONNECT_ROUTING_ID, else says which id it made") {
    rig stream(socket_type::stream, raw(false));
    fake_pipe named, plain;
    stream.options.connect_routing_id = "server";
    stream.made->attached(named, true);
    CHECK(stream.options.connect_routing_id.empty());
    CHECK(stream.send({"server", "x"}) == errc::ok);
    CHECK(named.sent.size() == 1);
    stream.made->attached(plain, true);
    CHECK(stream.options.stream_routing_id == plain.pattern_notes().routing_id);
    CHECK(stream.options.stream_routing_id.size() == 5);
}

TEST_CASE("a mandatory ROUTER says that a peer is gone while what it said is still to be read") {
    rig router(socket_type::router, mandatory());
    fake_pipe alice("alice");
    REQUIRE(router.accept(alice));
    router.arrives(alice, {"unread"});
    alice.set_room(0);
    CHECK(router.send({"alice", "hello"}) == errc::again);
    alice.gone = true;
    CHECK(router.send({"alice", "hello"}) == errc::host_unreachable);
    CHECK(router.untouched);
}
