// Habits of libzmq that programs rely on and manuals mention in passing.
#include "c_api.hpp"

#include <algorithm>

using namespace zither::test;

namespace {

bool tcp_or_inproc() { return GENERATE(true, false); }

std::string events(const c_socket& of) {
    const int value = of.get(ZMQ_EVENTS);
    return std::string(value & ZMQ_POLLIN ? "in " : "") + (value & ZMQ_POLLOUT ? "out" : "");
}

const std::string again = "<" + std::string(zmq_strerror(EAGAIN)) + ">";

}  // namespace

TEST_CASE("who has no peer can do what needs none") {
    c_context context;
    const std::vector<std::pair<int, std::string>> expected{
        {ZMQ_PAIR, ""}, {ZMQ_PUB, "out"},  {ZMQ_SUB, ""},       {ZMQ_REQ, ""},
        {ZMQ_REP, ""},  {ZMQ_DEALER, ""},  {ZMQ_ROUTER, "out"}, {ZMQ_PULL, ""},
        {ZMQ_PUSH, ""}, {ZMQ_XPUB, "out"}, {ZMQ_XSUB, "out"},   {ZMQ_STREAM, "out"}};
    for (const auto& [type, can] : expected) {
        CAPTURE(type);
        CHECK(events(c_socket(context, type)) == can);
    }
}

TEST_CASE("REQ and REP say whose turn it is") {
    const bool network = tcp_or_inproc();
    c_context context;
    c_pair two(context, ZMQ_REP, ZMQ_REQ, somewhere(network));
    for (int round = 0; round < 3; ++round) {
        CHECK(eventually([&] { return events(two.other) == "out"; }));
        CHECK(events(two.one).empty());
        two.other.send("?");
        CHECK(events(two.other).empty());
        CHECK(eventually([&] { return events(two.one) == "in "; }));
        CHECK(two.one.receive() == "?");
        CHECK(events(two.one) == "out");
        two.one.send("!");
        CHECK(events(two.one).empty());
        CHECK(eventually([&] { return events(two.other) == "in "; }));
        CHECK(two.other.receive() == "!");
    }
}

TEST_CASE("half a message read is still input") {
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(tcp_or_inproc()));
    two.other.send("1", ZMQ_SNDMORE);
    two.other.send("2");
    CHECK(two.one.receive() == "1");
    CHECK(events(two.one) == "in out");
    CHECK(two.one.receive() == "2");
    CHECK(events(two.one) == "out");
}

TEST_CASE("a DEALER that connects twice to one endpoint is connected once") {
    const int type = GENERATE(ZMQ_DEALER, ZMQ_SUB, ZMQ_PUB, ZMQ_REQ);
    CAPTURE(type);
    c_context context;
    c_socket once(context, type);
    const std::string at = "tcp://127.0.0.1:25963";  // nobody there: it is about endpoints
    CHECK(once.connect(at) == 0);
    CHECK(once.connect(at) == 0);
    CHECK(zmq_disconnect(once, at.c_str()) == 0);
    CHECK(zmq_disconnect(once, at.c_str()) == -1);
    CHECK(zmq_errno() == ENOENT);
}

TEST_CASE("a DEALER connected twice gets each message once") {
    c_context context;
    c_socket router(context, ZMQ_ROUTER), dealer(context, ZMQ_DEALER);
    const auto at = router.bound("tcp://127.0.0.1:*");
    dealer.set(ZMQ_ROUTING_ID, "twice");
    dealer.connect(at);
    dealer.connect(at);
    for (int i = 0; i < 10; ++i) dealer.send(std::to_string(i));
    for (int i = 0; i < 10; ++i) CHECK(router.receive_all() == "twice|" + std::to_string(i));
}

TEST_CASE("a PUSH that connects twice is connected twice, and disconnected at once") {
    const bool network = tcp_or_inproc();
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    const auto at = pull.bound(somewhere(network));
    push.connect(at);
    push.connect(at);
    for (int i = 0; i < 10; ++i) push.send("x");
    for (int i = 0; i < 10; ++i) CHECK(pull.receive() == "x");
    CHECK(zmq_disconnect(push, at.c_str()) == 0);
    CHECK(eventually([&] { return push.send("y", ZMQ_DONTWAIT) < 0; }));
}

TEST_CASE("an endpoint to connect may say where from") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    CHECK(push.connect("tcp://127.0.0.1:0;" + at.substr(6)) == 0);
    push.send("x");
    CHECK(pull.receive() == "x");
}

TEST_CASE("topics may be long", "[zither]") {  // libzmq 4.3.4 loses those of 254 and 255 octets
    const std::size_t size = GENERATE(1u, 254u, 255u, 256u, 300u, 70000u);
    const bool network = tcp_or_inproc();
    CAPTURE(size, network);
    c_context context;
    c_socket pub(context, ZMQ_XPUB), sub(context, ZMQ_SUB);
    const std::string topic(size, 't');
    sub.connect(pub.bound(somewhere(network)));
    sub.set(ZMQ_SUBSCRIBE, topic);
    c_message subscription;
    REQUIRE(zmq_msg_recv(&subscription, pub, 0) == static_cast<int>(size + 1));
    CHECK((subscription.text() == "\1" + topic));
    pub.send(topic.substr(1));
    pub.send(topic + "!");
    c_message got;
    REQUIRE(zmq_msg_recv(&got, sub, 0) == static_cast<int>(size + 1));
    CHECK((got.text() == topic + "!"));
}

TEST_CASE("a publisher beyond its mark drops whole messages") {
    const bool network = tcp_or_inproc();
    c_context context;
    c_socket pub(context, ZMQ_XPUB), sub(context, ZMQ_SUB);
    pub.set(ZMQ_SNDHWM, 3);
    sub.set(ZMQ_RCVHWM, 3);
    sub.set(ZMQ_SUBSCRIBE, "");
    sub.connect(pub.bound(somewhere(network)));
    CHECK(pub.receive() == "\1");
    const std::string body(30000, 'x');
    constexpr int count = 1000;
    for (int i = 0; i < count; ++i) {
        pub.send(std::to_string(i), ZMQ_SNDMORE);
        pub.send(body, ZMQ_SNDMORE);
        pub.send("end");
    }
    sub.set(ZMQ_RCVTIMEO, 200);
    int got = 0, last = -1;
    for (std::string head; (head = sub.receive()) != again; ++got) {
        CHECK(std::stoi(head) > last);
        last = std::stoi(head);
        CHECK(sub.get(ZMQ_RCVMORE) == 1);
        c_message middle;
        CHECK(zmq_msg_recv(&middle, sub, 0) == 30000);
        CHECK(sub.receive() == "end");
        CHECK(sub.get(ZMQ_RCVMORE) == 0);
    }
    CHECK(got >= 3);
    CHECK(got < count);
}

TEST_CASE("the mark counts messages, not parts") {
    const bool network = tcp_or_inproc();
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    pull.set(ZMQ_RCVHWM, 1);
    push.set(ZMQ_SNDHWM, 1);
    push.connect(pull.bound(somewhere(network)));
    CHECK(eventually([&] { return events(push) == "out"; }));
    for (int i = 0; i < 49; ++i) REQUIRE(push.send("part", ZMQ_SNDMORE | ZMQ_DONTWAIT) == 4);
    REQUIRE(push.send("last", ZMQ_DONTWAIT) == 4);
    const auto all = pull.receive_all();
    CHECK(std::count(all.begin(), all.end(), '|') == 49);
}

TEST_CASE("zmq_send's DONTWAIT and SNDTIMEO agree: EAGAIN") {
    c_context context;
    c_socket push(context, ZMQ_PUSH);
    CHECK(push.send("x", ZMQ_DONTWAIT) == -1);
    CHECK(zmq_errno() == EAGAIN);
    push.set(ZMQ_SNDTIMEO, 20);
    CHECK(push.send("x") == -1);
    CHECK(zmq_errno() == EAGAIN);
    push.set(ZMQ_SNDTIMEO, 0);
    CHECK(push.send("x") == -1);
    CHECK(zmq_errno() == EAGAIN);
}

TEST_CASE("CONFLATE holds one message, the last") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    pull.set(ZMQ_CONFLATE, 1);
    push.set(ZMQ_CONFLATE, 1);
    const auto at = pull.bound(somewhere(false));
    push.connect(at);
    for (int i = 0; i < 100; ++i) push.send(std::to_string(i));
    CHECK(eventually([&] { return pull.receive() == "99"; }));
    CHECK(pull.receive(ZMQ_DONTWAIT) == again);
}

TEST_CASE("XPUB passes on what a subscriber says beside its subscriptions") {
    c_context context;
    c_pair two(context, ZMQ_XPUB, ZMQ_XSUB, somewhere(tcp_or_inproc()));
    two.other.send("anything", ZMQ_SNDMORE);
    two.other.send("else");
    CHECK(two.one.receive_all() == "anything|else");
    two.other.send("");
    CHECK(two.one.receive().empty());
}

TEST_CASE("a REQ that died with a question leaves its REP able to answer others") {
    const bool network = tcp_or_inproc();
    c_context context;
    c_socket rep(context, ZMQ_REP);
    const auto at = rep.bound(somewhere(network));
    for (int i = 0; i < 10; ++i) {
        {
            c_socket dies(context, ZMQ_REQ);
            dies.set(ZMQ_LINGER, -1);
            dies.connect(at);
            dies.send("dying");
        }
        CHECK(rep.receive() == "dying");
        CHECK(rep.send("too late") == 8);
        c_socket lives(context, ZMQ_REQ);
        lives.connect(at);
        lives.send("living");
        CHECK(rep.receive() == "living");
        CHECK(rep.send("in time") == 7);
        CHECK(lives.receive() == "in time");
    }
}
