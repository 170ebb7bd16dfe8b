// A peer that never ends its message.
#include "endpoints.hpp"

#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace zither;
using namespace zither::test;

namespace {

int connect_to(const std::string& endpoint) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    REQUIRE(::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    return made;
}

bool give(int to, std::string_view octets) {
    while (!octets.empty()) {
        const auto sent = ::send(to, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// What a 3.1 PUSH says before traffic.
std::string push_handshake() {
    std::string greeting = "\xff" + std::string(8, '\0') + "\x7f\x03\x01NULL";
    greeting.resize(64, '\0');
    const std::string ready = "\x05READY\x0bSocket-Type" + std::string("\0\0\0\x04", 4) + "PUSH";
    return greeting + "\x04" + static_cast<char>(ready.size()) + ready;
}

}  // namespace

TEST_CASE("a message of parts without end ends its connection and no other") {
    context in;
    auto pull = make(in, socket_type::pull);
    pull.set(option::message_size_max, 1000);
    pull.bind("tcp://127.0.0.1:*");
    auto honest = make(in, socket_type::push);
    honest.connect(pull.last_endpoint());
    honest.send("before");
    CHECK(received(pull) == "before");

    const int endless = connect_to(pull.last_endpoint());
    REQUIRE(give(endless, push_handshake()));
    const std::string part = "\x01\xfa" + std::string(250, 'x');
    // The bound is 1 MiB here; the kernel holds some more. 64 MiB would be memory for the taking.
    std::size_t taken = 0;
    while (taken < (64u << 20) && give(endless, part)) taken += part.size();
    CHECK(taken < (64u << 20));
    ::close(endless);

    honest.send("after");
    CHECK(received(pull) == "after");
}
