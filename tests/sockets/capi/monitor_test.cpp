// zmq_socket_monitor: what happens to connections, in libzmq's events and order.
#include "c_api.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace zither::test;

namespace {

struct event {
    int number = 0;
    std::uint32_t value = 0;
    std::string endpoint;
};

/// The application's end of a monitor.
class monitor {
public:
    monitor(void* context, void* of, int events = ZMQ_EVENT_ALL) : pair_(context, ZMQ_PAIR) {
        const auto at = "inproc://" + fresh_name();
        REQUIRE(zmq_socket_monitor(of, at.c_str(), events) == 0);
        REQUIRE(pair_.connect(at) == 0);
    }
    event next() {
        event got;
        c_message first, second;
        if (zmq_msg_recv(&first, pair_, 0) != 6 || !zmq_msg_more(&first)) return got;
        if (zmq_msg_recv(&second, pair_, 0) < 0 || zmq_msg_more(&second)) return got;
        std::uint16_t number = 0;
        std::memcpy(&number, zmq_msg_data(&first), 2);
        std::memcpy(&got.value, static_cast<char*>(zmq_msg_data(&first)) + 2, 4);
        got.number = number;
        got.endpoint = second.text();
        return got;
    }
    /// The next event is this one, of this endpoint.
    bool then(int number, const std::string& endpoint) {
        last = next();
        CAPTURE(last.number, last.value, last.endpoint);
        CHECK(last.number == number);
        CHECK(last.endpoint == endpoint);
        return last.number == number;
    }
    /// Some event from here on is this one.
    bool eventually_tells(int number) {
        do {
            last = next();
        } while (last.number != number && last.number != 0 && last.number != ZMQ_EVENT_MONITOR_STOPPED);
        return last.number == number;
    }
    bool silent() {
        zmq_pollitem_t item{pair_, 0, ZMQ_POLLIN, 0};
        return zmq_poll(&item, 1, 50) == 0;
    }
    event last;

private:
    c_socket pair_;
};

/// A peer that is no ZeroMQ socket.
class raw_peer {
public:
    explicit raw_peer(const std::string& endpoint) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
        REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    }
    raw_peer(const raw_peer&) = delete;
    raw_peer& operator=(const raw_peer&) = delete;
    ~raw_peer() { close(); }
    void write(std::string_view text) const {
        REQUIRE(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(text.size()));
    }
    void close() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }

private:
    int descriptor_;
};

std::string greeting(const std::string& mechanism) {
    auto text = "\xff" + std::string(8, '\0') + "\x7f\x03" + std::string(1, '\0') + mechanism;
    text.resize(64, '\0');
    return text;
}

const std::string& each_address() {
    static const std::string addresses[] = {"tcp://127.0.0.1:*", "ipc://@" + fresh_name()};
    return addresses[GENERATE(0, 1)];
}

}  // namespace

TEST_CASE("a bound socket tells of its listener, of who comes and of who goes") {
    const auto& address = each_address();
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    monitor events(context, pull);
    const auto at = pull.bound(address);
    CHECK(events.then(ZMQ_EVENT_LISTENING, at));
    CHECK(events.last.value > 2);  // the descriptor
    {
        c_socket push(context, ZMQ_PUSH);
        push.connect(at);
        CHECK(events.then(ZMQ_EVENT_ACCEPTED, at));
        CHECK(events.last.value > 2);
        CHECK(events.then(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, at));
        CHECK(events.last.value == 0);
    }
    CHECK(events.then(ZMQ_EVENT_DISCONNECTED, at));
    CHECK(zmq_unbind(pull, at.c_str()) == 0);
    CHECK(events.then(ZMQ_EVENT_CLOSED, at));
    pull.close();
    CHECK(events.next().number == ZMQ_EVENT_MONITOR_STOPPED);
}

TEST_CASE("a connecting socket tells of its connection, its loss and its attempts to repair it") {
    const auto& address = each_address();
    c_context context;
    c_socket push(context, ZMQ_PUSH);
    push.set(ZMQ_RECONNECT_IVL, 10);
    monitor events(context, push);
    std::string at;
    {
        c_socket pull(context, ZMQ_PULL);
        at = pull.bound(address);
        push.connect(at);
        if (address[0] == 't') {
            CHECK(events.then(ZMQ_EVENT_CONNECT_DELAYED, at));
            CHECK(events.last.value == EINPROGRESS);
        }
        CHECK(events.then(ZMQ_EVENT_CONNECTED, at));
        CHECK(events.last.value > 2);
        CHECK(events.then(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, at));
    }
    CHECK(events.then(ZMQ_EVENT_DISCONNECTED, at));
    CHECK(events.then(ZMQ_EVENT_CONNECT_RETRIED, at));
    CHECK(events.last.value >= 10);  // the wait before the next attempt, at random up to twice the interval
    CHECK(events.eventually_tells(ZMQ_EVENT_CLOSED));
    CHECK(events.last.endpoint == at);
    CHECK(events.eventually_tells(ZMQ_EVENT_CONNECT_RETRIED));
    c_socket again(context, ZMQ_PULL);
    CHECK(eventually([&] { return zmq_bind(again, at.c_str()) == 0; }));
    CHECK(events.eventually_tells(ZMQ_EVENT_CONNECTED));
    CHECK(events.then(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, at));
    push.close();
    CHECK(events.eventually_tells(ZMQ_EVENT_MONITOR_STOPPED));
}

TEST_CASE("an attempt that fails is told: delayed, closed, retried") {
    c_context context;
    c_socket push(context, ZMQ_PUSH);
    monitor events(context, push);
    push.connect("tcp://127.0.0.1:9");
    CHECK(events.then(ZMQ_EVENT_CONNECT_DELAYED, "tcp://127.0.0.1:9"));
    CHECK(events.then(ZMQ_EVENT_CLOSED, "tcp://127.0.0.1:9"));
    CHECK(events.then(ZMQ_EVENT_CONNECT_RETRIED, "tcp://127.0.0.1:9"));
}

TEST_CASE("a bind that fails is told, with its reason") {
    c_context context;
    c_socket first(context, ZMQ_PULL), second(context, ZMQ_PULL);
    const auto at = first.bound("tcp://127.0.0.1:*");
    monitor events(context, second, ZMQ_EVENT_BIND_FAILED);
    CHECK(zmq_bind(second, at.c_str()) == -1);
    CHECK(events.next().number == ZMQ_EVENT_BIND_FAILED);
    CHECK(zmq_bind(second, at.c_str()) == -1);
    CHECK(events.next().value == EADDRINUSE);
}

TEST_CASE("a peer that breaks the protocol fails its handshake, and the reason is told") {
    struct wrong {
        std::string octets;
        std::uint32_t reason;
    };
    const auto read_too_early = greeting("NULL") + std::string("\0\3abc", 5);
    const auto cases = std::vector<wrong>{
        {greeting("XXXX"), ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH},
        {greeting("PLAIN"), ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH},
        {std::string(64, '\xff'), ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH},
        {read_too_early, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND},
        {greeting("NULL") + "\x04\x06\x05WHATX", ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        CAPTURE(i);
        c_context context;
        c_socket pull(context, ZMQ_PULL);
        const auto at = pull.bound("tcp://127.0.0.1:*");
        monitor events(context, pull);
        raw_peer peer(at);
        peer.write(cases[i].octets);
        CHECK(events.then(ZMQ_EVENT_ACCEPTED, at));
        CHECK(events.then(ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, at));
        CHECK(events.last.value == cases[i].reason);
        CHECK(events.then(ZMQ_EVENT_DISCONNECTED, at));
    }
}

TEST_CASE("a peer that leaves or falls silent in its handshake fails it without detail") {
    const bool leaves = GENERATE(true, false);
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    pull.set(ZMQ_HANDSHAKE_IVL, 50);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    monitor events(context, pull);
    raw_peer peer(at);
    if (leaves) peer.close();
    CHECK(events.then(ZMQ_EVENT_ACCEPTED, at));
    CHECK(events.then(ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, at));
    CHECK(events.last.value != 0);
    CHECK(events.then(ZMQ_EVENT_DISCONNECTED, at));
}

TEST_CASE("a browser that comes by does not succeed, nor does it hurt") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    pull.set(ZMQ_HANDSHAKE_IVL, 50);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    monitor events(context, pull);
    raw_peer peer(at);
    peer.write("GET / HTTP/1.0\r\n\r\n");
    CHECK(events.then(ZMQ_EVENT_ACCEPTED, at));
    const auto failure = events.next();
    CHECK((failure.number & (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)) !=
          0);
    CHECK(events.then(ZMQ_EVENT_DISCONNECTED, at));
    push.connect(at);
    push.send("x");
    CHECK(pull.receive() == "x");
}

TEST_CASE("peers of types that do not fit fail their handshakes", "[zither]") {  // libzmq tells nothing
    c_context context;
    c_socket pull(context, ZMQ_PULL), sub(context, ZMQ_SUB);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    monitor events(context, pull, ZMQ_EVENT_ALL & ~ZMQ_EVENT_ACCEPTED);
    sub.connect(at);
    const auto failure = events.next();
    CHECK((failure.number & (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)) !=
          0);
    CHECK(events.then(ZMQ_EVENT_DISCONNECTED, at));
}

TEST_CASE("only the events asked for are told") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    monitor events(context, pull, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    push.connect(at);
    CHECK(events.then(ZMQ_EVENT_HANDSHAKE_SUCCEEDED, at));
    push.close();
    CHECK(events.silent());
}

TEST_CASE("a monitor ends when it is told to, and another may begin") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    monitor first(context, pull);
    CHECK(zmq_socket_monitor(pull, nullptr, 0) == 0);
    CHECK(first.next().number == ZMQ_EVENT_MONITOR_STOPPED);
    monitor second(context, pull);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    CHECK(second.then(ZMQ_EVENT_LISTENING, at));
    CHECK(first.silent());
}

TEST_CASE("a monitor that nobody reads costs no more than its queue", "[zither]") {  // libzmq would block
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    const auto name = "inproc://" + fresh_name();
    REQUIRE(zmq_socket_monitor(pull, name.c_str(), ZMQ_EVENT_ALL) == 0);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    for (int i = 0; i < 20; ++i) {
        c_socket push(context, ZMQ_PUSH);
        push.connect(at);
        push.send("x");
        CHECK(pull.receive() == "x");
    }
}

TEST_CASE("monitors speak inproc only, each at an address of its own") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), other(context, ZMQ_PULL);
    CHECK(zmq_socket_monitor(pull, "tcp://127.0.0.1:*", ZMQ_EVENT_ALL) == -1);
    CHECK(zmq_errno() == EPROTONOSUPPORT);
    CHECK(zmq_socket_monitor(pull, "nonsense", ZMQ_EVENT_ALL) == -1);
    CHECK(zmq_errno() == EINVAL);
    const auto taken = "inproc://" + fresh_name();
    CHECK(zmq_socket_monitor(pull, taken.c_str(), ZMQ_EVENT_ALL) == 0);
    CHECK(zmq_socket_monitor(other, taken.c_str(), ZMQ_EVENT_ALL) == -1);
    CHECK(zmq_errno() == EADDRINUSE);
}

TEST_CASE("the monitor hears of the end of its context") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    monitor events(context, pull);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    CHECK(events.then(ZMQ_EVENT_LISTENING, at));
    pull.close();
    CHECK(events.eventually_tells(ZMQ_EVENT_MONITOR_STOPPED));
}
