// The types whose messages have one part and whose peers are many or numbered: RFC 41, 49, 51, 52.
#include "fake_pipe.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

namespace {

/// The next message with its routing id.
zmtp::message next(rig& socket) {
    zmtp::message whole;
    CHECK(socket.made->receive(whole) == errc::ok);
    return whole;
}

errc reply(rig& socket, std::uint32_t to, std::string_view body) {
    zmtp::message whole(body);
    whole.set_routing_id(to);
    return socket.made->send(whole);
}

const auto numbering = {socket_type::server, socket_type::peer};
const auto sending = {socket_type::server,  socket_type::client, socket_type::radio,
                      socket_type::scatter, socket_type::peer,   socket_type::channel};
const auto receiving = {socket_type::server, socket_type::client, socket_type::gather, socket_type::peer,
                        socket_type::channel};

}  // namespace

TEST_CASE("a message of parts is no message of these types") {
    for (const auto type : sending) {
        CAPTURE(zmtp::name_of(type));
        rig socket(type);
        fake_pipe peer;
        socket.accept(peer);
        CHECK(socket.send_part("x", true) == errc::invalid_argument);
        CHECK(socket.untouched);
        CHECK(peer.raw.empty());
    }
}

TEST_CASE("messages of parts are dropped, whatever is around them") {
    for (const auto type : receiving) {
        CAPTURE(zmtp::name_of(type));
        rig socket(type);
        fake_pipe peer;
        socket.accept(peer);
        socket.arrives(peer, {"a", "b"});
        CHECK_FALSE(socket.made->can_receive());
        socket.arrives(peer, {"one"});
        socket.arrives(peer, {"c", "d", "e"});
        socket.arrives(peer, {"two"});
        CHECK(socket.made->can_receive());
        CHECK(socket.receive() == parts{"one"});
        CHECK(socket.receive() == parts{"two"});
        CHECK_FALSE(socket.made->can_receive());
        CHECK(socket.receive_error() == errc::again);
    }
}

TEST_CASE("what can_receive found is not lost with its peer") {
    for (const auto type : receiving) {
        CAPTURE(zmtp::name_of(type));
        rig socket(type);
        fake_pipe peer;
        socket.accept(peer);
        socket.arrives(peer, {"found"});
        CHECK(socket.made->can_receive());
        socket.loses(peer);
        CHECK(socket.made->can_receive());
        CHECK(socket.receive() == parts{"found"});
    }
}

TEST_CASE("what only sends does not receive, and the other way round") {
    for (const auto type : {socket_type::radio, socket_type::scatter}) {
        rig socket(type);
        CHECK(socket.receive_error() == errc::not_supported);
        CHECK_FALSE(socket.made->can_receive());
    }
    for (const auto type : {socket_type::gather, socket_type::dish})
        CHECK(rig(type).send({"x"}) == errc::not_supported);
    CHECK_FALSE(rig(socket_type::gather).made->can_send());
}

TEST_CASE("each client has a number, and a reply with it goes to that client alone") {
    for (const auto type : numbering) {
        CAPTURE(zmtp::name_of(type));
        rig socket(type);
        fake_pipe alice;
        fake_pipe bob;
        socket.accept(alice);
        socket.accept(bob);
        socket.arrives(alice, {"from alice"});
        socket.arrives(bob, {"from bob"});
        for (int i = 0; i < 2; ++i) {
            const auto whole = next(socket);
            CHECK(whole.routing_id() != 0);
            CHECK(reply(socket, whole.routing_id(), "to " + std::string(whole.text())) == errc::ok);
        }
        CHECK(alice.take() == std::vector<parts>{{"to from alice"}});
        CHECK(bob.take() == std::vector<parts>{{"to from bob"}});
    }
}

TEST_CASE("a number that means nobody is unreachable") {
    for (const auto type : numbering) {
        rig socket(type);
        fake_pipe peer;
        socket.accept(peer);
        socket.arrives(peer, {"hello"});
        const auto number = next(socket).routing_id();
        CHECK(reply(socket, 0, "x") == errc::host_unreachable);
        CHECK(reply(socket, number + 1, "x") == errc::host_unreachable);
        CHECK(peer.raw.empty());
    }
}

TEST_CASE("numbers are never given twice") {
    for (const auto type : numbering) {
        rig socket(type);
        std::set<std::uint32_t> seen;
        for (int i = 0; i < 50; ++i) {
            fake_pipe peer;
            socket.accept(peer);
            CHECK(seen.insert(peer.pattern_notes().number).second);
            socket.loses(peer);
        }
    }
}

TEST_CASE("a client without room is waited for, the others are not") {
    for (const auto type : numbering) {
        rig socket(type);
        fake_pipe slow;
        fake_pipe quick;
        socket.accept(slow);
        socket.accept(quick);
        slow.set_room(0);
        CHECK(reply(socket, slow.pattern_notes().number, "x") == errc::again);
        CHECK(reply(socket, quick.pattern_notes().number, "y") == errc::ok);
        CHECK(socket.made->can_send());
        socket.gets_room(slow, 1);
        CHECK(reply(socket, slow.pattern_notes().number, "x") == errc::ok);
        CHECK(slow.misuses == 0);
    }
}

TEST_CASE("who called and hung up is still heard but not reached") {
    for (const auto type : numbering) {
        rig socket(type);
        fake_pipe caller;
        socket.accept(caller);
        socket.arrives(caller, {"last words"});
        socket.made->disconnected(caller);
        const auto whole = next(socket);
        CHECK(whole.text() == "last words");
        CHECK(reply(socket, whole.routing_id(), "x") == errc::host_unreachable);
        socket.made->detached(caller);
    }
}

TEST_CASE("whom we called may be sent to while the connection is lost") {
    rig socket(socket_type::peer);
    fake_pipe called;
    socket.connect(called);
    const auto number = called.pattern_notes().number;
    socket.made->disconnected(called);
    CHECK(reply(socket, number, "x") == errc::ok);
    CHECK(called.sent.size() == 1);
}

TEST_CASE("a number that was given up means nobody") {
    for (const auto type : numbering) {
        rig socket(type);
        fake_pipe peer;
        socket.connect(peer);
        const auto number = peer.pattern_notes().number;
        peer_pipe* whose = nullptr;
        CHECK(socket.made->forget_number(number, whose) == errc::ok);
        CHECK(whose == &peer);
        CHECK(socket.made->forget_number(number, whose) == errc::host_unreachable);
        CHECK(reply(socket, number, "x") == errc::host_unreachable);
    }
    peer_pipe* whose = nullptr;
    CHECK(rig(socket_type::router).made->forget_number(1, whose) == errc::not_supported);
}

TEST_CASE("CLIENT and SCATTER send in turn to who has room") {
    for (const auto type : {socket_type::client, socket_type::scatter}) {
        rig socket(type);
        CHECK(socket.send({"nobody"}) == errc::again);
        fake_pipe one;
        fake_pipe two;
        socket.accept(one);
        socket.connect(two);
        for (const auto* body : {"1", "2", "3", "4"}) CHECK(socket.send({body}) == errc::ok);
        CHECK(one.take().size() == 2);
        CHECK(two.take().size() == 2);
        one.set_room(0);
        CHECK(socket.send({"5"}) == errc::ok);
        CHECK(two.take() == std::vector<parts>{{"5"}});
        two.set_room(0);
        CHECK(socket.send({"6"}) == errc::again);
        CHECK_FALSE(socket.made->can_send());
        socket.gets_room(one, 1);
        CHECK(socket.send({"6"}) == errc::ok);
    }
}

TEST_CASE("CLIENT and GATHER receive in turn") {
    for (const auto type : {socket_type::client, socket_type::gather}) {
        rig socket(type);
        fake_pipe one;
        fake_pipe two;
        socket.accept(one);
        socket.accept(two);
        for (const auto* body : {"a", "b"}) socket.arrives(one, {body});
        for (const auto* body : {"A", "B"}) socket.arrives(two, {body});
        std::string heard;
        for (int i = 0; i < 4; ++i) heard += socket.receive().at(0);
        CHECK((heard == "aAbB" || heard == "AaBb"));
    }
}

TEST_CASE("CHANNEL has one peer, the first") {
    rig socket(socket_type::channel);
    fake_pipe first;
    fake_pipe second;
    CHECK(socket.accept(first));
    CHECK_FALSE(socket.accept(second));
    CHECK(second.closed);
    socket.arrives(second, {"not heard"});
    CHECK(socket.send({"x"}) == errc::ok);
    CHECK(first.sent.size() == 1);
    CHECK(second.sent.empty());
    CHECK_FALSE(socket.made->can_receive());
    socket.loses(second);
    socket.loses(first);
    CHECK(socket.send({"x"}) == errc::again);
    fake_pipe third;
    CHECK(socket.accept(third));
    CHECK(socket.send({"x"}) == errc::ok);
}
