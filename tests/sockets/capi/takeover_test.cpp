// ROUTER_HANDOVER when the peer that had the routing id is gone: what it said is still to be read.
#include "c_api.hpp"

using namespace zither::test;

namespace {

std::string last_endpoint(void* of) {
    char text[256];
    std::size_t size = sizeof text;
    REQUIRE(zmq_getsockopt(of, ZMQ_LAST_ENDPOINT, text, &size) == 0);
    return text;
}

void await(void* monitor, int expected) {
    c_message event, endpoint;
    REQUIRE(zmq_msg_recv(&event, monitor, 0) >= 0);
    REQUIRE(zmq_msg_recv(&endpoint, monitor, 0) >= 0);
    std::uint16_t number = 0;
    std::memcpy(&number, zmq_msg_data(&event), sizeof number);
    REQUIRE(number == expected);
}

/// Both frames of a ROUTER's message.
std::pair<std::string, std::string> received(void* from) {
    c_message id, body;
    REQUIRE(zmq_msg_recv(&id, from, 0) >= 0);
    REQUIRE(zmq_msg_more(&id));
    REQUIRE(zmq_msg_recv(&body, from, 0) >= 0);
    return {id.text(), body.text()};
}

}  // namespace

TEST_CASE("messages of a peer that is gone outlive the handover of its routing id") {
    c_context context;
    c_socket router(context, ZMQ_ROUTER);
    router.set(ZMQ_ROUTER_HANDOVER, 1);
    const auto watched = "inproc://" + fresh_name();
    REQUIRE(zmq_socket_monitor(router, watched.c_str(),
                               ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) == 0);
    c_socket monitor(context, ZMQ_PAIR);
    REQUIRE(zmq_connect(monitor, watched.c_str()) == 0);
    REQUIRE(zmq_bind(router, "tcp://127.0.0.1:*") == 0);
    const auto where = last_endpoint(router);

    c_socket old(context, ZMQ_DEALER);
    old.set(ZMQ_LINGER, deadline);
    old.set(ZMQ_ROUTING_ID, "X");
    REQUIRE(zmq_connect(old, where.c_str()) == 0);
    for (const char* each : {"1", "2", "3"}) REQUIRE(zmq_send(old, each, 1, 0) == 1);
    old.close();
    await(monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    await(monitor, ZMQ_EVENT_DISCONNECTED);

    c_socket young(context, ZMQ_DEALER);
    young.set(ZMQ_ROUTING_ID, "X");
    REQUIRE(zmq_connect(young, where.c_str()) == 0);
    REQUIRE(zmq_send(young, "4", 1, 0) == 1);
    await(monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);

    std::string of_old, of_young;
    for (int i = 0; i < 4; ++i) {
        const auto [id, body] = received(router);
        (body == "4" ? of_young : of_old) += body;
        if (body == "4") CHECK(id == "X");
    }
    CHECK(of_old == "123");
    CHECK(of_young == "4");
    REQUIRE(zmq_send(router, "X", 1, ZMQ_SNDMORE) == 1);
    REQUIRE(zmq_send(router, "hello", 5, 0) == 5);
    c_message answer;
    REQUIRE(zmq_msg_recv(&answer, young, 0) == 5);
    CHECK(answer.text() == "hello");
}
