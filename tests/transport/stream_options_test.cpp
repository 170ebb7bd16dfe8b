#include "zither/transport/stream_options.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace zither::transport;

namespace {

/// An unconnected stream of one family, with options applied.
struct stream {
    explicit stream(int family, const stream_options& options = {})
        : descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (descriptor >= 0) apply(options, descriptor, family);
    }
    ~stream() { ::close(descriptor); }
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    int get(int level, int name) const {
        int value = -1;
        socklen_t size = sizeof value;
        REQUIRE(::getsockopt(descriptor, level, name, &value, &size) == 0);
        return value;
    }
    const int descriptor;
};

int untouched(int family, int level, int name) {
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int value = -1;
    socklen_t size = sizeof value;
    (void)::getsockopt(descriptor, level, name, &value, &size);
    ::close(descriptor);
    return value;
}

}  // namespace

TEST_CASE("a tcp stream does not wait for company, all else is the system's choice") {
    const stream one(AF_INET);
    CHECK(one.get(IPPROTO_TCP, TCP_NODELAY) == 1);
    for (const int name : {SO_SNDBUF, SO_RCVBUF, SO_PRIORITY, SO_KEEPALIVE})
        CHECK(one.get(SOL_SOCKET, name) == untouched(AF_INET, SOL_SOCKET, name));
    for (const int name : {TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_USER_TIMEOUT})
        CHECK(one.get(IPPROTO_TCP, name) == untouched(AF_INET, IPPROTO_TCP, name));
    CHECK(one.get(IPPROTO_IP, IP_TOS) == untouched(AF_INET, IPPROTO_IP, IP_TOS));
}

TEST_CASE("buffers get the size that was asked for") {
    stream_options options;
    options.send_buffer = 20000;
    options.receive_buffer = 30000;
    for (const int family : {AF_INET, AF_UNIX}) {
        const stream one(family, options);
        // Linux doubles what is asked for, for its own books.
        CHECK(one.get(SOL_SOCKET, SO_SNDBUF) == 40000);
        CHECK(one.get(SOL_SOCKET, SO_RCVBUF) == 60000);
    }
}

TEST_CASE("what may lie unsent is limited, except in a buffer that was asked for") {
    stream_options options;
    options.unsent_max = 20000;
    CHECK(stream(AF_INET, options).get(IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 20000);
    const auto systems = untouched(AF_INET, IPPROTO_TCP, TCP_NOTSENT_LOWAT);
    CHECK(stream(AF_INET).get(IPPROTO_TCP, TCP_NOTSENT_LOWAT) == systems);
    options.send_buffer = 50000;
    CHECK(stream(AF_INET, options).get(IPPROTO_TCP, TCP_NOTSENT_LOWAT) == systems);
}

TEST_CASE("keepalive is off, on, or left alone") {
    stream_options options;
    options.keepalive = 1;
    options.keepalive_count = 3;
    options.keepalive_idle = 40;
    options.keepalive_interval = 5;
    const stream on(AF_INET, options);
    CHECK(on.get(SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(on.get(IPPROTO_TCP, TCP_KEEPCNT) == 3);
    CHECK(on.get(IPPROTO_TCP, TCP_KEEPIDLE) == 40);
    CHECK(on.get(IPPROTO_TCP, TCP_KEEPINTVL) == 5);

    options.keepalive = 0;
    CHECK(stream(AF_INET, options).get(SOL_SOCKET, SO_KEEPALIVE) == 0);
    options.keepalive = -1;
    CHECK(stream(AF_INET, options).get(SOL_SOCKET, SO_KEEPALIVE) ==
          untouched(AF_INET, SOL_SOCKET, SO_KEEPALIVE));
}

TEST_CASE("type of service, priority and the retransmission limit are set") {
    stream_options options;
    options.type_of_service = 0x28;
    options.priority = 3;
    options.max_retransmit_ms = 7000;
    const stream one(AF_INET, options);
    CHECK(one.get(IPPROTO_IP, IP_TOS) == 0x28);
    CHECK(one.get(IPPROTO_TCP, TCP_USER_TIMEOUT) == 7000);
    options.type_of_service = 0;
    CHECK(stream(AF_INET, options).get(SOL_SOCKET, SO_PRIORITY) == 3);
}

TEST_CASE("an IPv6 stream gets its traffic class too") {
    stream_options options;
    options.type_of_service = 0x28;
    const stream one(AF_INET6, options);
    if (one.descriptor < 0) return;  // a machine without IPv6
    CHECK(one.get(IPPROTO_IPV6, IPV6_TCLASS) == 0x28);
    CHECK(one.get(IPPROTO_TCP, TCP_NODELAY) == 1);
}

TEST_CASE("what an ipc stream does not know is left out") {
    stream_options options;
    options.keepalive = 1;
    options.type_of_service = 0x28;
    options.max_retransmit_ms = 7000;
    options.device = "nosuchif0";
    const stream one(AF_UNIX, options);
    CHECK(::fcntl(one.descriptor, F_GETFD) >= 0);
    CHECK(one.get(SOL_SOCKET, SO_KEEPALIVE) == untouched(AF_UNIX, SOL_SOCKET, SO_KEEPALIVE));
}

TEST_CASE("an option the system refuses leaves its choice") {
    stream_options options;
    options.device = "nosuchif0";
    options.priority = 1000000;
    options.keepalive = 1;
    options.keepalive_count = 100000;
    const stream one(AF_INET, options);
    CHECK(one.get(SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(one.get(IPPROTO_TCP, TCP_KEEPCNT) == untouched(AF_INET, IPPROTO_TCP, TCP_KEEPCNT));
}
