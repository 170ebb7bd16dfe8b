#pragma once

#include "c_api.hpp"

// Of libzmq's draft API, which its library has and its header may hide.
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
#ifndef ZMQ_METADATA
#define ZMQ_METADATA 95
#endif

namespace zither::test {

using parts = std::vector<std::string>;

/// A pair of keys in Z85.
struct keys {
    keys() { REQUIRE(zmq_curve_keypair(open, secret) == 0); }
    char open[41];
    char secret[41];
};

inline void serve_curve(const c_socket& on, const keys& own) {
    REQUIRE(on.set(ZMQ_CURVE_SERVER, 1) == 0);
    REQUIRE(on.set(ZMQ_CURVE_SECRETKEY, own.secret) == 0);
}

inline void use_curve(const c_socket& on, const keys& own, const char* server) {
    REQUIRE(on.set(ZMQ_CURVE_PUBLICKEY, own.open) == 0);
    REQUIRE(on.set(ZMQ_CURVE_SECRETKEY, own.secret) == 0);
    REQUIRE(on.set(ZMQ_CURVE_SERVERKEY, server) == 0);
}

inline void use_plain(const c_socket& on, std::string_view name, std::string_view password) {
    REQUIRE(on.set(ZMQ_PLAIN_USERNAME, name) == 0);
    REQUIRE(on.set(ZMQ_PLAIN_PASSWORD, password) == 0);
}

/// What became of a socket's handshakes, in words.
class handshakes {
public:
    handshakes(void* context, void* of) : pair_(context, ZMQ_PAIR) {
        const auto at = "inproc://" + fresh_name();
        REQUIRE(zmq_socket_monitor(of, at.c_str(),
                                   ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                       ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) == 0);
        REQUIRE(pair_.connect(at) == 0);
    }
    /// "good", "denied 400", "broken 20000001" (in hexadecimal), "no handler" or "failed".
    std::string next() {
        const auto head = pair_.receive();
        if (head.size() != 6) return head;
        pair_.receive();
        std::uint16_t number = 0;
        std::uint32_t value = 0;
        std::memcpy(&number, head.data(), 2);
        std::memcpy(&value, head.data() + 2, 4);
        char text[32] = "?";
        if (number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) return "good";
        if (number == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) return value == EFAULT ? "no handler" : "failed";
        std::snprintf(text, sizeof text,
                      number == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH ? "denied %u" : "broken %x", value);
        return text;
    }

private:
    c_socket pair_;
};

/// ZAP's handler (RFC 27), asked and answering where the test says so.
class zap_handler {
public:
    explicit zap_handler(void* context, int type = ZMQ_REP) : socket_(context, type), type_(type) {
        REQUIRE(zmq_bind(socket_, "inproc://zeromq.zap.01") == 0);
    }
    /// The next question without its envelope: version, request id, domain, address, identity, mechanism, ...
    parts question() {
        parts all{socket_.receive()};
        while (socket_.get(ZMQ_RCVMORE) == 1) all.push_back(socket_.receive());
        if (type_ == ZMQ_ROUTER && all.size() > 1) {
            envelope_ = {all[0], all[1]};
            all.erase(all.begin(), all.begin() + 2);
        }
        id_ = all.size() > 1 ? all[1] : "";
        return all;
    }
    void say(const parts& reply) {
        auto all = envelope_;
        all.insert(all.end(), reply.begin(), reply.end());
        for (std::size_t i = 0; i < all.size(); ++i)
            REQUIRE(socket_.send(all[i], i + 1 < all.size() ? ZMQ_SNDMORE : 0) >= 0);
    }
    /// A reply to the last question.
    parts reply(const std::string& status, const std::string& user = "", const std::string& metadata = "") {
        return {"1.0", id_, status, "text", user, metadata};
    }
    void answer(const std::string& status, const std::string& user = "", const std::string& metadata = "") {
        question();
        say(reply(status, user, metadata));
    }
    const std::string& id() const { return id_; }
    void close() { socket_.close(); }

private:
    c_socket socket_;
    int type_;
    parts envelope_;
    std::string id_;
};

}  // namespace zither::test
