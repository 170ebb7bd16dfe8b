// Traffic under CURVE through the C API, and peers that are not let in.
#include "security.hpp"

using namespace zither::test;

namespace {

const std::string& each_address() {
    static const std::string addresses[] = {"tcp://127.0.0.1:*", "ipc://@" + fresh_name()};
    return addresses[GENERATE(0, 1)];
}

/// Two sockets under CURVE; the bound one is the server.
struct sealed_pair {
    sealed_pair(int bound, int connected, const std::string& at = "tcp://127.0.0.1:*")
        : one(context, bound), other(context, connected) {
        serve_curve(one, server);
        use_curve(other, client, server.open);
        if (connected == ZMQ_SUB) other.set(ZMQ_SUBSCRIBE, "");
        endpoint = one.bound(at);
        REQUIRE(other.connect(endpoint) == 0);
    }
    keys server, client;
    c_context context;
    c_socket one, other;
    std::string endpoint;
};

/// A body that no other place in it looks like.
std::string pattern_of(std::size_t size) {
    std::string made(size, '\0');
    for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>(i * 31 + (i >> 8) * 7);
    return made;
}

std::string receive_large(const c_socket& from) {
    c_message got;
    return zmq_msg_recv(&got, from, 0) < 0 ? "<none>" : got.text();
}

}  // namespace

TEST_CASE("messages of every size and number of parts pass under CURVE") {
    sealed_pair at(ZMQ_PULL, ZMQ_PUSH, each_address());
    for (const int size : {0, 1, 222, 223, 255, 256, 8191, 16350, 16351, 16384, 65536, 1 << 20}) {
        const auto body = pattern_of(static_cast<std::size_t>(size));
        REQUIRE(at.other.send(body) == size);
        CHECK(receive_large(at.one) == body);
    }
    const auto large = pattern_of(1 << 20);
    for (int i = 0; i < 4; ++i) {
        at.other.send("head", ZMQ_SNDMORE);
        at.other.send(large, ZMQ_SNDMORE);
        at.other.send("", ZMQ_SNDMORE);
        at.other.send("tail");
    }
    for (int i = 0; i < 4; ++i) {
        CHECK(at.one.receive() == "head");
        CHECK(receive_large(at.one) == large);
        CHECK(at.one.receive().empty());
        CHECK(at.one.receive() == "tail");
        CHECK(at.one.get(ZMQ_RCVMORE) == 0);
    }
}

TEST_CASE("requests and replies pass under CURVE") {
    sealed_pair at(ZMQ_REP, ZMQ_REQ, each_address());
    for (int i = 0; i < 100; ++i) {
        const auto body = std::to_string(i);
        at.other.send(body);
        CHECK(at.one.receive() == body);
        at.one.send(body + "!");
        CHECK(at.other.receive() == body + "!");
    }
}

TEST_CASE("envelopes pass under CURVE, many in a row both ways") {
    sealed_pair at(ZMQ_ROUTER, ZMQ_DEALER, each_address());
    constexpr int count = 500;
    for (int i = 0; i < count; ++i) {
        at.other.send("", ZMQ_SNDMORE);
        at.other.send(std::to_string(i));
    }
    for (int i = 0; i < count; ++i) {
        const auto id = at.one.receive();
        CHECK(at.one.receive_all() == "|" + std::to_string(i));
        at.one.send(id, ZMQ_SNDMORE);
        at.one.send(std::to_string(-i));
    }
    for (int i = 0; i < count; ++i) CHECK(at.other.receive() == std::to_string(-i));
}

TEST_CASE("subscriptions and what is published pass under CURVE") {
    sealed_pair at(ZMQ_XPUB, ZMQ_SUB, each_address());
    CHECK(at.one.receive() == "\1");
    at.other.set(ZMQ_UNSUBSCRIBE, "");
    at.other.set(ZMQ_SUBSCRIBE, "news");
    std::string seen;
    while ((seen = at.one.receive()) != "\1news") REQUIRE(seen == std::string(1, '\0'));
    at.one.send("weather");
    at.one.send("news of today");
    CHECK(at.other.receive() == "news of today");
}

TEST_CASE("heartbeats keep a sealed connection alive") {
    keys server, client;
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    serve_curve(pull, server);
    use_curve(push, client, server.open);
    for (const auto* each : {&pull, &push}) {
        each->set(ZMQ_HEARTBEAT_IVL, 20);
        each->set(ZMQ_HEARTBEAT_TIMEOUT, 10000);
        each->set(ZMQ_HEARTBEAT_TTL, 10000);
    }
    handshakes pulled(context, pull);
    REQUIRE(push.connect(pull.bound("tcp://127.0.0.1:*")) == 0);
    CHECK(pulled.next() == "good");
    // Nothing but PING and PONG for several intervals.
    zmq_pollitem_t item{pull, 0, ZMQ_POLLIN, 0};
    CHECK(zmq_poll(&item, 1, 200) == 0);
    push.send("still here");
    CHECK(pull.receive() == "still here");
}

TEST_CASE("what waits for a server comes when it is back") {
    keys server, client;
    c_context context;
    c_socket push(context, ZMQ_PUSH);
    use_curve(push, client, server.open);
    push.set(ZMQ_RECONNECT_IVL, 1);
    std::string endpoint;
    {
        c_socket pull(context, ZMQ_PULL);
        serve_curve(pull, server);
        endpoint = pull.bound("tcp://127.0.0.1:*");
        REQUIRE(push.connect(endpoint) == 0);
        push.send("first");
        CHECK(pull.receive() == "first");
        REQUIRE(zmq_socket_monitor(push, "inproc://gone", ZMQ_EVENT_DISCONNECTED) == 0);
    }
    c_socket gone(context, ZMQ_PAIR);
    REQUIRE(gone.connect("inproc://gone") == 0);
    CHECK(gone.receive_all().size() > 6);
    for (int i = 0; i < 100; ++i) push.send(std::to_string(i));
    c_socket pull(context, ZMQ_PULL);
    serve_curve(pull, server);
    REQUIRE(eventually([&] { return zmq_bind(pull, endpoint.c_str()) == 0; }));
    for (int i = 0; i < 100; ++i) CHECK(pull.receive() == std::to_string(i));
}

TEST_CASE("a peer of another mechanism, or of another key, is not let in") {
    keys server, client, other;
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    serve_curve(pull, server);
    const int how = GENERATE(0, 1, 2, 3);
    if (how == 1) use_plain(push, "admin", "secret");
    if (how == 2) use_curve(push, client, other.open);
    if (how == 3) {
        use_curve(push, client, server.open);
        push.set(ZMQ_CURVE_PUBLICKEY, other.open);
    }
    push.set(ZMQ_RECONNECT_IVL, -1);
    handshakes pulled(context, pull);
    REQUIRE(push.connect(pull.bound("tcp://127.0.0.1:*")) == 0);
    push.send("hello", ZMQ_DONTWAIT);
    const auto seen = pulled.next();
    CAPTURE(how, seen);
    CHECK((how < 2 ? seen == "broken 11000002" || seen == "failed" : seen == "broken 11000001"));
    CHECK(zmq_recv(pull, nullptr, 0, ZMQ_DONTWAIT) == -1);
}

TEST_CASE("a client of a server without security is not spoken to in the clear") {
    keys server, client;
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    use_curve(push, client, server.open);
    push.set(ZMQ_RECONNECT_IVL, -1);
    handshakes pushed(context, push);
    REQUIRE(push.connect(pull.bound("tcp://127.0.0.1:*")) == 0);
    push.send("secret", ZMQ_DONTWAIT);
    CHECK(pushed.next() != "good");
    CHECK(zmq_recv(pull, nullptr, 0, ZMQ_DONTWAIT) == -1);
}

TEST_CASE("each context has a handler of its own, and several sockets share one") {
    keys server, client;
    c_context contexts[2];
    for (auto& context : contexts) {
        zap_handler handler(context);
        std::vector<c_socket> pulls, pushes;
        for (int i = 0; i < 4; ++i) {
            pulls.emplace_back(context, ZMQ_PULL);
            serve_curve(pulls.back(), server);
            pulls.back().set(ZMQ_ZAP_DOMAIN, std::to_string(i));
            pushes.emplace_back(context, ZMQ_PUSH);
            use_curve(pushes.back(), client, server.open);
            REQUIRE(pushes.back().connect(pulls.back().bound("tcp://127.0.0.1:*")) == 0);
            pushes.back().send("from " + std::to_string(i));
        }
        for (int i = 0; i < 4; ++i) {
            const auto asked = handler.question();
            REQUIRE(asked.size() == 7);
            handler.say(handler.reply("200", "user of " + asked[2]));
        }
        for (int i = 0; i < 4; ++i) {
            c_message got;
            REQUIRE(zmq_msg_recv(&got, pulls[static_cast<std::size_t>(i)], 0) == 6);
            CHECK(got.text() == "from " + std::to_string(i));
            CHECK(std::string(zmq_msg_gets(&got, "User-Id")) == "user of " + std::to_string(i));
        }
    }
}
