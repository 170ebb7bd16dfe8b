#include "fake_pipe.hpp"

#include <catch2/catch.hpp>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

TEST_CASE("every socket type has a pattern") {
    settings options;
    for (int type = 0; type < zmtp::socket_type_count; ++type)
        CHECK(make_pattern(static_cast<socket_type>(type), options) != nullptr);
}

TEST_CASE("only SUB and a manual XPUB know SUBSCRIBE") {
    for (int type = 0; type < zmtp::socket_type_count; ++type) {
        rig socket(static_cast<socket_type>(type));
        const auto expected = socket_type(type) == socket_type::sub ? errc::ok : errc::invalid_argument;
        CHECK(socket.subscribe("x") == expected);
    }
}

TEST_CASE("no pattern keeps a pipe that was detached") {
    for (int type = 0; type < zmtp::socket_type_count; ++type) {
        rig socket(static_cast<socket_type>(type));
        {
            fake_pipe peer("alice");
            socket.accept(peer);
            socket.arrives(peer, {"", "x"});
            socket.receive();
            socket.made->detached(peer);
            CHECK(peer.pattern_notes().read_index == peer_pipe::notes::npos);
            CHECK(peer.pattern_notes().write_index == peer_pipe::notes::npos);
        }
        // The sanitizer would tell of a use of the pipe that is gone.
        socket.send({"alice", "x"});
        socket.receive();
        socket.made->can_send();
        socket.made->can_receive();
    }
}

TEST_CASE("PUSH sends to its peers in turn and cannot receive") {
    rig push(socket_type::push);
    CHECK(push.send({"early"}) == errc::again);
    CHECK(push.untouched);
    CHECK_FALSE(push.made->can_send());
    fake_pipe a, b;
    push.connect(a), push.connect(b);
    CHECK(push.made->can_send());
    CHECK(push.send({"1"}) == errc::ok);
    CHECK(push.send({"2", "3"}) == errc::ok);
    CHECK(a.sent == std::vector<parts>{{"1"}});
    CHECK(b.sent == std::vector<parts>{{"2", "3"}});
    CHECK(push.receive_error() == errc::not_supported);
    CHECK_FALSE(push.made->can_receive());
}

TEST_CASE("PUSH waits while all its peers are full") {
    rig push(socket_type::push);
    fake_pipe a;
    push.connect(a);
    a.set_room(1);
    CHECK(push.send({"1"}) == errc::ok);
    CHECK(push.send({"2"}) == errc::again);
    CHECK_FALSE(push.made->can_send());
    push.gets_room(a, 1);
    CHECK(push.made->can_send());
    CHECK(push.send({"2"}) == errc::ok);
    CHECK(a.misuses == 0);
}

TEST_CASE("PULL receives from its peers in turn and cannot send") {
    rig pull(socket_type::pull);
    fake_pipe a, b;
    pull.accept(a), pull.accept(b);
    CHECK_FALSE(pull.made->can_receive());
    CHECK(pull.receive_error() == errc::again);
    pull.arrives(a, {"a1", "a2"});
    pull.arrives(b, {"b1"});
    CHECK(pull.made->can_receive());
    CHECK(pull.receive() == parts{"a1", "a2"});
    CHECK(pull.receive() == parts{"b1"});
    CHECK(pull.send({"x"}) == errc::not_supported);
    CHECK(pull.untouched);
    CHECK_FALSE(pull.made->can_send());
}

TEST_CASE("DEALER sends and receives in turn and changes nothing") {
    rig dealer(socket_type::dealer);
    CHECK(dealer.send({"x"}) == errc::again);
    fake_pipe a, b;
    dealer.connect(a), dealer.connect(b);
    dealer.send({"1", ""});
    dealer.send({"2"});
    CHECK(a.sent == std::vector<parts>{{"1", ""}});
    CHECK(b.sent == std::vector<parts>{{"2"}});
    dealer.arrives(b, {"", "reply"});
    CHECK(dealer.made->can_receive());
    CHECK(dealer.receive() == parts{"", "reply"});
}

TEST_CASE("PROBE_ROUTER makes an empty message the first of a new pipe") {
    const auto type = GENERATE(socket_type::req, socket_type::dealer, socket_type::router);
    settings options;
    options.probe_router = true;
    rig socket(type, options);
    fake_pipe peer("alice");
    socket.connect(peer);
    CHECK(peer.sent == std::vector<parts>{{""}});
    socket.made->disconnected(peer);
    socket.made->connected(peer);
    CHECK(peer.sent.size() == 1);
    CHECK(peer.misuses == 0);
}

TEST_CASE("nobody probes unless asked to") {
    const auto type = GENERATE(socket_type::req, socket_type::dealer, socket_type::router);
    rig socket(type);
    fake_pipe peer("alice");
    socket.connect(peer);
    CHECK(peer.raw.empty());
}

TEST_CASE("PAIR keeps its first peer and refuses others") {
    rig pair(socket_type::pair);
    CHECK(pair.send({"x"}) == errc::again);
    CHECK(pair.untouched);
    fake_pipe first, second, third;
    CHECK(pair.accept(first));
    CHECK_FALSE(pair.accept(second));
    CHECK(second.closed);
    CHECK_FALSE(first.closed);
    pair.made->detached(second);
    fake_pipe fourth;
    CHECK_FALSE(pair.accept(fourth));

    CHECK(pair.send({"a", "b"}) == errc::ok);
    CHECK(first.sent == std::vector<parts>{{"a", "b"}});
    CHECK(second.raw.empty());
    pair.arrives(first, {"c", "d"});
    CHECK(pair.made->can_receive());
    CHECK(pair.receive() == parts{"c", "d"});

    pair.made->detached(first);
    CHECK_FALSE(pair.made->can_send());
    CHECK(pair.accept(third));
    CHECK(pair.send({"e"}) == errc::ok);
    CHECK(third.sent == std::vector<parts>{{"e"}});
}

TEST_CASE("PAIR does not give a new peer the end of the old one's message") {
    rig pair(socket_type::pair);
    fake_pipe first, second;
    pair.accept(first);
    pair.send_part("1", true);
    pair.made->detached(first);
    pair.accept(second);
    CHECK(pair.send_part("2") == errc::ok);
    CHECK(second.raw.empty());
    CHECK(pair.send({"whole"}) == errc::ok);
    CHECK(second.sent == std::vector<parts>{{"whole"}});
}

TEST_CASE("PAIR keeps its peer over a reconnect and waits while it is full") {
    rig pair(socket_type::pair);
    fake_pipe peer;
    pair.connect(peer);
    pair.made->disconnected(peer);
    CHECK(pair.made->connected(peer));
    peer.set_room(0);
    CHECK(pair.send({"x"}) == errc::again);
    pair.gets_room(peer, 1);
    CHECK(pair.send({"x"}) == errc::ok);
}
