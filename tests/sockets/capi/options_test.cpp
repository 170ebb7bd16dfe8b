// zmq_setsockopt and zmq_getsockopt: the manual's table, and every wrong way to use it.
#include "c_api.hpp"

#include <climits>

using namespace zither::test;

namespace {

struct integer_option {
    int number;
    const char* name;
    int initial;
    std::vector<int> good;
    std::vector<int> bad;
};

const std::vector<integer_option>& integers() {
    static const std::vector<integer_option> all{
        {ZMQ_SNDHWM, "SNDHWM", 1000, {0, 1, INT_MAX}, {-1}},
        {ZMQ_RCVHWM, "RCVHWM", 1000, {0, 1, INT_MAX}, {-1}},
        {ZMQ_LINGER, "LINGER", -1, {0, 100, -1}, {-2}},
        {ZMQ_SNDTIMEO, "SNDTIMEO", -1, {0, 100, -1}, {-2}},
        {ZMQ_RCVTIMEO, "RCVTIMEO", -1, {0, 100, -1}, {-2}},
        {ZMQ_RECONNECT_IVL, "RECONNECT_IVL", 100, {0, 1, -1}, {-2}},
        {ZMQ_RECONNECT_IVL_MAX, "RECONNECT_IVL_MAX", 0, {0, 1000}, {-1}},
        {ZMQ_BACKLOG, "BACKLOG", 100, {0, 1, 1000}, {}},
        {ZMQ_SNDBUF, "SNDBUF", -1, {0, 8192}, {-2}},
        {ZMQ_RCVBUF, "RCVBUF", -1, {0, 8192}, {-2}},
        {ZMQ_RATE, "RATE", 100, {1, 5000}, {0, -1}},
        {ZMQ_RECOVERY_IVL, "RECOVERY_IVL", 10000, {0, 5000}, {-1}},
        {ZMQ_MULTICAST_HOPS, "MULTICAST_HOPS", 1, {1, 5}, {0, -1}},
        {ZMQ_MULTICAST_MAXTPDU, "MULTICAST_MAXTPDU", 1500, {1, 9000}, {0, -1}},
        {ZMQ_TOS, "TOS", 0, {0, 32}, {-1}},
        {ZMQ_IMMEDIATE, "IMMEDIATE", 0, {1, 0}, {2, -1}},
        {ZMQ_IPV6, "IPV6", 0, {1, 0}, {2, -1}},
        {ZMQ_IPV4ONLY, "IPV4ONLY", 1, {0, 1}, {2, -1}},
        {ZMQ_CONFLATE, "CONFLATE", 0, {1, 0}, {2, -1}},
        {ZMQ_TCP_KEEPALIVE, "TCP_KEEPALIVE", -1, {0, 1, -1}, {2, -2}},
        {ZMQ_TCP_KEEPALIVE_CNT, "TCP_KEEPALIVE_CNT", -1, {1, 10, -1}, {-2}},
        {ZMQ_TCP_KEEPALIVE_IDLE, "TCP_KEEPALIVE_IDLE", -1, {1, 10, -1}, {-2}},
        {ZMQ_TCP_KEEPALIVE_INTVL, "TCP_KEEPALIVE_INTVL", -1, {1, 10, -1}, {-2}},
        {ZMQ_HANDSHAKE_IVL, "HANDSHAKE_IVL", 30000, {0, 1}, {-1}},
        {ZMQ_HEARTBEAT_IVL, "HEARTBEAT_IVL", 0, {1, 0}, {-1}},
        {ZMQ_HEARTBEAT_TIMEOUT, "HEARTBEAT_TIMEOUT", -1, {0, 1}, {-2}},
        {ZMQ_HEARTBEAT_TTL, "HEARTBEAT_TTL", 0, {100, 6553500, 0}, {6553600}},
        {ZMQ_CONNECT_TIMEOUT, "CONNECT_TIMEOUT", 0, {1, 0}, {-1}},
        {ZMQ_TCP_MAXRT, "TCP_MAXRT", 0, {1, 0}, {-1}},
    };
    return all;
}

bool is_einval(int result) { return result == -1 && zmq_errno() == EINVAL; }

}  // namespace

TEST_CASE("integer options: the manual's defaults, round trips, ranges and sizes") {
    c_context context;
    void* socket = zmq_socket(context, ZMQ_DEALER);
    const auto value_of = [&](int number) {
        int value = -12345;
        std::size_t size = sizeof value;
        CHECK(zmq_getsockopt(socket, number, &value, &size) == 0);
        CHECK(size == sizeof value);
        return value;
    };
    for (const auto& option : integers()) {
        CAPTURE(option.name);
        CHECK(value_of(option.number) == option.initial);
        for (const int value : option.good) {
            CAPTURE(value);
            CHECK(zmq_setsockopt(socket, option.number, &value, sizeof value) == 0);
            CHECK(value_of(option.number) == value);
        }
        const int before = value_of(option.number);
        for (const int value : option.bad) {
            CAPTURE(value);
            CHECK(is_einval(zmq_setsockopt(socket, option.number, &value, sizeof value)));
        }
        const std::int64_t wide = before;
        CHECK(is_einval(zmq_setsockopt(socket, option.number, &wide, sizeof wide)));
        CHECK(is_einval(zmq_setsockopt(socket, option.number, &before, 1)));
        CHECK(is_einval(zmq_setsockopt(socket, option.number, nullptr, 0)));
        CHECK(value_of(option.number) == before);
        char small[2];
        std::size_t size = sizeof small;
        CHECK(is_einval(zmq_getsockopt(socket, option.number, small, &size)));
    }
    zmq_close(socket);
}

TEST_CASE("MAXMSGSIZE is 64 bits, and so is AFFINITY") {
    c_context context;
    c_socket socket(context, ZMQ_DEALER);
    std::int64_t limit = 0;
    std::size_t size = sizeof limit;
    CHECK(zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &limit, &size) == 0);
    CHECK(limit == -1);
    limit = std::int64_t{1} << 40;
    CHECK(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit) == 0);
    limit = 0;
    CHECK(zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &limit, &size) == 0);
    CHECK(limit == std::int64_t{1} << 40);
    const int narrow = 5;
    CHECK(is_einval(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &narrow, sizeof narrow)));
    std::uint64_t mask = 99;
    CHECK(zmq_getsockopt(socket, ZMQ_AFFINITY, &mask, &size) == 0);
    CHECK(mask == 0);
    mask = 1;
    CHECK(zmq_setsockopt(socket, ZMQ_AFFINITY, &mask, sizeof mask) == 0);
    CHECK(is_einval(zmq_setsockopt(socket, ZMQ_AFFINITY, &narrow, sizeof narrow)));
}

TEST_CASE("a routing id is octets, 1 to 255 of them") {
    c_context context;
    c_socket socket(context, ZMQ_DEALER);
    using namespace std::string_view_literals;
    char text[300];
    std::size_t size = sizeof text;
    CHECK(zmq_getsockopt(socket, ZMQ_ROUTING_ID, text, &size) == 0);
    CHECK(size == 0);
    CHECK(socket.set(ZMQ_ROUTING_ID, "a\0b"sv) == 0);
    size = sizeof text;
    CHECK(zmq_getsockopt(socket, ZMQ_ROUTING_ID, text, &size) == 0);
    CHECK(std::string_view(text, size) == "a\0b"sv);
    size = 2;
    CHECK(is_einval(zmq_getsockopt(socket, ZMQ_ROUTING_ID, text, &size)));
    CHECK(is_einval(socket.set(ZMQ_ROUTING_ID, ""sv)));
    CHECK(is_einval(socket.set(ZMQ_ROUTING_ID, std::string(256, 'x'))));
    CHECK(socket.set(ZMQ_ROUTING_ID, std::string(255, 'x')) == 0);
}

TEST_CASE("LAST_ENDPOINT is text with its end, and needs the room") {
    c_context context;
    c_socket socket(context, ZMQ_PAIR);
    socket.bound("inproc://twenty-octets-long");
    char text[64];
    std::size_t size = sizeof text;
    CHECK(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, text, &size) == 0);
    CHECK(std::string(text) == "inproc://twenty-octets-long");
    CHECK(size == std::strlen(text) + 1);
    size = std::strlen(text);
    CHECK(is_einval(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, text, &size)));
}

TEST_CASE("some options only answer") {
    c_context context;
    c_socket socket(context, ZMQ_ROUTER);
    CHECK(socket.get(ZMQ_TYPE) == ZMQ_ROUTER);
    CHECK(socket.get(ZMQ_RCVMORE) == 0);
    CHECK(socket.get(ZMQ_MECHANISM) == ZMQ_NULL);
    CHECK(socket.get(ZMQ_THREAD_SAFE) == 0);
    CHECK(socket.get(ZMQ_FD) > 2);
    CHECK(socket.get(ZMQ_EVENTS) != -12345);
    for (const int number : {ZMQ_TYPE, ZMQ_RCVMORE, ZMQ_FD, ZMQ_EVENTS, ZMQ_MECHANISM, ZMQ_LAST_ENDPOINT}) {
        CAPTURE(number);
        CHECK(is_einval(socket.set(number, 1)));
    }
}

TEST_CASE("each socket says its type") {
    c_context context;
    for (int type = ZMQ_PAIR; type <= ZMQ_STREAM; ++type)
        CHECK(c_socket(context, type).get(ZMQ_TYPE) == type);
}

TEST_CASE("some options can only be set") {
    c_context context;
    c_socket sub(context, ZMQ_SUB), router(context, ZMQ_ROUTER), req(context, ZMQ_REQ),
        xpub(context, ZMQ_XPUB), stream(context, ZMQ_STREAM);
    CHECK(sub.set(ZMQ_SUBSCRIBE, "a") == 0);
    CHECK(sub.set(ZMQ_UNSUBSCRIBE, "a") == 0);
    CHECK(sub.get(ZMQ_SUBSCRIBE) == -12345);
    for (const int option : {ZMQ_ROUTER_MANDATORY, ZMQ_ROUTER_HANDOVER, ZMQ_PROBE_ROUTER, ZMQ_ROUTER_RAW}) {
        CAPTURE(option);
        CHECK(router.set(option, 1) == 0);
        CHECK(is_einval(router.set(option, -1)));
    }
    for (const int option : {ZMQ_REQ_CORRELATE, ZMQ_REQ_RELAXED}) CHECK(req.set(option, 1) == 0);
    for (const int option : {ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER, ZMQ_XPUB_NODROP, ZMQ_XPUB_MANUAL}) {
        CAPTURE(option);
        CHECK(xpub.set(option, 1) == 0);
        CHECK(is_einval(xpub.set(option, -1)));
    }
    CHECK(xpub.set(ZMQ_XPUB_WELCOME_MSG, "hello") == 0);
    CHECK(stream.set(ZMQ_STREAM_NOTIFY, 0) == 0);
    CHECK(stream.set(ZMQ_STREAM_NOTIFY, 1) == 0);
    CHECK(xpub.set(ZMQ_INVERT_MATCHING, 1) == 0);
}

TEST_CASE("an option that belongs to another socket type is EINVAL") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), req(context, ZMQ_REQ);
    CHECK(is_einval(pull.set(ZMQ_SUBSCRIBE, "x")));
    CHECK(is_einval(pull.set(ZMQ_UNSUBSCRIBE, "x")));
    for (const int option : {ZMQ_ROUTER_MANDATORY, ZMQ_ROUTER_HANDOVER, ZMQ_ROUTER_RAW, ZMQ_XPUB_VERBOSE,
                             ZMQ_XPUB_VERBOSER, ZMQ_XPUB_NODROP, ZMQ_XPUB_MANUAL, ZMQ_REQ_CORRELATE,
                             ZMQ_REQ_RELAXED, ZMQ_PROBE_ROUTER, ZMQ_STREAM_NOTIFY}) {
        CAPTURE(option);
        CHECK(is_einval(pull.set(option, 1)));
    }
    CHECK(is_einval(req.set(ZMQ_ROUTER_MANDATORY, 1)));
}

TEST_CASE("option numbers that are none are EINVAL, both ways") {
    c_context context;
    c_socket socket(context, ZMQ_DEALER);
    for (const int number : {0, 1, 2, 3, 10, 20, 26, 29, 30, 67, 82, 83, 4711, -1}) {
        CAPTURE(number);
        CHECK(is_einval(socket.set(number, 1)));
        int value = 0;
        std::size_t size = sizeof value;
        CHECK(is_einval(zmq_getsockopt(socket, number, &value, &size)));
    }
}

TEST_CASE("BINDTODEVICE, ZAP_DOMAIN and METADATA are text") {
    c_context context;
    c_socket socket(context, ZMQ_DEALER);
    CHECK(socket.text(ZMQ_BINDTODEVICE).empty());
    CHECK(socket.set(ZMQ_BINDTODEVICE, "lo") == 0);
    CHECK(socket.text(ZMQ_BINDTODEVICE) == "lo");
    CHECK(socket.text(ZMQ_ZAP_DOMAIN).empty());
    CHECK(socket.set(ZMQ_ZAP_DOMAIN, "domain") == 0);
    CHECK(socket.text(ZMQ_ZAP_DOMAIN) == "domain");
    constexpr int metadata = 95;
    CHECK(socket.set(metadata, "X-hello:world") == 0);
    CHECK(is_einval(socket.set(metadata, "no colon")));
    CHECK(is_einval(socket.set(metadata, "not-x:value")));
}

TEST_CASE("metadata travels with the connection") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    constexpr int metadata = 95;
    REQUIRE(push.set(metadata, "X-hello:world") == 0);
    REQUIRE(push.set(metadata, "X-other:thing") == 0);
    push.connect(pull.bound("tcp://127.0.0.1:*"));
    push.send("x");
    c_message got;
    REQUIRE(zmq_msg_recv(&got, pull, 0) == 1);
    REQUIRE(zmq_msg_gets(&got, "X-hello"));
    CHECK(std::string(zmq_msg_gets(&got, "X-hello")) == "world");
    REQUIRE(zmq_msg_gets(&got, "X-other"));
    CHECK(std::string(zmq_msg_gets(&got, "X-other")) == "thing");
}

TEST_CASE("a high-water mark that changes concerns connections that are there already") {
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(false));
    two.other.set(ZMQ_SNDHWM, 2);
    two.one.set(ZMQ_RCVHWM, 2);
    int sent = 0;
    while (sent < 5000 && two.other.send("x", ZMQ_DONTWAIT) == 1) ++sent;
    CHECK(sent < 5000);
}
