// What strangers may take, through the C API: options of Zither's own, which libzmq does not know.
#include "../../support/loopback.hpp"
#include "c_api.hpp"

#include <climits>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#ifdef ZITHER_HANDSHAKES_MAX

using namespace zither::test;

namespace {

/// A TCP connection that says nothing.
struct silent {
    explicit silent(const std::string& endpoint) : descriptor(connect_to_loopback(port_in(endpoint))) {
        REQUIRE(descriptor >= 0);
        const timeval limit{deadline / 1000, 0};
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    silent(const silent&) = delete;
    silent& operator=(const silent&) = delete;
    ~silent() { ::close(descriptor); }
    bool shut_out() const {
        char some[64];
        for (;;) {
            const auto got = ::recv(descriptor, some, sizeof some, 0);
            if (got == 0) return true;
            if (got < 0) return errno != EAGAIN;
        }
    }
    int descriptor;
};

}  // namespace

TEST_CASE("the limits for strangers have defaults that let in what libzmq lets in, and ranges") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    CHECK(pull.get(ZITHER_HANDSHAKES_MAX) == 10000);
    CHECK(pull.get(ZITHER_HANDSHAKE_RATE) == 0);
    CHECK(pull.get(ZITHER_ADDRESS_CONNECTIONS_MAX) == 0);
    CHECK(pull.get(ZITHER_CONNECTIONS_MAX) == 0);
    for (const int each : {ZITHER_HANDSHAKES_MAX, ZITHER_HANDSHAKE_RATE, ZITHER_ADDRESS_CONNECTIONS_MAX,
                           ZITHER_CONNECTIONS_MAX}) {
        for (const int good : {1, INT_MAX, 0}) {
            CHECK(pull.set(each, good) == 0);
            CHECK(pull.get(each) == good);
        }
        CHECK(pull.set(each, -1) == -1);
        CHECK(zmq_errno() == EINVAL);
        CHECK(pull.set(each, "12345678") == -1);
        CHECK(zmq_errno() == EINVAL);
    }
}

TEST_CASE("beyond the limits a stranger is shut out, and an honest peer is not once there is room") {
    const int option =
        GENERATE(ZITHER_HANDSHAKES_MAX, ZITHER_ADDRESS_CONNECTIONS_MAX, ZITHER_CONNECTIONS_MAX);
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    REQUIRE(pull.set(option, 1) == 0);
    {
        const silent first(at), second(at);
        CHECK(second.shut_out());
        push.set(ZMQ_RECONNECT_IVL, 1);
        REQUIRE(push.connect(at) == 0);
        push.send("in the end");
        CHECK(pull.receive(ZMQ_DONTWAIT) == "<Resource temporarily unavailable>");
    }
    CHECK(pull.receive() == "in the end");
}

#endif
