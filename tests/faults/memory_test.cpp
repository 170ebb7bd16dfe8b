// Memory runs out at any point of a program on the C API: the call says ENOMEM, or what it was for is lost,
// and the next call works.
#include "memory.hpp"

#include "zmq.h"

#include <catch2/catch.hpp>

#include <cerrno>
#include <string>

using namespace zither::faults;

namespace {

/// Every call may fail, and must say why.
struct program {
    explicit program(int first, int second) : context(zmq_ctx_new()) {
        if (!context) return;
        zmq_ctx_set(context, ZMQ_IO_THREADS, 0);
        one = zmq_socket(context, first);
        other = zmq_socket(context, second);
    }
    ~program() {
        const int none = 0;
        for (void* each : {one, other}) {
            if (!each) continue;
            zmq_setsockopt(each, ZMQ_LINGER, &none, sizeof none);
            zmq_close(each);
        }
        if (context) zmq_ctx_term(context);
    }
    void run() {
        if (!one || !other) return note(-1);
        note(zmq_setsockopt(one, ZMQ_ROUTING_ID, "name of some length, for it to need memory", 40));
        note(zmq_bind(one, "inproc://short-of-memory-and-long-of-name"));
        note(zmq_connect(other, "inproc://short-of-memory-and-long-of-name"));
        for (int i = 0; i < 3; ++i) {
            static const std::string bodies[] = {std::string(10, 'x'), std::string(10000, 'x')};
            const auto& body = bodies[i == 1];
            note(zmq_send(other, body.data(), body.size(), ZMQ_DONTWAIT | (i == 0 ? ZMQ_SNDMORE : 0)));
        }
        zmq_msg_t part;
        zmq_msg_init(&part);
        for (int i = 0; i < 4; ++i) note(zmq_msg_recv(&part, one, ZMQ_DONTWAIT));
        zmq_msg_close(&part);
    }
    void note(int result) {
        if (result != -1) return;
        const int error = zmq_errno();
        if (error != ENOMEM && error != EAGAIN && error != EFSM && error != ECONNREFUSED && error != EINVAL &&
            error != ENOTSUP && error != EMFILE)
            strange = error;
    }
    void* context;
    void* one = nullptr;
    void* other = nullptr;
    int strange = 0;
};

}  // namespace

TEST_CASE("memory runs out at any step of a program: no call aborts, and each says why it failed") {
    const auto types =
        GENERATE(std::pair{ZMQ_PULL, ZMQ_PUSH}, std::pair{ZMQ_ROUTER, ZMQ_DEALER},
                 std::pair{ZMQ_SUB, ZMQ_XPUB}, std::pair{ZMQ_REP, ZMQ_REQ}, std::pair{ZMQ_PAIR, ZMQ_PAIR});
    const auto times = GENERATE(std::uint64_t{1}, std::uint64_t{4});
    std::uint64_t runs = 0;
    for (bool failed = true; failed; ++runs) {
        int strange = 0;
        {
            program one(types.first, types.second);
            const shortage at(runs, times);
            one.run();
            failed = shortage::asked_for() > runs;
            strange = one.strange;
        }
        CAPTURE(types.first, types.second, times, runs);
        CHECK(strange == 0);
        REQUIRE(runs < 2000);
    }
    CHECK(runs > 10);
}
