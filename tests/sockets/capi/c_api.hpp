#pragma once

// The C API with its handles closed at the end of a test. Every file here also builds against libzmq itself:
// that is how its expectations were checked.

#include "zmq.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace zither::test {

/// In milliseconds. A test that hangs is a failure: no call takes longer.
constexpr int deadline = 20000;

template <class Condition>
bool eventually(Condition&& so) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline);
    while (!so()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::yield();
    }
    return true;
}

inline std::string fresh_name() {
    static std::atomic<int> count{0};
    return "zither-c-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

class c_context {
public:
    c_context() : handle_(zmq_ctx_new()) {}
    c_context(const c_context&) = delete;
    c_context& operator=(const c_context&) = delete;
    ~c_context() { term(); }
    operator void*() const { return handle_; }
    void term() {
        while (handle_ && zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) {
        }
        handle_ = nullptr;
    }

private:
    void* handle_;
};

class c_socket {
public:
    c_socket(void* context, int type) : handle_(zmq_socket(context, type)) {
        set(ZMQ_LINGER, 0);
        set(ZMQ_RCVTIMEO, deadline);
        set(ZMQ_SNDTIMEO, 3 * deadline);
    }
    c_socket(c_socket&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    c_socket& operator=(c_socket&&) = delete;
    ~c_socket() { close(); }
    operator void*() const { return handle_; }
    void close() {
        if (handle_) zmq_close(handle_);
        handle_ = nullptr;
    }
    int set(int option, int value) const { return zmq_setsockopt(handle_, option, &value, sizeof value); }
    int set(int option, std::string_view value) const {
        return zmq_setsockopt(handle_, option, value.data(), value.size());
    }
    int get(int option) const {
        int value = -12345;
        std::size_t size = sizeof value;
        return zmq_getsockopt(handle_, option, &value, &size) == 0 ? value : -12345;
    }
    std::string text(int option) const {
        char text[1024];
        std::size_t size = sizeof text;
        return zmq_getsockopt(handle_, option, text, &size) == 0 ? std::string(text) : "<error>";
    }
    std::string last_endpoint() const { return text(ZMQ_LAST_ENDPOINT); }
    std::string bound(const std::string& at) const {
        return zmq_bind(handle_, at.c_str()) == 0 ? last_endpoint() : "<not bound>";
    }
    int connect(const std::string& at) const { return zmq_connect(handle_, at.c_str()); }
    int send(std::string_view body, int flags = 0) const {
        return zmq_send(handle_, body.data(), body.size(), flags);
    }
    /// The next part, or why there was none.
    std::string receive(int flags = 0) const {
        const auto start = std::chrono::steady_clock::now();
        char body[8192];
        const int size = zmq_recv(handle_, body, sizeof body, flags);
        if (size < 0) return "<" + std::string(zmq_strerror(zmq_errno())) + ">";
        // A time-out may still find what a lost wake-up should have told.
        if (std::chrono::steady_clock::now() - start > std::chrono::milliseconds(deadline / 2))
            return "<late>";
        return std::string(body, static_cast<std::size_t>(size));
    }
    std::string receive_all() const {
        auto all = receive();
        while (get(ZMQ_RCVMORE) == 1) all += "|" + receive();
        return all;
    }

private:
    void* handle_;
};

/// A bound socket and a connected one.
struct c_pair {
    c_pair(void* context, int bound, int connected, const std::string& at)
        : one(context, bound), other(context, connected) {
        REQUIRE(other.connect(one.bound(at)) == 0);
    }
    c_socket one;
    c_socket other;
};

/// A message that closes itself.
struct c_message {
    c_message() { zmq_msg_init(&msg); }
    explicit c_message(std::string_view body) {
        zmq_msg_init_size(&msg, body.size());
        std::memcpy(zmq_msg_data(&msg), body.data(), body.size());
    }
    c_message(const c_message&) = delete;
    c_message& operator=(const c_message&) = delete;
    ~c_message() { zmq_msg_close(&msg); }
    zmq_msg_t* operator&() { return &msg; }
    std::string text() {
        return std::string(static_cast<const char*>(zmq_msg_data(&msg)), zmq_msg_size(&msg));
    }
    zmq_msg_t msg;
};

/// A way to meet for the two transports that differ most.
inline std::string somewhere(bool network) {
    return network ? "tcp://127.0.0.1:*" : "inproc://" + fresh_name();
}

}  // namespace zither::test
