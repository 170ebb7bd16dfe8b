// Options of how octets travel: IN_BATCH_SIZE, OUT_BATCH_SIZE, AFFINITY, LINGER's defaults, the context's
// limits.
#include "c_api.hpp"

#include <climits>

using namespace zither::test;

namespace {

bool is_einval(int result) { return result == -1 && zmq_errno() == EINVAL; }

}  // namespace

TEST_CASE("batches of any size carry every message whole") {
    const int in = GENERATE(1, 7, 8192);
    const int out = GENERATE(1, 100, 8192);
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    REQUIRE(pull.set(ZMQ_IN_BATCH_SIZE, in) == 0);
    REQUIRE(push.set(ZMQ_OUT_BATCH_SIZE, out) == 0);
    push.connect(pull.bound("tcp://127.0.0.1:*"));
    const std::size_t sizes[] = {0, 1, 33, 255, 256, 3000, 20000};
    std::thread sender([&] {
        for (const auto size : sizes) {
            push.send(std::string(size, static_cast<char>('a' + size % 26)), ZMQ_SNDMORE);
            push.send("end");
        }
    });
    for (const auto size : sizes) {
        c_message got;
        CHECK(zmq_msg_recv(&got, pull, 0) == static_cast<int>(size));
        CHECK(got.text() == std::string(size, static_cast<char>('a' + size % 26)));
        CHECK(pull.receive() == "end");
    }
    sender.join();
}

TEST_CASE("a batch size is at least 1, and 8192 until it is set") {
    c_context context;
    c_socket pair(context, ZMQ_PAIR);
    for (const int option : {ZMQ_IN_BATCH_SIZE, ZMQ_OUT_BATCH_SIZE}) {
        CHECK(pair.get(option) == 8192);
        CHECK(is_einval(pair.set(option, 0)));
        CHECK(pair.set(option, 1) == 0);
        CHECK(pair.get(option) == 1);
    }
}

TEST_CASE("AFFINITY names the I/O threads that listen and connect; without one it is EMTHREAD") {
    c_context context;
    zmq_ctx_set(context, ZMQ_IO_THREADS, 2);
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    const auto set = [](const c_socket& on, std::uint64_t mask) {
        REQUIRE(zmq_setsockopt(on, ZMQ_AFFINITY, &mask, sizeof mask) == 0);
    };
    set(pull, 4);
    CHECK(zmq_bind(pull, "tcp://127.0.0.1:*") == -1);
    CHECK(zmq_errno() == EMTHREAD);
    CHECK(pull.connect("tcp://127.0.0.1:1") == -1);
    CHECK(zmq_errno() == EMTHREAD);
    set(pull, 2);
    set(push, 1);
    push.connect(pull.bound("tcp://127.0.0.1:*"));
    push.send("x");
    CHECK(pull.receive() == "x");
}

TEST_CASE("LINGER is 0 where there is nothing to send") {
    c_context context;
    for (int type = ZMQ_PAIR; type <= ZMQ_STREAM; ++type) {
        CAPTURE(type);
        void* const fresh = zmq_socket(context, type);
        int linger = -12345;
        std::size_t size = sizeof linger;
        CHECK(zmq_getsockopt(fresh, ZMQ_LINGER, &linger, &size) == 0);
        CHECK(linger == (type == ZMQ_SUB || type == ZMQ_XSUB ? 0 : -1));
        zmq_close(fresh);
    }
}

TEST_CASE("a value is read in exactly its size") {
    c_context context;
    c_socket pair(context, ZMQ_PAIR);
    char room[16];
    for (const int option : {ZMQ_SNDHWM, ZMQ_TYPE, ZMQ_AFFINITY})
        for (const std::size_t wanted : {0u, 1u, 3u, 5u, 7u, 9u, 16u}) {
            auto size = wanted;
            CAPTURE(option, wanted);
            CHECK(is_einval(zmq_getsockopt(pair, option, room, &size)));
        }
    // But these answer to more room, as libzmq's do.
    for (const int option : {ZMQ_RCVMORE, ZMQ_EVENTS, ZMQ_FD, ZMQ_THREAD_SAFE}) {
        std::size_t size = sizeof room;
        CHECK(zmq_getsockopt(pair, option, room, &size) == 0);
        CHECK(size == sizeof(int));
    }
}

TEST_CASE("HEARTBEAT_TTL is kept in tenths of a second") {
    c_context context;
    c_socket pair(context, ZMQ_PAIR);
    CHECK(pair.set(ZMQ_HEARTBEAT_TTL, 255) == 0);
    CHECK(pair.get(ZMQ_HEARTBEAT_TTL) == 200);
    CHECK(pair.set(ZMQ_HEARTBEAT_TTL, 6553599) == 0);
    CHECK(pair.get(ZMQ_HEARTBEAT_TTL) == 6553500);
    CHECK(is_einval(pair.set(ZMQ_HEARTBEAT_TTL, 6553600)));
}

TEST_CASE("the context's flags take any number from 0 on, MAX_SOCKETS any from 1") {
    c_context context;
    for (const int option : {ZMQ_IPV6, ZMQ_BLOCKY}) {
        CHECK(zmq_ctx_set(context, option, 0) == 0);
        CHECK(zmq_ctx_get(context, option) == 0);
        CHECK(zmq_ctx_set(context, option, 7) == 0);
        CHECK(zmq_ctx_get(context, option) == 1);
        CHECK(is_einval(zmq_ctx_set(context, option, -1)));
    }
    CHECK(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 70000) == 0);
    CHECK(zmq_ctx_get(context, ZMQ_MAX_SOCKETS) == 70000);
    CHECK(is_einval(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 0)));
}
