// tipc and vsock: streams as others, where the kernel offers them.
#include "c_api.hpp"

#include <sys/socket.h>

using namespace zither::test;

namespace {

bool failed(int result, int number) { return result == -1 && zmq_errno() == number; }

bool offers(int family) {
    const int probe = ::socket(family, SOCK_STREAM, 0);
    if (probe >= 0) ::close(probe);
    return probe >= 0;
}

/// The next event of a monitor's end: its number and value.
std::pair<int, std::uint32_t> next_event(const c_socket& events) {
    const auto first = events.receive();
    REQUIRE(first.size() == 6);
    events.receive();
    std::uint16_t number = 0;
    std::uint32_t value = 0;
    std::memcpy(&number, first.data(), sizeof number);
    std::memcpy(&value, first.data() + sizeof number, sizeof value);
    return {number, value};
}

c_socket watched(void* in, void* of) {
    const auto at = "inproc://" + fresh_name();
    REQUIRE(zmq_socket_monitor(of, at.c_str(), ZMQ_EVENT_ALL) == 0);
    c_socket end(in, ZMQ_PAIR);
    REQUIRE(end.connect(at) == 0);
    return end;
}

void ask_and_answer(const c_socket& server, const c_socket& client) {
    CHECK(client.send("question") == 8);
    CHECK(server.receive() == "question");
    CHECK(server.send("answer") == 6);
    CHECK(client.receive() == "answer");
}

}  // namespace

TEST_CASE("zmq_has says that tipc and vsock are spoken") {
    CHECK(zmq_has("tipc") == 1);
    CHECK(zmq_has("vsock") == 1);
}

TEST_CASE("without the kernel's tipc and vsock a bind says so, and a connect tries on") {
    for (const auto& [family, where, to] : {std::tuple{AF_TIPC, "tipc://{5560,0,0}", "tipc://{5560,0}"},
                                            {AF_VSOCK, "vsock://*:5560", "vsock://1:5560"}}) {
        if (offers(family)) continue;
        CAPTURE(where);
        c_context in;
        c_socket server(in, ZMQ_REP), client(in, ZMQ_REQ);
        const auto bound = watched(in, server);
        const auto connected = watched(in, client);
        CHECK(failed(zmq_bind(server, where), EAFNOSUPPORT));
        CHECK(next_event(bound) == std::pair<int, std::uint32_t>(ZMQ_EVENT_BIND_FAILED, EAFNOSUPPORT));
        CHECK(client.connect(to) == 0);
        CHECK(client.last_endpoint() == to);
        for (int i = 0; i < 2; ++i) CHECK(next_event(connected).first == ZMQ_EVENT_CONNECT_RETRIED);
    }
}

TEST_CASE("a request over tipc") {
    if (!offers(AF_TIPC)) {
        WARN("skipped: this kernel has no tipc");
        return;
    }
    c_context in;
    c_socket server(in, ZMQ_REP), client(in, ZMQ_REQ), other(in, ZMQ_REQ);
    REQUIRE(zmq_bind(server, "tipc://{5560,0,0}") == 0);
    REQUIRE(client.connect("tipc://{5560,0}@0.0.0") == 0);
    ask_and_answer(server, client);
    REQUIRE(other.connect(server.bound("tipc://<*>")) == 0);
    ask_and_answer(server, other);
}

TEST_CASE("a vsock endpoint gets a port that is free") {
    if (!offers(AF_VSOCK)) {
        WARN("skipped: this kernel has no vsock");
        return;
    }
    c_context in;
    c_socket server(in, ZMQ_REP), again(in, ZMQ_REP);
    const auto events = watched(in, server);
    const auto at = server.bound("vsock://*:*");
    REQUIRE(at.starts_with("vsock://*:"));
    CHECK(std::stoul(at.substr(at.rfind(':') + 1)) > 0);
    CHECK(next_event(events).first == ZMQ_EVENT_LISTENING);
    CHECK(failed(zmq_bind(again, at.c_str()), EADDRINUSE));
    CHECK(zmq_unbind(server, at.c_str()) == 0);
    CHECK(eventually([&] { return zmq_bind(again, at.c_str()) == 0; }));
}

TEST_CASE("a request over vsock") {
    // Elsewhere a connect to this machine itself would leave it.
    if (::access("/sys/module/vsock_loopback", F_OK) != 0) {
        WARN("skipped: this kernel has no vsock loopback");
        return;
    }
    c_context in;
    c_socket server(in, ZMQ_REP), client(in, ZMQ_REQ);
    const auto at = server.bound("vsock://1:*");
    REQUIRE(at.starts_with("vsock://1:"));
    REQUIRE(client.connect(at) == 0);
    ask_and_answer(server, client);
}

TEST_CASE("tipc and vsock endpoints that are none are refused") {
    c_context in;
    c_socket one(in, ZMQ_PAIR);
    for (const auto* wrong :
         {"tipc://", "tipc://x", "tipc://{5560}", "vsock://", "vsock://1", "vsock://a:b"}) {
        CAPTURE(wrong);
        CHECK(failed(zmq_bind(one, wrong), EINVAL));
        CHECK(failed(one.connect(wrong), EINVAL));
    }
    CHECK(failed(one.connect("tipc://<*>"), EINVAL));
    CHECK(failed(one.connect("vsock://*:1"), EINVAL));
}
