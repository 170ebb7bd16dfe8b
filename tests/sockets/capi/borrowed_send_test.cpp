// zmq_send may let the kernel read the caller's memory, but only until it returns.
#include "zmq.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace {

struct pushing {
    explicit pushing(const std::string& endpoint, int mark = 1000) {
        for (auto* one : {push, pull}) {
            const int deadline_ms = 20000;
            zmq_setsockopt(one, ZMQ_RCVTIMEO, &deadline_ms, sizeof deadline_ms);
            zmq_setsockopt(one, ZMQ_SNDTIMEO, &deadline_ms, sizeof deadline_ms);
            zmq_setsockopt(one, ZMQ_SNDHWM, &mark, sizeof mark);
            zmq_setsockopt(one, ZMQ_RCVHWM, &mark, sizeof mark);
        }
        char bound[256];
        std::size_t size = sizeof bound;
        REQUIRE(zmq_bind(pull, endpoint.c_str()) == 0);
        REQUIRE(zmq_getsockopt(pull, ZMQ_LAST_ENDPOINT, bound, &size) == 0);
        REQUIRE(zmq_connect(push, bound) == 0);
    }
    ~pushing() {
        for (auto* one : {push, pull}) {
            const int none = 0;
            zmq_setsockopt(one, ZMQ_LINGER, &none, sizeof none);
            zmq_close(one);
        }
        zmq_ctx_term(context);
    }
    pushing(const pushing&) = delete;
    pushing& operator=(const pushing&) = delete;

    void* context = zmq_ctx_new();
    void* push = zmq_socket(context, ZMQ_PUSH);
    void* pull = zmq_socket(context, ZMQ_PULL);
};

void fill(std::vector<unsigned char>& body, int number) {
    std::iota(body.begin(), body.end(), static_cast<unsigned char>(number));
}

void send_and_overwrite(void* push, std::vector<unsigned char>& body, int number) {
    fill(body, number);
    REQUIRE(zmq_send(push, body.data(), body.size(), 0) == static_cast<int>(body.size()));
    std::memset(body.data(), 0xee, body.size());
}

bool received_whole(void* pull, std::size_t size, int number) {
    std::vector<unsigned char> expected(size);
    std::vector<unsigned char> got(size);
    fill(expected, number);
    return zmq_recv(pull, got.data(), got.size(), 0) == static_cast<int>(size) && got == expected;
}

}  // namespace

TEST_CASE("a body overwritten right after zmq_send arrives as it was") {
    const std::string endpoint = GENERATE("tcp://127.0.0.1:*", "ipc://*", "inproc://borrowed");
    const std::size_t size = GENERATE(8191u, 8192u, 65536u, 3000000u);
    pushing through(endpoint);
    std::vector<unsigned char> body(size);
    // More than the kernel takes at once: some bodies are written through, some in part, some wait.
    constexpr int count = 20;
    for (int i = 0; i < count; ++i) send_and_overwrite(through.push, body, i);
    for (int i = 0; i < count; ++i) REQUIRE(received_whole(through.pull, size, i));
}

TEST_CASE("threads that share a socket do not see each other's memory") {
    pushing through("tcp://127.0.0.1:*", 4);
    constexpr std::size_t size = 400000;
    constexpr int each = 40;
    const auto send = [&](unsigned char mark) {
        std::vector<unsigned char> body(size);
        for (int i = 0; i < each; ++i) {
            std::memset(body.data(), mark, size);
            if (zmq_send(through.push, body.data(), size, 0) != static_cast<int>(size)) return;
        }
    };
    std::thread one(send, static_cast<unsigned char>(1));
    std::thread other(send, static_cast<unsigned char>(2));
    std::vector<unsigned char> got(size);
    int whole = 0;
    for (int i = 0; i < 2 * each; ++i) {
        if (zmq_recv(through.pull, got.data(), size, 0) != static_cast<int>(size)) break;
        whole += got == std::vector<unsigned char>(size, got[0]);
    }
    one.join();
    other.join();
    CHECK(whole == 2 * each);
}

TEST_CASE("a queue that waits for its peer keeps what was sent") {
    pushing through("tcp://127.0.0.1:*");
    void* late = zmq_socket(through.context, ZMQ_PUSH);
    REQUIRE(zmq_connect(late, "inproc://comes-later") == 0);
    std::vector<unsigned char> body(100000);
    send_and_overwrite(late, body, 7);
    void* there = zmq_socket(through.context, ZMQ_PULL);
    REQUIRE(zmq_bind(there, "inproc://comes-later") == 0);
    CHECK(received_whole(there, body.size(), 7));
    zmq_close(late);
    zmq_close(there);
}
