// DGRAM: two parts through one pipe.
#include "fake_pipe.hpp"

#include <catch2/catch.hpp>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

TEST_CASE("a DGRAM sends an address and a body; any other message is invalid, and nothing of it is sent") {
    rig dgram(socket_type::dgram);
    fake_pipe network;
    dgram.accept(network);
    CHECK(dgram.send({"127.0.0.1:1", "body"}) == errc::ok);
    CHECK(dgram.send_part("no body") == errc::invalid_argument);
    CHECK(dgram.untouched);
    CHECK(dgram.send_part("127.0.0.1:2", true) == errc::ok);
    CHECK(dgram.send_part("a second address", true) == errc::invalid_argument);
    CHECK(dgram.untouched);
    CHECK(dgram.send_part("body") == errc::ok);
    CHECK(network.take() == std::vector<parts>{{"127.0.0.1:1", "body"}, {"127.0.0.1:2", "body"}});
}

TEST_CASE("a DGRAM without room waits before a message, not within one") {
    rig dgram(socket_type::dgram);
    fake_pipe network;
    CHECK(dgram.send({"127.0.0.1:1", "body"}) == errc::again);
    CHECK_FALSE(dgram.made->can_send());
    dgram.accept(network);
    network.set_room(1);
    CHECK(dgram.send({"127.0.0.1:1", "body"}) == errc::ok);
    CHECK(dgram.send_part("127.0.0.1:1", true) == errc::again);
    CHECK(dgram.untouched);
    dgram.gets_room(network, 1);
    CHECK(dgram.made->can_send());
    CHECK(dgram.send({"127.0.0.1:1", "later"}) == errc::ok);
    CHECK(network.take() == std::vector<parts>{{"127.0.0.1:1", "body"}, {"127.0.0.1:1", "later"}});
}

TEST_CASE("a DGRAM whose endpoint goes between the parts begins with an address again") {
    rig dgram(socket_type::dgram);
    fake_pipe network;
    fake_pipe next;
    dgram.accept(network);
    CHECK(dgram.send_part("127.0.0.1:1", true) == errc::ok);
    dgram.loses(network);
    CHECK(dgram.send_part("body") == errc::ok);
    CHECK(dgram.accept(next));
    CHECK(dgram.send({"127.0.0.1:2", "body"}) == errc::ok);
    CHECK(next.take() == std::vector<parts>{{"127.0.0.1:2", "body"}});
}

TEST_CASE("a DGRAM has one endpoint, and receives what comes there") {
    rig dgram(socket_type::dgram);
    fake_pipe network;
    fake_pipe second;
    CHECK(dgram.accept(network));
    CHECK_FALSE(dgram.accept(second));
    CHECK(second.closed);
    CHECK_FALSE(dgram.made->can_receive());
    dgram.arrives(network, {"127.0.0.1:1", "body"});
    CHECK(dgram.made->can_receive());
    CHECK(dgram.receive() == parts{"127.0.0.1:1", "body"});
    CHECK(dgram.receive_error() == errc::again);
}
