#pragma once

// TCP on the loopback without the library under test.

#include <cstdint>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <catch2/catch.hpp>

namespace zither::test {

inline sockaddr_in on_loopback(std::uint16_t port = 0) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made.sin_port = htons(port);
    return made;
}

/// Of "tcp://127.0.0.1:5555".
inline std::uint16_t port_in(const std::string& endpoint) {
    return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

/// A descriptor that listens, and its port.
inline int listen_on_loopback(std::uint16_t& port) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto at = on_loopback();
    socklen_t size = sizeof at;
    REQUIRE(::bind(made, reinterpret_cast<const sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(made, 10) == 0);
    REQUIRE(::getsockname(made, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ntohs(at.sin_port);
    return made;
}

/// A connected descriptor, or -1.
inline int connect_to_loopback(std::uint16_t port) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto at = on_loopback(port);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return made;
    ::close(made);
    return -1;
}

}  // namespace zither::test
