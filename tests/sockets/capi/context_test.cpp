// zmq_ctx_* and its ancestors: limits, ends, and handles that are none.
#include "c_api.hpp"

#include <array>

using namespace zither::test;

TEST_CASE("a context begins with the manual's defaults") {
    c_context context;
    CHECK(zmq_ctx_get(context, ZMQ_IO_THREADS) == ZMQ_IO_THREADS_DFLT);
    CHECK(zmq_ctx_get(context, ZMQ_MAX_SOCKETS) == ZMQ_MAX_SOCKETS_DFLT);
    CHECK(zmq_ctx_get(context, ZMQ_SOCKET_LIMIT) >= ZMQ_MAX_SOCKETS_DFLT);
    CHECK(zmq_ctx_get(context, ZMQ_IPV6) == 0);
    CHECK(zmq_ctx_get(context, ZMQ_BLOCKY) == 1);
    CHECK(zmq_ctx_get(context, ZMQ_MAX_MSGSZ) == INT_MAX);
    CHECK(zmq_ctx_get(context, ZMQ_MSG_T_SIZE) == static_cast<int>(sizeof(zmq_msg_t)));
}

TEST_CASE("context options say what they were set to") {
    c_context context;
    constexpr std::array<std::pair<int, int>, 7> values{{{ZMQ_IO_THREADS, 3},
                                                         {ZMQ_IO_THREADS, 0},
                                                         {ZMQ_MAX_SOCKETS, 5},
                                                         {ZMQ_IPV6, 1},
                                                         {ZMQ_BLOCKY, 0},
                                                         {ZMQ_MAX_MSGSZ, 1000},
                                                         {ZMQ_MAX_MSGSZ, 0}}};
    for (const auto& [option, value] : values) {
        CAPTURE(option, value);
        CHECK(zmq_ctx_set(context, option, value) == 0);
        CHECK(zmq_ctx_get(context, option) == value);
    }
    CHECK(zmq_ctx_set(context, ZMQ_THREAD_NAME_PREFIX, 7) == 0);
    CHECK(zmq_ctx_set(context, ZMQ_THREAD_AFFINITY_CPU_ADD, 0) == 0);
    CHECK(zmq_ctx_set(context, ZMQ_THREAD_AFFINITY_CPU_REMOVE, 0) == 0);
}

TEST_CASE("context options that are none, or out of range, are EINVAL") {
    c_context context;
    constexpr std::array<std::pair<int, int>, 8> wrong{{{4711, 1},
                                                        {ZMQ_IO_THREADS, -1},
                                                        {ZMQ_MAX_SOCKETS, 0},
                                                        {ZMQ_MAX_SOCKETS, -1},
                                                        {ZMQ_IPV6, -1},
                                                        {ZMQ_MAX_MSGSZ, -1},
                                                        {ZMQ_MSG_T_SIZE, 64},
                                                        {ZMQ_THREAD_AFFINITY_CPU_REMOVE, 99}}};
    for (const auto& [option, value] : wrong) {
        CAPTURE(option, value);
        errno = 0;
        CHECK(zmq_ctx_set(context, option, value) == -1);
        CHECK(zmq_errno() == EINVAL);
    }
    CHECK(zmq_ctx_get(context, 4711) == -1);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("a null context is EFAULT, wherever it is used") {
    CHECK(zmq_ctx_term(nullptr) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_term(nullptr) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_ctx_destroy(nullptr) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_ctx_shutdown(nullptr) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_ctx_set(nullptr, ZMQ_IO_THREADS, 1) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_ctx_get(nullptr, ZMQ_IO_THREADS) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_socket(nullptr, ZMQ_PAIR) == nullptr);
    CHECK(zmq_errno() == EFAULT);
}

TEST_CASE("the ancestors of zmq_ctx_new and zmq_ctx_term still work") {
    void* context = zmq_init(2);
    REQUIRE(context);
    CHECK(zmq_ctx_get(context, ZMQ_IO_THREADS) == 2);
    CHECK(zmq_term(context) == 0);
    context = zmq_init(0);
    REQUIRE(context);
    CHECK(zmq_ctx_destroy(context) == 0);
    CHECK(zmq_init(-1) == nullptr);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("a context takes as many sockets as it is told: EMFILE") {
    c_context context;
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 2);
    c_socket one(context, ZMQ_PAIR), two(context, ZMQ_PAIR);
    CHECK(zmq_socket(context, ZMQ_PAIR) == nullptr);
    CHECK(zmq_errno() == EMFILE);
    two.close();
    CHECK(eventually([&] {  // libzmq frees the place in another thread
        void* three = zmq_socket(context, ZMQ_PAIR);
        if (three) zmq_close(three);
        return three != nullptr;
    }));
}

TEST_CASE("a socket type that is none is EINVAL") {
    c_context context;
    for (const int type : {-1, 99, 1000}) {
        CHECK(zmq_socket(context, type) == nullptr);
        CHECK(zmq_errno() == EINVAL);
    }
}

TEST_CASE("without I/O threads there is inproc alone: EMTHREAD") {
    c_context context;
    zmq_ctx_set(context, ZMQ_IO_THREADS, 0);
    c_socket pull(context, ZMQ_PULL);
    c_socket push(context, ZMQ_PUSH);
    CHECK(zmq_bind(pull, "tcp://127.0.0.1:*") == -1);
    CHECK(zmq_errno() == EMTHREAD);
    CHECK(zmq_connect(push, "tcp://127.0.0.1:5") == -1);
    CHECK(zmq_errno() == EMTHREAD);
    push.connect(pull.bound(somewhere(false)));
    push.send("x");
    CHECK(pull.receive() == "x");
}

TEST_CASE("the context's IPV6 and BLOCKY become its sockets' IPV6 and LINGER") {
    c_context context;
    zmq_ctx_set(context, ZMQ_IPV6, 1);
    zmq_ctx_set(context, ZMQ_BLOCKY, 0);
    void* socket = zmq_socket(context, ZMQ_PAIR);
    int value = -1;
    std::size_t size = sizeof value;
    CHECK(zmq_getsockopt(socket, ZMQ_IPV6, &value, &size) == 0);
    CHECK(value == 1);
    CHECK(zmq_getsockopt(socket, ZMQ_LINGER, &value, &size) == 0);
    CHECK(value == 0);
    zmq_close(socket);
}

TEST_CASE("shutdown ends all calls with ETERM, and may be repeated") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    c_socket push(context, ZMQ_PUSH);
    CHECK(zmq_ctx_shutdown(context) == 0);
    CHECK(zmq_ctx_shutdown(context) == 0);
    char octet = 0;
    CHECK(zmq_recv(pull, &octet, 1, 0) == -1);
    CHECK(zmq_errno() == ETERM);
    CHECK(zmq_send(push, &octet, 1, ZMQ_DONTWAIT) == -1);
    CHECK(zmq_errno() == ETERM);
    CHECK(zmq_bind(pull, "inproc://over") == -1);
    CHECK(zmq_errno() == ETERM);
    CHECK(zmq_connect(push, "inproc://over") == -1);
    CHECK(zmq_errno() == ETERM);
    CHECK(zmq_socket(context, ZMQ_PAIR) == nullptr);
    CHECK(zmq_errno() == ETERM);
    zmq_pollitem_t item{pull, 0, ZMQ_POLLIN, 0};
    CHECK(zmq_poll(&item, 1, -1) == -1);
    CHECK(zmq_errno() == ETERM);
}

TEST_CASE("term ends a call that waits, and returns when the socket is closed") {
    void* context = zmq_ctx_new();
    void* pull = zmq_socket(context, ZMQ_PULL);
    zmq_bind(pull, "tcp://127.0.0.1:*");
    std::atomic<int> error{0};
    std::thread receiver([&] {
        char octet = 0;
        if (zmq_recv(pull, &octet, 1, 0) < 0) error = zmq_errno();
        zmq_close(pull);
    });
    CHECK(zmq_ctx_term(context) == 0);
    receiver.join();
    CHECK(error == ETERM);
}

TEST_CASE("contexts know nothing of each other's inproc names") {
    c_context one, two;
    c_socket here(one, ZMQ_PAIR), there(two, ZMQ_PAIR);
    CHECK(here.bound("inproc://same") == "inproc://same");
    CHECK(there.bound("inproc://same") == "inproc://same");
}
