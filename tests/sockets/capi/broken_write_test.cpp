// A peer that has left is often found out by writing. What it said before is still to be read, also by a
// socket that had stopped reading at its mark. (libzmq 4.3.4 ends in an assertion here.)
#include "c_api.hpp"

using namespace zither::test;

TEST_CASE("a heartbeat that cannot be written costs no message of a peer that left in good order") {
    constexpr int count = 100;
    const auto where = "ipc:///tmp/" + fresh_name();
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    pull.set(ZMQ_RCVHWM, 10);
    pull.set(ZMQ_HEARTBEAT_IVL, 20);
    pull.set(ZMQ_HEARTBEAT_TIMEOUT, deadline);
    const auto watched = "inproc://" + fresh_name();
    REQUIRE(zmq_socket_monitor(pull, watched.c_str(), ZMQ_EVENT_DISCONNECTED) == 0);
    c_socket monitor(context, ZMQ_PAIR);
    REQUIRE(zmq_connect(monitor, watched.c_str()) == 0);
    REQUIRE(zmq_bind(pull, where.c_str()) == 0);
    {
        c_context other;
        c_socket push(other, ZMQ_PUSH);
        push.set(ZMQ_LINGER, deadline);
        REQUIRE(zmq_connect(push, where.c_str()) == 0);
        const std::string body(1000, 'x');
        for (int i = 0; i < count; ++i)
            REQUIRE(zmq_send(push, body.data(), body.size(), 0) == static_cast<int>(body.size()));
    }
    c_message event;
    REQUIRE(zmq_msg_recv(&event, monitor, 0) >= 0);
    int heard = 0;
    pull.set(ZMQ_RCVTIMEO, 0);
    for (c_message each; zmq_msg_recv(&each, pull, 0) == 1000;) ++heard;
    CHECK(heard == count);
}
