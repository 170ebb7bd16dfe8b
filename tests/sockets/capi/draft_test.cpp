// What libzmq calls drafts: routing ids, groups, single peers, contexts' other options, ppoll.
#include "c_api.hpp"

#include <csignal>

using namespace zither::test;

namespace {

bool failed(int result, int number) { return result == -1 && zmq_errno() == number; }

int send_to(void* socket, uint32_t routing_id, std::string_view body, int flags = 0) {
    c_message whole(body);
    REQUIRE(zmq_msg_set_routing_id(&whole, routing_id) == 0);
    return zmq_msg_send(&whole, socket, flags);
}

int send_in(void* socket, const char* group, std::string_view body) {
    c_message whole(body);
    REQUIRE(zmq_msg_set_group(&whole, group) == 0);
    return zmq_msg_send(&whole, socket, 0);
}

std::atomic<int> signals{0};

}  // namespace

TEST_CASE("a message's routing id is a number but zero") {
    c_message whole("x");
    CHECK(zmq_msg_routing_id(&whole) == 0);
    CHECK(failed(zmq_msg_set_routing_id(&whole, 0), EINVAL));
    CHECK(zmq_msg_set_routing_id(&whole, 7) == 0);
    CHECK(zmq_msg_routing_id(&whole) == 7);
    c_message copy;
    REQUIRE(zmq_msg_copy(&copy, &whole) == 0);
    CHECK(zmq_msg_routing_id(&copy) == 7);
}

TEST_CASE("a message's group is a text, and copies have it too") {
    c_message whole("x");
    CHECK(std::string(zmq_msg_group(&whole)).empty());
    for (const std::size_t size : {0u, 1u, 14u, 15u, 255u}) {
        const std::string group(size, 'g');
        CHECK(zmq_msg_set_group(&whole, group.c_str()) == 0);
        CHECK(zmq_msg_group(&whole) == group);
        c_message copy;
        REQUIRE(zmq_msg_copy(&copy, &whole) == 0);
        CHECK(zmq_msg_group(&copy) == group);
        c_message moved;
        REQUIRE(zmq_msg_move(&moved, &copy) == 0);
        CHECK(zmq_msg_group(&moved) == group);
    }
}

TEST_CASE("a message is made of a buffer's copy") {
    for (const std::size_t size : {0u, 1u, 40u, 41u, 5000u}) {
        std::string body(size, 'b');
        zmq_msg_t made;
        REQUIRE(zmq_msg_init_buffer(&made, body.data(), size) == 0);
        const auto before = body;
        for (auto& each : body) each = 'x';
        CHECK(std::string(static_cast<char*>(zmq_msg_data(&made)), zmq_msg_size(&made)) == before);
        CHECK(zmq_msg_close(&made) == 0);
    }
}

TEST_CASE("a server answers by routing id") {
    for (const bool network : {true, false}) {
        c_context in;
        c_pair pair(in, ZMQ_SERVER, ZMQ_CLIENT, somewhere(network));
        pair.other.send("hello");
        c_message request;
        REQUIRE(zmq_msg_recv(&request, pair.one, 0) == 5);
        const auto number = zmq_msg_routing_id(&request);
        CHECK(number != 0);
        CHECK(send_to(pair.one, number, "you") == 3);
        CHECK(pair.other.receive() == "you");
        CHECK(failed(pair.one.send("x"), EHOSTUNREACH));
        CHECK(failed(send_to(pair.one, number + 1, "x"), EHOSTUNREACH));
        // What was received goes back as it is.
        CHECK(zmq_msg_send(&request, pair.one, 0) == 5);
        CHECK(pair.other.receive() == "hello");
    }
}

TEST_CASE("types of one part take no SNDMORE") {
    c_context in;
    for (const int type : {ZMQ_SERVER, ZMQ_CLIENT, ZMQ_RADIO, ZMQ_SCATTER, ZMQ_PEER, ZMQ_CHANNEL}) {
        CAPTURE(type);
        c_socket one(in, type);
        CHECK(failed(one.send("x", ZMQ_SNDMORE), EINVAL));
        CHECK(failed(one.send("x", ZMQ_SNDMORE | ZMQ_DONTWAIT), EINVAL));
    }
    for (const int type : {ZMQ_GATHER, ZMQ_DISH}) CHECK(failed(c_socket(in, type).send("x"), ENOTSUP));
    for (const int type : {ZMQ_SCATTER, ZMQ_RADIO}) {
        c_socket one(in, type);
        CHECK(one.receive() == "<" + std::string(zmq_strerror(ENOTSUP)) + ">");
    }
}

TEST_CASE("types of one part are for threads, and have no descriptor") {
    c_context in;
    for (int type = 0; type <= ZMQ_CHANNEL; ++type) {
        CAPTURE(type);
        c_socket one(in, type);
        REQUIRE(static_cast<void*>(one) != nullptr);
        const bool shared = type >= ZMQ_SERVER && type != ZMQ_DGRAM;
        CHECK(one.get(ZMQ_THREAD_SAFE) == shared);
        CHECK((one.get(ZMQ_FD) == -12345) == shared);
        CHECK(one.get(ZMQ_TYPE) == type);
    }
    CHECK(zmq_socket(in, ZMQ_CHANNEL + 1) == nullptr);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("a dish joins, hears, and leaves") {
    for (const bool network : {true, false}) {
        c_context in;
        c_pair pair(in, ZMQ_RADIO, ZMQ_DISH, somewhere(network));
        CHECK(zmq_join(pair.other, "Movies") == 0);
        CHECK(failed(zmq_join(pair.other, "Movies"), EINVAL));
        CHECK(failed(zmq_leave(pair.other, "TV"), EINVAL));
        CHECK(failed(zmq_join(pair.other, std::string(256, 'g').c_str()), EINVAL));
        CHECK(failed(zmq_join(pair.one, "Movies"), ENOTSUP));
        CHECK(failed(zmq_leave(pair.one, "Movies"), ENOTSUP));
        CHECK(failed(zmq_join(nullptr, "Movies"), ENOTSOCK));
        c_message whole;
        REQUIRE(eventually([&] {
            CHECK(send_in(pair.one, "Other", "x") == 1);
            CHECK(send_in(pair.one, "Movies", "Godfather") == 9);
            return zmq_msg_recv(&whole, pair.other, ZMQ_DONTWAIT) == 9;
        }));
        CHECK(whole.text() == "Godfather");
        CHECK(std::string(zmq_msg_group(&whole)) == "Movies");
        CHECK(zmq_leave(pair.other, "Movies") == 0);
    }
}

TEST_CASE("a PEER connects for a routing id") {
    for (const bool network : {true, false}) {
        c_context in;
        c_socket bound(in, ZMQ_PEER);
        c_socket caller(in, ZMQ_PEER);
        const auto number = zmq_connect_peer(caller, bound.bound(somewhere(network)).c_str());
        CHECK(number != 0);
        CHECK(send_to(caller, number, "hello") == 5);
        c_message heard;
        REQUIRE(zmq_msg_recv(&heard, bound, 0) == 5);
        CHECK(zmq_msg_send(&heard, bound, 0) == 5);
        CHECK(caller.receive() == "hello");
        CHECK(failed(zmq_disconnect_peer(caller, number + 1), EHOSTUNREACH));
        CHECK(zmq_disconnect_peer(caller, number) == 0);
        // libzmq says EAGAIN here for ever; its manual says this.
        CHECK(eventually([&] { return failed(send_to(caller, number, "x", ZMQ_DONTWAIT), EHOSTUNREACH); }));
    }
    c_context in;
    c_socket caller(in, ZMQ_PEER);
    c_socket client(in, ZMQ_CLIENT);
    CHECK(zmq_connect_peer(client, "inproc://a") == 0);
    CHECK(zmq_errno() == ENOTSUP);
    CHECK(failed(zmq_disconnect_peer(client, 1), ENOTSUP));
    CHECK(zmq_connect_peer(nullptr, "inproc://a") == 0);
    CHECK(zmq_errno() == ENOTSOCK);
    CHECK(zmq_connect_peer(caller, "nothing") == 0);
    CHECK(zmq_errno() == EINVAL);
    caller.set(ZMQ_IMMEDIATE, 1);
    CHECK(zmq_connect_peer(caller, "inproc://a") == 0);
    CHECK(zmq_errno() == EFAULT);
}

TEST_CASE("a router says which peer has room") {
    c_context in;
    c_socket router(in, ZMQ_ROUTER);
    c_socket dealer(in, ZMQ_DEALER);
    router.set(ZMQ_ROUTER_MANDATORY, 1);
    router.set(ZMQ_SNDHWM, 1);
    dealer.set(ZMQ_RCVHWM, 1);
    dealer.set(ZMQ_ROUTING_ID, "X");
    REQUIRE(dealer.connect(router.bound(somewhere(true))) == 0);
    dealer.send("hello");
    CHECK(router.receive_all() == "X|hello");
    CHECK(zmq_socket_get_peer_state(router, "X", 1) == ZMQ_POLLOUT);
    CHECK(failed(zmq_socket_get_peer_state(router, "Y", 1), EHOSTUNREACH));
    CHECK(failed(zmq_socket_get_peer_state(dealer, "X", 1), ENOTSUP));
    CHECK(failed(zmq_socket_get_peer_state(nullptr, "X", 1), ENOTSOCK));
    const std::string body(8000, 'x');
    CHECK(eventually([&] {
        if (router.send("X", ZMQ_SNDMORE | ZMQ_DONTWAIT) == 1) router.send(body, ZMQ_DONTWAIT);
        return zmq_socket_get_peer_state(router, "X", 1) == 0;
    }));
    CHECK(eventually([&] {
        dealer.receive(ZMQ_DONTWAIT);
        router.get(ZMQ_EVENTS);  // libzmq hears of room only here
        return zmq_socket_get_peer_state(router, "X", 1) == ZMQ_POLLOUT;
    }));
}

TEST_CASE("context options by size and place") {
    c_context in;
    const int threads = 3;
    CHECK(zmq_ctx_set_ext(in, ZMQ_IO_THREADS, &threads, sizeof threads) == 0);
    CHECK(zmq_ctx_get(in, ZMQ_IO_THREADS) == 3);
    int read = 0;
    std::size_t size = sizeof read;
    CHECK(zmq_ctx_get_ext(in, ZMQ_IO_THREADS, &read, &size) == 0);
    CHECK(read == 3);
    const char prefix[] = "MyPrefix9012345";
    CHECK(zmq_ctx_set_ext(in, ZMQ_THREAD_NAME_PREFIX, prefix, sizeof prefix) == 0);
    char text[16];
    size = sizeof text;
    CHECK(zmq_ctx_get_ext(in, ZMQ_THREAD_NAME_PREFIX, text, &size) == 0);
    CHECK(std::string(text) == prefix);
    CHECK(size == sizeof prefix);
    CHECK(zmq_ctx_set(in, ZMQ_THREAD_NAME_PREFIX, 1234) == 0);
    CHECK(zmq_ctx_get(in, ZMQ_THREAD_NAME_PREFIX) == 1234);
    CHECK(failed(zmq_ctx_set_ext(in, ZMQ_THREAD_NAME_PREFIX, std::string(17, 'x').data(), 17), EINVAL));
    CHECK(failed(zmq_ctx_set_ext(in, ZMQ_THREAD_NAME_PREFIX, prefix, 0), EINVAL));
    CHECK(failed(zmq_ctx_set_ext(in, ZMQ_IO_THREADS, prefix, 3), EINVAL));
    CHECK(failed(zmq_ctx_set_ext(in, 12345, &threads, sizeof threads), EINVAL));
    CHECK(failed(zmq_ctx_set_ext(nullptr, ZMQ_IO_THREADS, &threads, sizeof threads), EFAULT));
    CHECK(failed(zmq_ctx_get_ext(nullptr, ZMQ_IO_THREADS, &read, &size), EFAULT));
}

TEST_CASE("ppoll lets in only while it waits what its mask lets in") {
    struct sigaction with {};
    struct sigaction before {};
    with.sa_handler = [](int) { ++signals; };
    ::sigaction(SIGUSR1, &with, &before);
    sigset_t blocked;
    sigset_t open;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &open);
    ::sigdelset(&open, SIGUSR1);
    signals = 0;

    c_context in;
    c_pair pair(in, ZMQ_PULL, ZMQ_PUSH, somewhere(true));
    zmq_pollitem_t item{pair.one, 0, ZMQ_POLLIN, 0};
    ::pthread_kill(::pthread_self(), SIGUSR1);
    // Without the mask the signal waits.
    CHECK(zmq_ppoll(&item, 1, 0, nullptr) == 0);
    CHECK(signals == 0);
    CHECK(failed(zmq_ppoll(&item, 1, -1, &open), EINTR));
    CHECK(signals == 1);
    ::pthread_kill(::pthread_self(), SIGUSR1);
    CHECK(failed(zmq_ppoll(&item, 1, 0, &open), EINTR));
    CHECK(signals == 2);
    pair.other.send("x");
    CHECK(zmq_ppoll(&item, 1, -1, &open) == 1);
    CHECK(item.revents == ZMQ_POLLIN);

    ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("the drafts are announced") { CHECK(zmq_has("draft") == 1); }
