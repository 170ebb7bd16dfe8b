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

/// Addresses in this file are in the host's order.
inline sockaddr_in on_loopback(std::uint16_t port = 0, in_addr_t address = INADDR_LOOPBACK) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(address);
    made.sin_port = htons(port);
    return made;
}

/// Of "tcp://127.0.0.1:5555".
inline std::uint16_t port_in(const std::string& endpoint) {
    return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

/// Of the same; the endpoint's own, whatever its scheme.
inline in_addr_t address_in(const std::string& endpoint) {
    const auto begin = endpoint.find("://") + 3;
    return ntohl(::inet_addr(endpoint.substr(begin, endpoint.rfind(':') - begin).c_str()));
}

/// One that is this process's alone, of the 127.0.0.0/8 that all are the loopback's: no client of another
/// program, which still tries a port it once had, comes to who listens here.
inline in_addr_t own_loopback_address() {
    const auto process = static_cast<in_addr_t>(::getpid());
    return 127u << 24 | (1 + (process >> 16) % 254) << 16 | (process >> 8 & 255) << 8 | (1 + process % 254);
}
/// The same as text.
inline std::string own_loopback_name() {
    const auto address = own_loopback_address();
    std::string made = "127";
    for (const int shift : {16, 8, 0}) made += "." + std::to_string(address >> shift & 255);
    return made;
}

/// A descriptor that listens, and its port.
inline int listen_on_loopback(std::uint16_t& port, in_addr_t address = INADDR_LOOPBACK) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto at = on_loopback(0, address);
    socklen_t size = sizeof at;
    REQUIRE(::bind(made, reinterpret_cast<const sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(made, 10) == 0);
    REQUIRE(::getsockname(made, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ntohs(at.sin_port);
    return made;
}

/// A connected descriptor, or -1.
inline int connect_to_loopback(std::uint16_t port, in_addr_t address = INADDR_LOOPBACK) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto at = on_loopback(port, address);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return made;
    ::close(made);
    return -1;
}

}  // namespace zither::test
