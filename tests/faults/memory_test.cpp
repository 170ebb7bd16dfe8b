// Memory runs out at any point of a program on the C API: the call says ENOMEM, or what it was for is lost,
// and the next call works.
#include "memory.hpp"

#include "zmq.h"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include <unistd.h>

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
        bool begun = false;
        for (int i = 0; i < 3; ++i) {
            static const std::string bodies[] = {std::string(10, 'x'), std::string(large, 'x')};
            const auto& body = bodies[i == 1];
            const int sent =
                zmq_send(other, body.data(), body.size(), ZMQ_DONTWAIT | (i == 0 ? ZMQ_SNDMORE : 0));
            note(sent);
            if (i == 0) begun = sent != -1;
        }
        zmq_msg_t part;
        zmq_msg_init(&part);
        bool first = true;
        for (int i = 0; i < 4; ++i) {
            const int heard = zmq_msg_recv(&part, one, ZMQ_DONTWAIT);
            note(heard);
            // The second part is not the first of anything.
            if (first && begun && heard == large) halved = true;
            first = heard == -1 || !zmq_msg_more(&part);
        }
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
    static constexpr int large = 10000;
    static inline bool not_ended = false;
    static inline bool halved = false;
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
        CHECK_FALSE(std::exchange(program::halved, false));
        REQUIRE(runs < 2000);
    }
    CHECK(runs > 10);
}

namespace {

/// Two sockets with all the memory they need, until a test says otherwise.
struct pair_of {
    pair_of(int first, int second)
        : context(zmq_ctx_new()), one(zmq_socket(context, first)), other(zmq_socket(context, second)) {
        const int none = 0, soon = 2000;
        for (void* each : {one, other}) {
            zmq_setsockopt(each, ZMQ_LINGER, &none, sizeof none);
            zmq_setsockopt(each, ZMQ_RCVTIMEO, &soon, sizeof soon);
        }
    }
    ~pair_of() {
        zmq_close(one);
        zmq_close(other);
        zmq_ctx_term(context);
    }
    pair_of(const pair_of&) = delete;
    pair_of& operator=(const pair_of&) = delete;
    void* context;
    void* one;
    void* other;
};

std::string last_endpoint(void* of) {
    char text[128] = "";
    std::size_t size = sizeof text;
    return zmq_getsockopt(of, ZMQ_LAST_ENDPOINT, text, &size) == 0 ? text : "";
}
std::string heard(void* by) {
    char text[16];
    const int size = zmq_recv(by, text, sizeof text, 0);
    return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
}

/// Makes a call with ever later shortages, each on new sockets, until one has all it asks for.
template <class Prepare, class Call, class Look>
void at_each_request(std::pair<int, int> types, Prepare&& prepare, Call&& call, Look&& look) {
    bool more = true;
    for (std::uint64_t nth = 0; more; ++nth) {
        pair_of two(types.first, types.second);
        prepare(two);
        int result = 0;
        {
            const shortage at(nth);
            result = call(two);
            more = shortage::asked_for() > nth;
        }
        CAPTURE(nth, result);
        look(two, result);
        REQUIRE(nth < 1000);
    }
}

struct folder {
    folder() { REQUIRE(::mkdtemp(name.data())); }
    ~folder() { ::rmdir(name.c_str()); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    std::string name = "/tmp/zither-short-XXXXXX";
};

}  // namespace

TEST_CASE("a bind that memory is too short for leaves nothing behind, and the same again works") {
    const folder here;
    const auto file = here.name + "/door";
    const auto which = GENERATE(0u, 1u, 2u);
    const std::string all[] = {"tcp://127.0.0.1:*", "ipc://" + file, "inproc://short"};
    const auto& where = all[which];
    CAPTURE(where);
    at_each_request(
        {ZMQ_PULL, ZMQ_PUSH}, [](pair_of&) {}, [&](pair_of& two) { return zmq_bind(two.one, where.c_str()); },
        [&](pair_of& two, int result) {
            if (result == -1) {
                CHECK(zmq_errno() == ENOMEM);
                CHECK(last_endpoint(two.one).empty());
                CHECK(::access(file.c_str(), F_OK) == -1);
                CHECK(zmq_unbind(two.one, where.c_str()) == -1);
                REQUIRE(zmq_bind(two.one, where.c_str()) == 0);
            }
            const auto bound = last_endpoint(two.one);
            REQUIRE(zmq_connect(two.other, bound.c_str()) == 0);
            REQUIRE(zmq_send(two.other, "hello", 5, 0) == 5);
            CHECK(heard(two.one) == "hello");
            CHECK(zmq_unbind(two.one, bound.c_str()) == 0);
            CHECK(zmq_unbind(two.one, bound.c_str()) == -1);
        });
}

TEST_CASE("a connect that memory is too short for leaves nothing behind: no message goes where nobody is") {
    // Before there is anybody to connect to, too.
    const auto [where, early] = GENERATE(values<std::pair<const char*, bool>>(
        {{"tcp://127.0.0.1:*", false}, {"inproc://short", false}, {"inproc://short", true}}));
    CAPTURE(where, early);
    std::string bound;
    const auto bind = [&, at = where](pair_of& two) {
        REQUIRE(zmq_bind(two.one, at) == 0);
        bound = last_endpoint(two.one);
    };
    at_each_request(
        {ZMQ_PULL, ZMQ_PUSH},
        [&, late = !early, at = where](pair_of& two) { late ? bind(two) : void(bound = at); },
        [&](pair_of& two) { return zmq_connect(two.other, bound.c_str()); },
        [&, then = early](pair_of& two, int result) {
            if (then) bind(two);
            if (result == -1) {
                CHECK(zmq_errno() == ENOMEM);
                CHECK(last_endpoint(two.other).empty());
                REQUIRE(zmq_connect(two.other, bound.c_str()) == 0);
            }
            for (const char* each : {"1", "2", "3"}) {
                REQUIRE(zmq_send(two.other, each, 1, 0) == 1);
                CHECK(heard(two.one) == each);
            }
        });
}

TEST_CASE("an inproc subscriber that memory was short for is known to its publisher in the end, and once") {
    const auto* const where = "inproc://short";
    at_each_request(
        {ZMQ_XPUB, ZMQ_SUB},
        [&](pair_of& two) {
            const int moment = 10;
            zmq_setsockopt(two.other, ZMQ_RCVTIMEO, &moment, sizeof moment);
            zmq_setsockopt(two.other, ZMQ_SUBSCRIBE, "", 0);
            REQUIRE(zmq_bind(two.one, where) == 0);
        },
        [&](pair_of& two) { return zmq_connect(two.other, where); },
        [&](pair_of& two, int result) {
            if (result == -1) REQUIRE(zmq_connect(two.other, where) == 0);
            bool known = false;
            for (int i = 0; i < 300 && !known; ++i) {
                REQUIRE(zmq_send(two.one, "news", 4, 0) == 4);
                known = heard(two.other) == "news";
            }
            CHECK(known);
            REQUIRE(zmq_send(two.one, "last", 4, 0) == 4);
            std::string last;
            while ((last = heard(two.other)) == "news") {
            }
            CHECK(last == "last");
            CHECK(heard(two.other) == "nothing");
        });
}
