// Memory runs out at any point of a program on the C API: the call says ENOMEM, or what it was for is lost,
// and the next call works.
#include "memory.hpp"

#include "zmq.h"

#include <catch2/catch.hpp>

#include <cerrno>
#include <string>
#include <utility>

using namespace zither::faults;

namespace {

/// Every call may fail, and must say why.
struct program {
    explicit program(int first, int second, const char* at) : context(zmq_ctx_new()), where(at) {
        if (!context) return;
        one = zmq_socket(context, first);
        other = zmq_socket(context, second);
    }
    ~program() {
        const int none = 0;
        for (void* each : {one, other}) {
            if (!each) continue;
            zmq_setsockopt(each, ZMQ_LINGER, &none, sizeof none);
            if (zmq_close(each) != 0) not_ended = true;
        }
        if (context && zmq_ctx_term(context) != 0) not_ended = true;
    }
    void run() {
        if (!one || !other) return note(-1);
        note(zmq_setsockopt(one, ZMQ_ROUTING_ID, "name of some length, for it to need memory", 40));
        note(zmq_bind(one, where));
        char bound[64] = "";
        std::size_t size = sizeof bound;
        note(zmq_getsockopt(one, ZMQ_LAST_ENDPOINT, bound, &size));
        note(zmq_connect(other, bound));
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
            error != ENOTSUP && error != EMFILE && error != EFAULT && error != EPROTONOSUPPORT)
            strange = error;
    }
    void* context;
    const char* where;
    void* one = nullptr;
    void* other = nullptr;
    int strange = 0;
    static inline bool not_ended = false;
};

}  // namespace

// What the I/O thread asks for is another matter (network_memory_test.cpp): here it has what it needs.
TEST_CASE("memory runs out at any step of a program: no call aborts, each says why it failed, and it ends") {
    const auto types =
        GENERATE(std::pair{ZMQ_PULL, ZMQ_PUSH}, std::pair{ZMQ_ROUTER, ZMQ_DEALER},
                 std::pair{ZMQ_SUB, ZMQ_XPUB}, std::pair{ZMQ_REP, ZMQ_REQ}, std::pair{ZMQ_PAIR, ZMQ_PAIR});
    const auto* const where = GENERATE("inproc://short-of-memory-and-long-of-name", "tcp://127.0.0.1:*");
    const auto times = GENERATE(std::uint64_t{1}, std::uint64_t{4}, std::uint64_t{1000});
    std::uint64_t runs = 0;
    for (bool failed = true; failed; ++runs) {
        int strange = 0;
        {
            // From the context's beginning to its end.
            const shortage at(runs, times);
            {
                program one(types.first, types.second, where);
                one.run();
                strange = one.strange;
            }
            failed = shortage::asked_for() > runs;
        }
        CAPTURE(types.first, types.second, where, times, runs);
        CHECK(strange == 0);
        CHECK_FALSE(std::exchange(program::not_ended, false));
        REQUIRE(runs < 2000);
    }
    CHECK(runs > 10);
}
