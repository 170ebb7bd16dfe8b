// Habits of libzmq's that its own test programs insist on.
#include "c_api.hpp"

using namespace zither::test;

TEST_CASE("constant data is shared from the start, data with an owner is not") {
    static char constant[] = "constant";
    zmq_msg_t msg;
    REQUIRE(zmq_msg_init_data(&msg, constant, sizeof constant, nullptr, nullptr) == 0);
    CHECK(zmq_msg_get(&msg, ZMQ_SHARED) == 1);
    zmq_msg_close(&msg);
    REQUIRE(zmq_msg_init_data(
                &msg, constant, sizeof constant, [](void*, void*) {}, nullptr) == 0);
    CHECK(zmq_msg_get(&msg, ZMQ_SHARED) == 0);
    zmq_msg_close(&msg);
}
