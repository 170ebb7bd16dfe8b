// Sockets through the C API: every way to send and receive, and every way to hold one wrongly.
#include "c_api.hpp"

#include <cstdlib>

#include <sys/uio.h>

using namespace zither::test;

TEST_CASE("zmq_send and zmq_recv carry octets, and say how many") {
    const bool network = GENERATE(true, false);
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(network));
    CHECK(two.other.send("five!") == 5);
    CHECK(two.one.receive() == "five!");
    CHECK(two.other.send("") == 0);
    CHECK(two.one.receive().empty());
    CHECK(zmq_send(two.other, nullptr, 0, 0) == 0);
    CHECK(zmq_recv(two.one, nullptr, 0, 0) == 0);
}

TEST_CASE("zmq_recv fills what room there is and says how long the message was") {
    const bool network = GENERATE(true, false);
    const std::size_t size = GENERATE(10u, 10000u);
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(network));
    two.other.send(std::string(size, 'x'));
    two.other.send("next");
    char room[8] = "-------";
    CHECK(zmq_recv(two.one, room, 4, 0) == static_cast<int>(size));
    CHECK(std::string(room) == "xxxx---");
    CHECK(two.one.receive() == "next");
}

TEST_CASE("zmq_recv into more room than the message needs leaves the rest as it was") {
    const bool network = GENERATE(true, false);
    const std::size_t size = GENERATE(1u, 40u, 41u, 255u, 4096u, 4097u, 100000u);
    const std::size_t more = GENERATE(0u, 1u, 100u);
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(network));
    const std::string body(size, 'x');
    two.other.send(body);
    two.other.send("next");
    std::string room(size + more, '-');
    CHECK(zmq_recv(two.one, room.data(), room.size(), 0) == static_cast<int>(size));
    CHECK(room == body + std::string(more, '-'));
    CHECK(zmq_recv(two.one, room.data(), room.size(), 0) == 4);
}

TEST_CASE("each part of a message is received into room of its own") {
    const bool network = GENERATE(true, false);
    c_context context;
    c_pair two(context, ZMQ_ROUTER, ZMQ_DEALER, somewhere(network));
    const std::vector<std::string> parts{std::string(300, 'a'), "", std::string(41, 'b')};
    for (std::size_t i = 0; i < parts.size(); ++i)
        CHECK(zmq_send(two.other, parts[i].data(), parts[i].size(), i + 1 < parts.size() ? ZMQ_SNDMORE : 0) ==
              static_cast<int>(parts[i].size()));
    char id[255];
    CHECK(zmq_recv(two.one, id, sizeof id, 0) == 5);
    for (const auto& part : parts) {
        char room[300];
        REQUIRE(zmq_recv(two.one, room, sizeof room, 0) == static_cast<int>(part.size()));
        CHECK(std::string(room, part.size()) == part);
    }
    int more = 1;
    std::size_t size = sizeof more;
    CHECK(zmq_getsockopt(two.one, ZMQ_RCVMORE, &more, &size) == 0);
    CHECK(more == 0);
}

TEST_CASE("zmq_send_const sends memory that stays") {
    static const char text[] = "a constant that lives for ever, and longer than what is kept inline";
    const bool network = GENERATE(true, false);
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(network));
    CHECK(zmq_send_const(two.other, text, sizeof text - 1, 0) == static_cast<int>(sizeof text - 1));
    CHECK(two.one.receive() == text);
}

TEST_CASE("zmq_sendmsg and zmq_recvmsg are the old names") {
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(false));
    c_message out("x"), in;
    CHECK(zmq_sendmsg(two.other, &out, ZMQ_SNDMORE) == 1);
    CHECK(two.other.send("y") == 1);
    CHECK(zmq_recvmsg(two.one, &in, 0) == 1);
    CHECK(zmq_msg_more(&in) == 1);
    CHECK(two.one.receive() == "y");
}

TEST_CASE("zmq_sendiov sends a vector as parts, zmq_recviov receives parts as a vector") {
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(false));
    char one[] = "first", other[] = "second";
    iovec out[2] = {{one, 5}, {other, 6}};
    CHECK(zmq_sendiov(two.other, out, 2, ZMQ_SNDMORE) >= 0);
    iovec in[4] = {};
    std::size_t count = 4;
    CHECK(zmq_recviov(two.one, in, &count, 0) >= 0);
    REQUIRE(count == 2);
    CHECK(std::string(static_cast<char*>(in[0].iov_base), in[0].iov_len) == "first");
    CHECK(std::string(static_cast<char*>(in[1].iov_base), in[1].iov_len) == "second");
    for (std::size_t i = 0; i < count; ++i) std::free(in[i].iov_base);
    CHECK(zmq_sendiov(two.other, out, 2, 0) >= 0);  // without the flag each is a message
    CHECK(two.one.receive_all() == "first");
    CHECK(two.one.receive_all() == "second");
    CHECK(zmq_sendiov(two.other, nullptr, 0, 0) == -1);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("parts go together: SNDMORE, RCVMORE") {
    const bool network = GENERATE(true, false);
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(network));
    two.other.send("1", ZMQ_SNDMORE);
    CHECK(two.one.receive(ZMQ_DONTWAIT) == "<" + std::string(zmq_strerror(EAGAIN)) + ">");
    two.other.send("", ZMQ_SNDMORE);
    two.other.send("3");
    CHECK(two.one.get(ZMQ_RCVMORE) == 0);
    CHECK(two.one.receive() == "1");
    CHECK(two.one.get(ZMQ_RCVMORE) == 1);
    CHECK(two.one.receive().empty());
    CHECK(two.one.get(ZMQ_RCVMORE) == 1);
    CHECK(two.one.receive() == "3");
    CHECK(two.one.get(ZMQ_RCVMORE) == 0);
}

TEST_CASE("bind, connect, unbind and disconnect say what is wrong") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), other(context, ZMQ_PULL);
    const auto fails = [](int result, int error) { return result == -1 && zmq_errno() == error; };
    CHECK(fails(zmq_bind(pull, "nonsense"), EINVAL));
    CHECK(fails(zmq_bind(pull, "foo://x"), EPROTONOSUPPORT));
    CHECK(fails(zmq_bind(pull, "tcp://nosuch0:5555"), ENODEV));
    CHECK(fails(zmq_bind(pull, "tcp://8.8.8.8:5599"), EADDRNOTAVAIL));
    CHECK(fails(zmq_bind(pull, "ipc:///no/such/folder/x"), ENOENT));
    CHECK(fails(zmq_bind(pull, ("ipc://" + std::string(200, 'x')).c_str()), ENAMETOOLONG));
    CHECK(fails(zmq_connect(pull, "nonsense"), EINVAL));
    CHECK(fails(zmq_connect(pull, "foo://x"), EPROTONOSUPPORT));
    const auto at = pull.bound("tcp://127.0.0.1:*");
    CHECK(fails(zmq_bind(other, at.c_str()), EADDRINUSE));
    CHECK(fails(zmq_unbind(other, at.c_str()), ENOENT));
    CHECK(fails(zmq_disconnect(other, at.c_str()), ENOENT));
    CHECK(zmq_unbind(pull, at.c_str()) == 0);
    CHECK(fails(zmq_unbind(pull, at.c_str()), ENOENT));
    CHECK(pull.connect("tcp://127.0.0.1:5") == 0);
    CHECK(zmq_disconnect(pull, "tcp://127.0.0.1:5") == 0);
    CHECK(fails(zmq_disconnect(pull, "tcp://127.0.0.1:5"), ENOENT));
}

TEST_CASE("an endpoint that is null is an error", "[zither]") {  // libzmq asserts
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    for (auto* call : {zmq_bind, zmq_connect, zmq_unbind, zmq_disconnect}) {
        CHECK(call(pull, nullptr) == -1);
        CHECK((zmq_errno() == EINVAL || zmq_errno() == EFAULT));
    }
}

TEST_CASE("sockets used against their nature say so: ENOTSUP, EFSM, EHOSTUNREACH") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH), req(context, ZMQ_REQ), rep(context, ZMQ_REP),
        router(context, ZMQ_ROUTER);
    char octet = 0;
    const auto fails = [](int result, int error) { return result == -1 && zmq_errno() == error; };
    CHECK(fails(pull.send("x"), ENOTSUP));
    CHECK(fails(zmq_recv(push, &octet, 1, 0), ENOTSUP));
    CHECK(fails(zmq_recv(req, &octet, 1, 0), EFSM));
    CHECK(fails(rep.send("x"), EFSM));
    router.set(ZMQ_ROUTER_MANDATORY, 1);
    CHECK(fails(router.send("nobody", ZMQ_SNDMORE), EHOSTUNREACH));
}

TEST_CASE("null and foreign handles are ENOTSOCK, not a crash") {
    c_context context;
    std::uint64_t nothing[64] = {};
    for (void* handle : {static_cast<void*>(nullptr), static_cast<void*>(nothing)}) {
        CAPTURE(handle);
        int value = 0;
        std::size_t size = sizeof value;
        iovec vector[1] = {};
        std::size_t count = 1;
        c_message msg("x");
        zmq_pollitem_t item{handle, 0, ZMQ_POLLIN, 0};
        const auto not_a_socket = [](int result) { return result == -1 && zmq_errno() == ENOTSOCK; };
        CHECK(not_a_socket(zmq_close(handle)));
        CHECK(not_a_socket(zmq_bind(handle, "inproc://x")));
        CHECK(not_a_socket(zmq_connect(handle, "inproc://x")));
        CHECK(not_a_socket(zmq_unbind(handle, "inproc://x")));
        CHECK(not_a_socket(zmq_disconnect(handle, "inproc://x")));
        CHECK(not_a_socket(zmq_setsockopt(handle, ZMQ_LINGER, &value, sizeof value)));
        CHECK(not_a_socket(zmq_getsockopt(handle, ZMQ_LINGER, &value, &size)));
        CHECK(not_a_socket(zmq_send(handle, "x", 1, 0)));
        CHECK(not_a_socket(zmq_send_const(handle, "x", 1, 0)));
        CHECK(not_a_socket(zmq_recv(handle, &value, 1, 0)));
        CHECK(not_a_socket(zmq_msg_send(&msg, handle, 0)));
        CHECK(not_a_socket(zmq_msg_recv(&msg, handle, 0)));
        CHECK(not_a_socket(zmq_sendmsg(handle, &msg, 0)));
        CHECK(not_a_socket(zmq_recvmsg(handle, &msg, 0)));
        CHECK(not_a_socket(zmq_sendiov(handle, vector, 1, 0)));
        CHECK(not_a_socket(zmq_recviov(handle, vector, &count, 0)));
        CHECK(not_a_socket(zmq_socket_monitor(handle, "inproc://x", ZMQ_EVENT_ALL)));
        if (handle) CHECK(not_a_socket(zmq_poll(&item, 1, 0)));
    }
}

TEST_CASE("a closed handle is ENOTSOCK", "[zither]") {  // libzmq may read freed memory here
    c_context context;
    c_socket first(context, ZMQ_PAIR);
    void* handle = first;
    first.close();
    char octet = 0;
    CHECK(zmq_close(handle) == -1);
    CHECK(zmq_errno() == ENOTSOCK);
    CHECK(zmq_send(handle, "x", 1, 0) == -1);
    CHECK(zmq_errno() == ENOTSOCK);
    CHECK(zmq_recv(handle, &octet, 1, 0) == -1);
    CHECK(zmq_errno() == ENOTSOCK);
    CHECK(zmq_bind(handle, "inproc://x") == -1);
    CHECK(zmq_errno() == ENOTSOCK);
}

TEST_CASE("a context is not a socket, and a socket is not a context") {
    c_context context;
    c_socket socket(context, ZMQ_PAIR);
    CHECK(zmq_close(context) == -1);
    CHECK(zmq_errno() == ENOTSOCK);
    CHECK(zmq_ctx_set(socket, ZMQ_IO_THREADS, 1) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_ctx_shutdown(socket) == -1);
    CHECK(zmq_errno() == EFAULT);
}

TEST_CASE("sockets that fit each other meet through the C API") {
    struct types {
        int bound, connected;
    };
    const auto [bound, connected] =
        GENERATE(types{ZMQ_PAIR, ZMQ_PAIR}, types{ZMQ_REP, ZMQ_REQ}, types{ZMQ_ROUTER, ZMQ_REQ},
                 types{ZMQ_REP, ZMQ_DEALER}, types{ZMQ_ROUTER, ZMQ_DEALER}, types{ZMQ_DEALER, ZMQ_DEALER},
                 types{ZMQ_PULL, ZMQ_PUSH}, types{ZMQ_SUB, ZMQ_PUB});
    const bool network = GENERATE(true, false);
    CAPTURE(bound, connected, network);
    c_context context;
    c_pair two(context, bound, connected, somewhere(network));
    if (bound == ZMQ_SUB) two.one.set(ZMQ_SUBSCRIBE, "");
    if (connected == ZMQ_DEALER && bound == ZMQ_REP) two.other.send("", ZMQ_SNDMORE);
    std::string got;
    if (bound == ZMQ_SUB) {
        two.one.set(ZMQ_RCVTIMEO, 1);
        CHECK(eventually([&] {
            two.other.send("hello");
            return (got = two.one.receive()) == "hello";
        }));
    } else {
        two.other.send("hello");
        got = two.one.receive_all();
    }
    CHECK(got.substr(got.size() - 5) == "hello");
}
