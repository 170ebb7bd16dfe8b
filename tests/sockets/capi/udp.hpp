#pragma once

// Where udp tests meet, and a peer that is no ZeroMQ socket.

#include "c_api.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace zither::test {

inline sockaddr_in loopback_address(int port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    return made;
}

/// A plain udp socket of the loopback.
class datagram_socket {
public:
    explicit datagram_socket(int port = 0) : descriptor_(::socket(AF_INET, SOCK_DGRAM, 0)) {
        const auto at = loopback_address(port);
        bound_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
    }
    datagram_socket(const datagram_socket&) = delete;
    datagram_socket& operator=(const datagram_socket&) = delete;
    ~datagram_socket() { ::close(descriptor_); }

    bool bound() const { return bound_; }
    int port() const {
        sockaddr_in at{};
        socklen_t size = sizeof at;
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&at), &size);
        return ntohs(at.sin_port);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
    void say(std::string_view octets, int to) const {
        const auto at = loopback_address(to);
        REQUIRE(::sendto(descriptor_, octets.data(), octets.size(), 0, reinterpret_cast<const sockaddr*>(&at),
                         sizeof at) == static_cast<ssize_t>(octets.size()));
    }
    /// The next datagram; what is on its way over the loopback is waited for.
    std::string hear() const {
        char block[65536];
        pollfd look{descriptor_, POLLIN, 0};
        if (::poll(&look, 1, deadline) != 1) return "<nothing>";
        const auto got = ::recv(descriptor_, block, sizeof block, 0);
        return std::string(block, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }

private:
    int descriptor_;
    bool bound_ = false;
};

/// A port of udp that was free a moment ago.
inline int free_udp_port() { return datagram_socket().port(); }
inline std::string udp_at(int port, const std::string& host = "127.0.0.1") {
    return "udp://" + host + ":" + std::to_string(port);
}

inline bool failed(int result, int number) { return result == -1 && zmq_errno() == number; }

/// Sends to a group through a RADIO.
inline int broadcast(void* radio, const std::string& group, std::string_view body) {
    c_message whole(body);
    if (zmq_msg_set_group(&whole, group.c_str()) != 0) return -1;
    return zmq_msg_send(&whole, radio, ZMQ_DONTWAIT);
}

/// "group:body" of a DISH's next message, or why there was none.
inline std::string heard(void* dish, int flags = 0) {
    c_message whole;
    if (zmq_msg_recv(&whole, dish, flags) < 0) return "<" + std::string(zmq_strerror(zmq_errno())) + ">";
    return std::string(zmq_msg_group(&whole)) + ":" + whole.text();
}

}  // namespace zither::test
