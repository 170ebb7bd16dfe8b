// Messages about connections: HELLO_MSG, DISCONNECT_MSG, HICCUP_MSG and ROUTER_NOTIFY.
#include "c_api.hpp"

using namespace zither::test;

namespace {

std::string tcp_or_ipc() { return GENERATE("tcp://127.0.0.1:*", "ipc://*"); }

}  // namespace

TEST_CASE("HELLO_MSG is the first message to a new peer, whoever connected") {
    const auto at = GENERATE(as<std::string>(), "tcp://127.0.0.1:*", "ipc://*", "inproc");
    c_context context;
    c_socket router(context, ZMQ_ROUTER), dealer(context, ZMQ_DEALER);
    router.set(ZMQ_HELLO_MSG, "welcome");
    dealer.set(ZMQ_HELLO_MSG, "hello");
    dealer.set(ZMQ_ROUTING_ID, "D");
    dealer.connect(router.bound(at == "inproc" ? somewhere(false) : at));
    dealer.send("then");
    CHECK(dealer.receive() == "welcome");
    CHECK(router.receive_all() == "D|hello");
    CHECK(router.receive_all() == "D|then");
}

TEST_CASE("SERVER and CLIENT greet too, and a SERVER hears of a CLIENT's going") {
    const auto at = GENERATE(as<std::string>(), "tcp://127.0.0.1:*", "ipc://*", "inproc");
    c_context context;
    c_socket server(context, ZMQ_SERVER);
    server.set(ZMQ_HELLO_MSG, "welcome");
    server.set(ZMQ_DISCONNECT_MSG, "gone");
    const auto where = server.bound(at == "inproc" ? somewhere(false) : at);
    {
        c_socket client(context, ZMQ_CLIENT);
        client.set(ZMQ_HELLO_MSG, "hello");
        client.connect(where);
        CHECK(client.receive() == "welcome");
        CHECK(server.receive() == "hello");
    }
    CHECK(server.receive() == "gone");
}

TEST_CASE("HELLO_MSG goes before what waited for the connection, and again with the next one") {
    c_context context;
    std::string at;
    {
        c_socket gone(context, ZMQ_ROUTER);
        at = gone.bound("tcp://127.0.0.1:*");
    }
    c_socket dealer(context, ZMQ_DEALER);
    dealer.set(ZMQ_RECONNECT_IVL, 1);
    dealer.set(ZMQ_HELLO_MSG, "hello");
    dealer.set(ZMQ_ROUTING_ID, "D");
    dealer.connect(at);
    dealer.send("queued");
    for (int round = 0; round < 3; ++round) {
        c_socket router(context, ZMQ_ROUTER);
        REQUIRE(eventually([&] { return zmq_bind(router, at.c_str()) == 0; }));
        CHECK(router.receive_all() == "D|hello");
        if (round == 0) CHECK(router.receive_all() == "D|queued");
    }
}

TEST_CASE("HELLO_MSG says nothing on sockets of other types") {
    c_context context;
    c_socket push(context, ZMQ_PUSH), pull(context, ZMQ_PULL);
    CHECK(push.set(ZMQ_HELLO_MSG, "hello") == 0);
    push.connect(pull.bound("tcp://127.0.0.1:*"));
    push.send("first");
    CHECK(pull.receive() == "first");
}

TEST_CASE("DISCONNECT_MSG comes from a peer that had connected and is gone, after all it sent") {
    const auto at = GENERATE(as<std::string>(), "tcp://127.0.0.1:*", "ipc://*", "inproc");
    c_context context;
    c_socket router(context, ZMQ_ROUTER);
    router.set(ZMQ_DISCONNECT_MSG, "gone");
    const auto where = router.bound(at == "inproc" ? somewhere(false) : at);
    {
        c_socket dealer(context, ZMQ_DEALER);
        dealer.set(ZMQ_LINGER, -1);
        dealer.set(ZMQ_ROUTING_ID, "D");
        dealer.connect(where);
        dealer.send("one");
        dealer.send("two");
    }
    CHECK(router.receive_all() == "D|one");
    CHECK(router.receive_all() == "D|two");
    CHECK(router.receive_all() == "D|gone");
}

TEST_CASE("HICCUP_MSG comes when a connection we made is lost") {
    c_context context;
    c_socket dealer(context, ZMQ_DEALER);
    dealer.set(ZMQ_RECONNECT_IVL, 1);
    dealer.set(ZMQ_HICCUP_MSG, "hiccup");
    dealer.set(ZMQ_DISCONNECT_MSG, "never");
    std::string at;
    for (int round = 0; round < 2; ++round) {
        c_socket router(context, ZMQ_ROUTER);
        if (round == 0) {
            at = router.bound("tcp://127.0.0.1:*");
            dealer.connect(at);
        } else {
            REQUIRE(eventually([&] { return zmq_bind(router, at.c_str()) == 0; }));
        }
        dealer.send("ping");
        const auto id = router.receive();
        CHECK(router.receive() == "ping");
        router.send(id, ZMQ_SNDMORE);
        router.send("pong");
        CHECK(dealer.receive() == "pong");
        router.close();
        CHECK(dealer.receive() == "hiccup");
    }
}

TEST_CASE("ROUTER_NOTIFY tells of peers that come and go") {
    const int what = GENERATE(0, 1, 2, 3);
    c_context context;
    c_socket router(context, ZMQ_ROUTER);
    REQUIRE(router.set(ZMQ_ROUTER_NOTIFY, what) == 0);
    CHECK(router.get(ZMQ_ROUTER_NOTIFY) == what);
    const auto at = router.bound(tcp_or_ipc());
    {
        c_socket dealer(context, ZMQ_DEALER);
        dealer.set(ZMQ_LINGER, -1);
        dealer.set(ZMQ_ROUTING_ID, "D");
        dealer.connect(at);
        dealer.send("between");
    }
    if (what & ZMQ_NOTIFY_CONNECT) CHECK(router.receive_all() == "D|");
    CHECK(router.receive_all() == "D|between");
    if (what & ZMQ_NOTIFY_DISCONNECT) CHECK(router.receive_all() == "D|");
    // Nothing else was told: the next peer's word comes next.
    c_socket other(context, ZMQ_DEALER);
    other.set(ZMQ_ROUTING_ID, "E");
    other.connect(at);
    other.send("x");
    if (what & ZMQ_NOTIFY_CONNECT) CHECK(router.receive_all() == "E|");
    CHECK(router.receive_all() == "E|x");
}

TEST_CASE("ROUTER_NOTIFY is 0 to 3, and of ROUTER") {
    c_context context;
    c_socket router(context, ZMQ_ROUTER), dealer(context, ZMQ_DEALER);
    for (const int bad : {-1, 4}) {
        CHECK(router.set(ZMQ_ROUTER_NOTIFY, bad) == -1);
        CHECK(zmq_errno() == EINVAL);
    }
    CHECK(dealer.set(ZMQ_ROUTER_NOTIFY, 1) == -1);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("a peer that a ROUTER refuses is not told of") {
    c_context context;
    c_socket router(context, ZMQ_ROUTER), first(context, ZMQ_DEALER), second(context, ZMQ_DEALER);
    router.set(ZMQ_ROUTER_NOTIFY, 3);
    router.set(ZMQ_HELLO_MSG, "welcome");
    router.set(ZMQ_DISCONNECT_MSG, "gone");
    const auto at = router.bound("tcp://127.0.0.1:*");
    for (const auto* each : {&first, &second}) each->set(ZMQ_ROUTING_ID, "same");
    first.connect(at);
    CHECK(router.receive_all() == "same|");
    second.set(ZMQ_RECONNECT_IVL, -1);
    second.connect(at);
    second.set(ZMQ_RCVTIMEO, 0);
    c_socket third(context, ZMQ_DEALER);
    third.set(ZMQ_ROUTING_ID, "third");
    third.connect(at);
    CHECK(router.receive_all() == "third|");
    CHECK(first.receive() == "welcome");
}

TEST_CASE("a raw ROUTER says nothing of its own to peers or about them") {
    c_context context;
    c_socket router(context, ZMQ_ROUTER), stream(context, ZMQ_STREAM);
    router.set(ZMQ_ROUTER_RAW, 1);
    for (const int option : {ZMQ_HELLO_MSG, ZMQ_DISCONNECT_MSG, ZMQ_HICCUP_MSG}) router.set(option, "never");
    router.set(ZMQ_ROUTER_NOTIFY, 3);
    stream.connect(router.bound("tcp://127.0.0.1:*"));
    const auto peer = stream.receive();
    CHECK(stream.receive().empty());  // connected
    const auto id = router.receive();
    CHECK(router.receive().empty());
    stream.send(peer, ZMQ_SNDMORE);
    stream.send("raw");
    CHECK(router.receive_all() == id + "|raw");
    router.send(id, ZMQ_SNDMORE);
    router.send("answer");
    CHECK(stream.receive_all() == peer + "|answer");
    stream.close();
    CHECK(router.receive_all() == id + "|");
    router.set(ZMQ_RCVTIMEO, 0);
    CHECK(router.get(ZMQ_EVENTS) == ZMQ_POLLOUT);
}
