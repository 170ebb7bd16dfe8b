// Every function of zmq.h and every option, with nonsense: an error number, never a crash, nothing changed.
#include "c_api.hpp"

#include <climits>
#include <random>

#include <sys/uio.h>

using namespace zither::test;

namespace {

/// What is no handle, each as a function sees it.
struct no_handle {
    std::string what;
    void* handle;
};

std::vector<no_handle> no_handles() {
    static unsigned char zeros[4096];
    static unsigned char ones[4096];
    std::memset(ones, 0xff, sizeof ones);
    void* const context = zmq_ctx_new();
    void* const closed = zmq_socket(context, ZMQ_DEALER);
    zmq_close(closed);
    zmq_ctx_term(context);
    return {{"null", nullptr},
            {"zeros", zeros},
            {"ones", ones},
            {"a closed socket", closed},
            {"a terminated context", context}};
}

bool fails(int result, int error) { return result == -1 && zmq_errno() == error; }

struct call {
    std::string name;
    std::function<int(void*)> with;
};

char octets[64];
std::size_t room;
int value;
iovec vectors[2];
zmq_msg_t part;

/// Every function that takes a socket.
std::vector<call> socket_calls() {
    const auto fresh_part = [] {
        zmq_msg_init(&part);
        return &part;
    };
    return {
        {"zmq_close", [](void* s) { return zmq_close(s); }},
        {"zmq_setsockopt", [](void* s) { return zmq_setsockopt(s, ZMQ_LINGER, &value, sizeof value); }},
        {"zmq_getsockopt",
         [](void* s) { return zmq_getsockopt(s, ZMQ_LINGER, &value, &(room = sizeof value)); }},
        {"zmq_bind", [](void* s) { return zmq_bind(s, "inproc://nonsense"); }},
        {"zmq_connect", [](void* s) { return zmq_connect(s, "inproc://nonsense"); }},
        {"zmq_unbind", [](void* s) { return zmq_unbind(s, "inproc://nonsense"); }},
        {"zmq_disconnect", [](void* s) { return zmq_disconnect(s, "inproc://nonsense"); }},
        {"zmq_send", [](void* s) { return zmq_send(s, "x", 1, ZMQ_DONTWAIT); }},
        {"zmq_send_const", [](void* s) { return zmq_send_const(s, "x", 1, ZMQ_DONTWAIT); }},
        {"zmq_recv", [](void* s) { return zmq_recv(s, octets, sizeof octets, ZMQ_DONTWAIT); }},
        {"zmq_msg_send", [=](void* s) { return zmq_msg_send(fresh_part(), s, ZMQ_DONTWAIT); }},
        {"zmq_msg_recv", [=](void* s) { return zmq_msg_recv(fresh_part(), s, ZMQ_DONTWAIT); }},
        {"zmq_sendmsg", [=](void* s) { return zmq_sendmsg(s, fresh_part(), ZMQ_DONTWAIT); }},
        {"zmq_recvmsg", [=](void* s) { return zmq_recvmsg(s, fresh_part(), ZMQ_DONTWAIT); }},
        {"zmq_sendiov", [](void* s) { return zmq_sendiov(s, vectors, 1, ZMQ_DONTWAIT); }},
        {"zmq_recviov", [](void* s) { return zmq_recviov(s, vectors, &(room = 1), ZMQ_DONTWAIT); }},
        {"zmq_socket_monitor",
         [](void* s) { return zmq_socket_monitor(s, "inproc://monitor", ZMQ_EVENT_ALL); }},
        {"zmq_poll",
         [](void* s) {
             zmq_pollitem_t item{s, -1, ZMQ_POLLIN, 0};
             return s ? zmq_poll(&item, 1, 0) : (errno = ENOTSOCK, -1);
         }},
        {"zmq_proxy", [](void* s) { return s ? zmq_proxy(s, s, nullptr) : (errno = ENOTSOCK, -1); }},
        {"zmq_proxy_steerable",
         [](void* s) { return s ? zmq_proxy_steerable(s, s, s, s) : (errno = ENOTSOCK, -1); }},
        {"zmq_device", [](void* s) { return s ? zmq_device(1, s, s) : (errno = ENOTSOCK, -1); }},
    };
}

std::vector<call> context_calls() {
    return {
        {"zmq_ctx_term", [](void* c) { return zmq_ctx_term(c); }},
        {"zmq_term", [](void* c) { return zmq_term(c); }},
        {"zmq_ctx_destroy", [](void* c) { return zmq_ctx_destroy(c); }},
        {"zmq_ctx_shutdown", [](void* c) { return zmq_ctx_shutdown(c); }},
        {"zmq_ctx_set", [](void* c) { return zmq_ctx_set(c, ZMQ_IO_THREADS, 1); }},
        {"zmq_ctx_get", [](void* c) { return zmq_ctx_get(c, ZMQ_IO_THREADS); }},
        {"zmq_socket", [](void* c) { return zmq_socket(c, ZMQ_PAIR) ? 0 : -1; }},
    };
}

/// Works still, in both directions.
void check_healthy(void* context) {
    c_pair two(context, ZMQ_DEALER, ZMQ_DEALER, somewhere(false));
    two.one.send("there");
    CHECK(two.other.receive() == "there");
}

}  // namespace

TEST_CASE("what is no socket is ENOTSOCK") {
    for (const auto& [what, handle] : no_handles())
        for (const auto& [name, with] : socket_calls()) {
            CAPTURE(what, name);
            errno = 0;
            CHECK(fails(with(handle), ENOTSOCK));
        }
}

TEST_CASE("what is no context is EFAULT") {
    for (const auto& [what, handle] : no_handles())
        for (const auto& [name, with] : context_calls()) {
            CAPTURE(what, name);
            errno = 0;
            CHECK(fails(with(handle), EFAULT));
        }
}

TEST_CASE("a context is no socket, and a socket is no context") {
    c_context context;
    c_socket socket(context, ZMQ_PAIR);
    for (const auto& [name, with] : socket_calls()) {
        CAPTURE(name);
        CHECK(fails(with(context), ENOTSOCK));
    }
    for (const auto& [name, with] : context_calls()) {
        CAPTURE(name);
        CHECK(fails(with(socket), EFAULT));
    }
    check_healthy(context);
}

TEST_CASE("null where a pointer is wanted is EFAULT") {
    c_context context;
    c_socket socket(context, ZMQ_DEALER);
    CHECK(fails(zmq_getsockopt(socket, ZMQ_LINGER, nullptr, &(room = 4)), EFAULT));
    CHECK(fails(zmq_getsockopt(socket, ZMQ_LINGER, &value, nullptr), EFAULT));
    for (const auto call : {zmq_bind, zmq_connect, zmq_unbind, zmq_disconnect})
        CHECK(fails(call(socket, nullptr), EFAULT));
    CHECK(fails(zmq_send(socket, nullptr, 1, ZMQ_DONTWAIT), EFAULT));
    CHECK(fails(zmq_send_const(socket, nullptr, 1, ZMQ_DONTWAIT), EFAULT));
    CHECK(fails(zmq_recv(socket, nullptr, 1, ZMQ_DONTWAIT), EFAULT));
    CHECK(fails(zmq_msg_send(nullptr, socket, 0), EFAULT));
    CHECK(fails(zmq_msg_recv(nullptr, socket, 0), EFAULT));
    CHECK(fails(zmq_sendmsg(socket, nullptr, 0), EFAULT));
    CHECK(fails(zmq_recvmsg(socket, nullptr, 0), EFAULT));
    CHECK(fails(zmq_sendiov(socket, nullptr, 1, 0), EINVAL));
    CHECK(fails(zmq_recviov(socket, nullptr, &(room = 1), 0), EINVAL));
    CHECK(fails(zmq_recviov(socket, vectors, nullptr, 0), EINVAL));
    CHECK(fails(zmq_poll(nullptr, 1, 0), EFAULT));
    CHECK(fails(zmq_poll(nullptr, -1, 0), EINVAL));
    CHECK(fails(zmq_proxy(nullptr, socket, nullptr), EFAULT));
    CHECK(fails(zmq_proxy(socket, nullptr, nullptr), EFAULT));
    CHECK(fails(zmq_proxy_steerable(nullptr, nullptr, nullptr, nullptr), EFAULT));
    CHECK(fails(zmq_device(0, nullptr, nullptr), EFAULT));
    CHECK(zmq_socket_monitor(socket, nullptr, 0) == 0);  // which ends monitoring
    check_healthy(context);
}

TEST_CASE("messages that are none") {
    zmq_msg_t dead;
    std::memset(&dead, 0, sizeof dead);
    zmq_msg_t closed;
    zmq_msg_init(&closed);
    zmq_msg_close(&closed);
    c_message good("good");
    for (zmq_msg_t* each : {static_cast<zmq_msg_t*>(nullptr), &dead, &closed}) {
        CHECK(fails(zmq_msg_close(each), EFAULT));
        CHECK(fails(zmq_msg_move(each, &good), EFAULT));
        CHECK(fails(zmq_msg_move(&good, each), EFAULT));
        CHECK(fails(zmq_msg_copy(each, &good), EFAULT));
        CHECK(fails(zmq_msg_copy(&good, each), EFAULT));
        CHECK(fails(zmq_msg_get(each, ZMQ_MORE), EFAULT));
        CHECK(fails(zmq_msg_set(each, ZMQ_MORE, 1), EINVAL));
        CHECK(zmq_msg_gets(each, "Socket-Type") == nullptr);
        CHECK(zmq_msg_data(each) == nullptr);
        CHECK(zmq_msg_size(each) == 0);
        CHECK(zmq_msg_more(each) == 0);
    }
    CHECK(good.text() == "good");
    CHECK(fails(zmq_msg_init(nullptr), EFAULT));
    CHECK(fails(zmq_msg_init_size(nullptr, 1), EFAULT));
    CHECK(fails(zmq_msg_init_data(nullptr, octets, 1, nullptr, nullptr), EFAULT));
    CHECK(fails(zmq_msg_init_size(&dead, SIZE_MAX), ENOMEM));
    CHECK(fails(zmq_msg_get(&good, 4711), EINVAL));
    CHECK(fails(zmq_msg_set(&good, 4711, 0), EINVAL));
    CHECK(zmq_msg_gets(&good, nullptr) == nullptr);
    CHECK(zmq_msg_gets(&good, "X-nobody") == nullptr);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("the helpers take null and say EFAULT") {
    uint8_t key[32];
    CHECK(zmq_z85_encode(nullptr, key, 4) == nullptr);
    CHECK(zmq_z85_encode(octets, nullptr, 4) == nullptr);
    CHECK(zmq_z85_encode(octets, key, 3) == nullptr);
    CHECK(zmq_z85_decode(nullptr, "HelloWorld") == nullptr);
    CHECK(zmq_z85_decode(key, nullptr) == nullptr);
    CHECK(zmq_z85_decode(key, "\x7f\x80\xff~~") == nullptr);
    CHECK(fails(zmq_curve_keypair(nullptr, octets), EFAULT));
    CHECK(fails(zmq_curve_keypair(octets, nullptr), EFAULT));
    CHECK(fails(zmq_curve_public(nullptr, "x"), EFAULT));
    CHECK(fails(zmq_curve_public(octets, nullptr), EFAULT));
    CHECK(fails(zmq_curve_public(octets, "too short"), EINVAL));
    CHECK(zmq_has(nullptr) == 0);
    CHECK(zmq_has("nonsense") == 0);
    zmq_version(nullptr, nullptr, nullptr);
    for (const int number : {INT_MIN, -1, 0, 4711, INT_MAX}) CHECK(zmq_strerror(number) != nullptr);
    CHECK(zmq_init(-1) == nullptr);
    CHECK(zmq_errno() == EINVAL);

    void* nobody = nullptr;
    CHECK(fails(zmq_timers_destroy(nullptr), EFAULT));
    CHECK(fails(zmq_timers_destroy(&nobody), EFAULT));
    CHECK(fails(zmq_timers_add(nullptr, 1, nullptr, nullptr), EFAULT));
    CHECK(fails(zmq_timers_cancel(nullptr, 1), EFAULT));
    CHECK(fails(zmq_timers_set_interval(nullptr, 1, 1), EFAULT));
    CHECK(fails(zmq_timers_reset(nullptr, 1), EFAULT));
    CHECK(zmq_timers_timeout(nullptr) == -1);
    CHECK(fails(zmq_timers_execute(nullptr), EFAULT));
    void* timers = zmq_timers_new();
    CHECK(fails(zmq_timers_add(timers, 1, nullptr, nullptr), EFAULT));
    CHECK(fails(zmq_timers_cancel(timers, 4711), EINVAL));
    CHECK(fails(zmq_timers_set_interval(timers, 4711, 1), EINVAL));
    CHECK(fails(zmq_timers_reset(timers, 4711), EINVAL));
    zmq_timers_destroy(&timers);

    zmq_atomic_counter_set(nullptr, 1);
    CHECK(fails(zmq_atomic_counter_inc(nullptr), EFAULT));
    CHECK(fails(zmq_atomic_counter_dec(nullptr), EFAULT));
    CHECK(fails(zmq_atomic_counter_value(nullptr), EFAULT));
    zmq_atomic_counter_destroy(nullptr);
    zmq_atomic_counter_destroy(&nobody);
    CHECK(zmq_stopwatch_intermediate(nullptr) == 0);
    CHECK(zmq_stopwatch_stop(nullptr) == 0);
    CHECK(zmq_threadstart(nullptr, nullptr) == nullptr);
    zmq_threadclose(nullptr);
}

TEST_CASE("endpoints of no kind") {
    c_context context;
    c_socket socket(context, ZMQ_DEALER);
    const std::vector<std::pair<std::string, int>> all{{"", EINVAL},
                                                       {"tcp", EINVAL},
                                                       {"tcp:", EINVAL},
                                                       {"://", EINVAL},
                                                       {"nonsense", EINVAL},
                                                       {"tcp:/x", EINVAL},
                                                       {"x://y", EPROTONOSUPPORT},
                                                       {"TCP://127.0.0.1:1", EPROTONOSUPPORT},
                                                       {"tcp://", EINVAL},
                                                       {"tcp://x", EINVAL},
                                                       {"tcp://127.0.0.1:x", EINVAL},
                                                       {"tcp://127.0.0.1:65536", EINVAL},
                                                       {"tcp://127.0.0.1:-1", EINVAL}};
    for (const auto& [text, error] : all) {
        CAPTURE(text);
        CHECK(fails(zmq_bind(socket, text.c_str()), error));
        CHECK(fails(zmq_connect(socket, text.c_str()), error));
    }
    for (const auto* text : {"tcp://127.0.0.1:1", "inproc://never"}) {
        CHECK(fails(zmq_unbind(socket, text), ENOENT));
        CHECK(fails(zmq_disconnect(socket, text), ENOENT));
    }
    check_healthy(context);
}

TEST_CASE(
    "every option of every socket type, with values of every size: EINVAL or taken, and never a crash") {
    c_context context;
    std::mt19937 random(20260721);
    std::vector<unsigned char> text(70000);
    for (auto& each : text) each = static_cast<unsigned char>(random());
    constexpr std::size_t sizes[] = {0,  1,  2,  3,   4,   5,   7,     8,     9,    16,
                                     17, 32, 41, 255, 256, 257, 65535, 65536, 70000};
    constexpr int numbers[] = {INT_MIN, -101, -2, -1, 0, 1, 2, 3, 255, 65536, INT_MAX};
    for (int type = ZMQ_PAIR; type <= ZMQ_STREAM; ++type) {
        for (int option = -2; option < 140; ++option) {
            void* const socket = zmq_socket(context, type);
            CAPTURE(type, option);
            const auto harmless = [](int result) { return result == 0 || zmq_errno() == EINVAL; };
            bool all = true;
            for (const auto size : sizes) {
                all &= harmless(zmq_setsockopt(socket, option, text.data(), size));
                if (size > 0) all &= fails(zmq_setsockopt(socket, option, nullptr, size), EINVAL);
                room = size;
                std::vector<unsigned char> to(size + 8, 0xee);
                all &= harmless(zmq_getsockopt(socket, option, to.data(), &room));
                for (std::size_t i = 0; i < 8; ++i) all &= to[size + i] == 0xee;  // nothing behind its room
            }
            all &= harmless(zmq_setsockopt(socket, option, nullptr, 0));
            for (const int number : numbers)
                all &= harmless(zmq_setsockopt(socket, option, &number, sizeof number));
            CHECK(all);
            const int none = 0;
            zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
            CHECK(zmq_close(socket) == 0);
        }
    }
    check_healthy(context);
}

TEST_CASE("every option of a context") {
    for (int option = -2; option < 140; ++option) {
        c_context context;
        CAPTURE(option);
        for (const int number : {INT_MIN, -1, 0, 1, 2, INT_MAX}) {
            const int result = zmq_ctx_set(context, option, number);
            CHECK((result == 0 || zmq_errno() == EINVAL));
        }
        errno = 0;
        const int result = zmq_ctx_get(context, option);
        CHECK((result != -1 || errno == 0 || errno == EINVAL));
    }
}

TEST_CASE("socket types that are none") {
    c_context context;
    for (const int type : {INT_MIN, -1, 21, 4711, INT_MAX}) {
        CHECK(zmq_socket(context, type) == nullptr);
        CHECK(zmq_errno() == EINVAL);
    }
}
