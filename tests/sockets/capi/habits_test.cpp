// Habits of libzmq's that its own test programs insist on.
#include "c_api.hpp"

using namespace zither::test;

namespace {

/// The number of the next event on a monitor's application end.
int next_event(void* monitor) {
    c_message first, second;
    if (zmq_msg_recv(&first, monitor, 0) != 6 || zmq_msg_recv(&second, monitor, 0) < 0) return -1;
    std::uint16_t number = 0;
    std::memcpy(&number, zmq_msg_data(&first), 2);
    return number;
}

int sent_until_full(const c_socket& by) {
    int count = 0;
    while (count < 1000 && by.send("x", ZMQ_DONTWAIT) == 1) ++count;
    return count;
}

int try_connect(const c_socket& by, const char* to) { return by.connect(to) == 0 ? 0 : zmq_errno(); }

}  // namespace

TEST_CASE("an option read into too large a room leaves nothing of what was there") {
    c_context context;
    c_socket socket(context, ZMQ_DEALER);
    REQUIRE(socket.set(ZMQ_ROUTING_ID, "me") == 0);
    std::int64_t more = -1;
    std::size_t size = sizeof more;
    REQUIRE(zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == 0);
    CHECK(size == sizeof(int));
    CHECK(more == 0);
    std::string name(10, 'x');
    size = name.size();
    REQUIRE(zmq_getsockopt(socket, ZMQ_ROUTING_ID, name.data(), &size) == 0);
    CHECK(size == 2);
    CHECK(name == std::string("me\0\0\0\0\0\0\0\0", 10));
}

TEST_CASE("any number is a yes where libzmq takes it, and a negative one is refused") {
    struct {
        int type, option;
    } const all[] = {{ZMQ_ROUTER, ZMQ_ROUTER_MANDATORY}, {ZMQ_ROUTER, ZMQ_ROUTER_HANDOVER},
                     {ZMQ_ROUTER, ZMQ_ROUTER_RAW},       {ZMQ_ROUTER, ZMQ_PROBE_ROUTER},
                     {ZMQ_REQ, ZMQ_REQ_CORRELATE},       {ZMQ_REQ, ZMQ_REQ_RELAXED},
                     {ZMQ_XPUB, ZMQ_XPUB_VERBOSE},       {ZMQ_XPUB, ZMQ_XPUB_VERBOSER},
                     {ZMQ_XPUB, ZMQ_XPUB_NODROP},        {ZMQ_XPUB, ZMQ_XPUB_MANUAL}};
    c_context context;
    for (const auto& [type, option] : all) {
        CAPTURE(option);
        c_socket socket(context, type);
        CHECK(socket.set(option, 10) == 0);
        CHECK(socket.set(option, -1) == -1);
    }
    c_socket pub(context, ZMQ_PUB);
    CHECK(pub.set(ZMQ_INVERT_MATCHING, -1) == 0);
    CHECK(pub.get(ZMQ_INVERT_MATCHING) == 1);
    CHECK(pub.set(ZMQ_CONFLATE, 2) == -1);
    CHECK(pub.set(ZMQ_IMMEDIATE, 2) == -1);
}

TEST_CASE("constant data is shared from the start, data with an owner is not") {
    static char constant[] = "constant";
    zmq_msg_t msg;
    REQUIRE(zmq_msg_init_data(&msg, constant, sizeof constant, nullptr, nullptr) == 0);
    CHECK(zmq_msg_get(&msg, ZMQ_SHARED) == 1);
    zmq_msg_close(&msg);
    REQUIRE(zmq_msg_init_data(
                &msg, constant, sizeof constant, [](void*, void*) {}, nullptr) == 0);
    CHECK(zmq_msg_get(&msg, ZMQ_SHARED) == 0);
    zmq_msg_close(&msg);
}

TEST_CASE("a closing socket tells its monitor of its listener first") {
    c_context context;
    c_socket told(context, ZMQ_PAIR);
    c_socket pull(context, ZMQ_PULL);
    const auto at = "inproc://" + fresh_name();
    REQUIRE(zmq_socket_monitor(pull, at.c_str(), ZMQ_EVENT_ALL) == 0);
    REQUIRE(told.connect(at) == 0);
    REQUIRE(zmq_bind(pull, "tcp://127.0.0.1:*") == 0);
    pull.close();
    CHECK(next_event(told) == ZMQ_EVENT_LISTENING);
    CHECK(next_event(told) == ZMQ_EVENT_CLOSED);
    CHECK(next_event(told) == ZMQ_EVENT_MONITOR_STOPPED);
}

TEST_CASE("one REP may be both sides of a proxy") {
    c_context context;
    c_pair steer(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(false));
    c_pair talk(context, ZMQ_REP, ZMQ_REQ, somewhere(GENERATE(false, true)));
    std::thread echo([&] { zmq_proxy_steerable(talk.one, talk.one, nullptr, steer.one); });
    for (const auto* word : {"one", "two"}) {
        CHECK(talk.other.send(word) == 3);
        CHECK(talk.other.receive() == word);
    }
    CHECK(steer.other.send("TERMINATE") == 9);
    echo.join();
}

TEST_CASE("a lost connection that will not come back frees its endpoint") {
    c_context context;
    c_socket bound(context, ZMQ_PAIR);
    const auto at = bound.bound("tcp://127.0.0.1:*");
    c_socket connected(context, ZMQ_PAIR);
    REQUIRE(connected.set(ZMQ_RECONNECT_IVL, -1) == 0);
    REQUIRE(connected.connect(at) == 0);
    REQUIRE(connected.send("first") == 5);
    REQUIRE(bound.receive() == "first");
    bound.close();
    // Without a peer there is nowhere to send to, and nothing to disconnect.
    CHECK(eventually([&] { return connected.send("lost", ZMQ_DONTWAIT) < 0; }));
    CHECK(zmq_disconnect(connected, at.c_str()) == -1);
    CHECK(zmq_errno() == ENOENT);
    c_socket again(context, ZMQ_PAIR);
    REQUIRE(eventually([&] { return zmq_bind(again, at.c_str()) == 0; }));
    REQUIRE(connected.connect(at) == 0);
    REQUIRE(connected.send("second") == 6);
    CHECK(again.receive() == "second");
}

TEST_CASE("a new high-water mark counts for the inproc peers that are there") {
    c_context context;
    c_socket push(context, ZMQ_PUSH), pull(context, ZMQ_PULL);
    REQUIRE(push.set(ZMQ_SNDHWM, 1) == 0);
    REQUIRE(pull.set(ZMQ_RCVHWM, 1) == 0);
    const auto at = somewhere(false);
    REQUIRE(pull.connect(at) == 0);
    REQUIRE(zmq_bind(push, at.c_str()) == 0);
    SECTION("the sender's") {
        REQUIRE(push.set(ZMQ_SNDHWM, 5) == 0);
        CHECK(sent_until_full(push) == 6);
    }
    SECTION("the receiver's") {
        REQUIRE(pull.set(ZMQ_RCVHWM, 7) == 0);
        CHECK(sent_until_full(push) == 8);
    }
}

TEST_CASE("ROUTING_ID of a STREAM is the one it gave its newest peer") {
    c_context context;
    c_pair two(context, ZMQ_STREAM, ZMQ_STREAM, "tcp://127.0.0.1:*");
    const auto greeted = two.other.receive();
    REQUIRE(two.other.receive().empty());
    char id[256];
    std::size_t size = sizeof id;
    REQUIRE(zmq_getsockopt(two.other, ZMQ_ROUTING_ID, id, &size) == 0);
    CHECK(greeted.size() == 5);
    CHECK(std::string(id, size) == greeted);
}

TEST_CASE("what a STREAM sends without a routing id is for nobody, and no error") {
    c_context context;
    c_pair two(context, ZMQ_STREAM, ZMQ_STREAM, "tcp://127.0.0.1:*");
    const auto id = two.other.receive();
    REQUIRE(two.other.receive().empty());
    CHECK(two.other.send("lost") == 4);
    REQUIRE(two.other.send(id, ZMQ_SNDMORE) == 5);
    REQUIRE(two.other.send("heard") == 5);
    REQUIRE(two.one.receive().size() == 5);
    REQUIRE(two.one.receive().empty());
    REQUIRE(two.one.receive().size() == 5);
    CHECK(two.one.receive() == "heard");
}

TEST_CASE("a wildcard is not unbound by its own name") {
    const std::string where = GENERATE("tcp://127.0.0.1:*", "ipc://*");
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    const auto at = pull.bound(where);
    CHECK(zmq_unbind(pull, where.c_str()) == -1);
    CHECK(zmq_errno() == ENOENT);
    CHECK(zmq_unbind(pull, at.c_str()) == 0);
}

TEST_CASE("connect takes any name that can be looked up, for either side") {
    c_context context;
    c_socket pub(context, ZMQ_PUB);
    for (const auto* fine : {"tcp://localhost:5555;localhost:1235", "tcp://lo:5555;localhost:1235",
                             "tcp://a-host_name.example:1", "tcp://127.0.0.1:*;127.0.0.1:1"}) {
        CAPTURE(fine);
        CHECK(try_connect(pub, fine) == 0);
    }
    for (const auto* wrong : {"tcp://in val id:1234", "tcp://a/b:1", "tcp://lo cal:1;localhost:2",
                              "tcp://localhost:x", "tcp://localhost:*"}) {
        CAPTURE(wrong);
        CHECK(try_connect(pub, wrong) == EINVAL);
    }
}
