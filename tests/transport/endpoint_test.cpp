#include "zither/transport/endpoint.hpp"

#include "zither/transport/connector.hpp"

#include <catch2/catch.hpp>

#include <cstddef>
#include <string>

#include <netinet/in.h>
#include <sys/un.h>

using namespace zither;
using namespace zither::transport;

namespace {

using kind = endpoint::kind;

endpoint parsed(std::string_view text) {
    endpoint made;
    REQUIRE(parse_endpoint(text, made) == errc::ok);
    return made;
}

errc parse_error(std::string_view text) {
    endpoint ignored;
    return parse_endpoint(text, ignored);
}

errc host_port_error(std::string_view text) {
    host_port ignored;
    return parse_host_port(text, ignored);
}

/// Where a host and port bind to, as the endpoint a user would read.
std::string bound(std::string_view host, std::uint16_t port, bool ipv6 = false) {
    address made;
    const auto error = local_address(host, port, ipv6, made);
    return error == errc::ok               ? endpoint_text(made)
           : error == errc::no_such_device ? "no such device"
                                           : "another error";
}

errc check(std::string_view text) { return connector::check(parsed(text)); }

const std::size_t path_max = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

TEST_CASE("an endpoint is its transport and the rest") {
    CHECK(parsed("tcp://127.0.0.1:5555").protocol == kind::tcp);
    CHECK(parsed("tcp://127.0.0.1:5555").address == "127.0.0.1:5555");
    CHECK(parsed("tcp://[::1]:5555").address == "[::1]:5555");
    CHECK(parsed("tcp://*:*").address == "*:*");
    CHECK(parsed("tcp://eth0:5555").address == "eth0:5555");
    CHECK(parsed("tcp://127.0.0.1:0;127.0.0.1:5555").address == "127.0.0.1:0;127.0.0.1:5555");
    CHECK(parsed("ipc:///tmp/a").protocol == kind::ipc);
    CHECK(parsed("ipc:///tmp/a").address == "/tmp/a");
    CHECK(parsed("ipc://@name").address == "@name");
    CHECK(parsed("ipc://*").address == "*");
    CHECK(parsed("inproc://name").protocol == kind::inproc);
    CHECK(parsed("udp://lo;239.0.0.1:5555").protocol == kind::udp);
    CHECK(parsed("udp://lo;239.0.0.1:5555").address == "lo;239.0.0.1:5555");
    CHECK(parsed("inproc://a name://with more").address == "a name://with more");
}

TEST_CASE("an unknown transport is not supported") {
    for (const auto* text : {"udp4://127.0.0.1:1", "foo://bar", "TCP://127.0.0.1:1", "tcps://a:1", "tc://a:1",
                             " tcp://a:1", "file:///tmp/a"}) {
        CAPTURE(text);
        CHECK(parse_error(text) == errc::protocol_not_supported);
    }
}

TEST_CASE("what has no transport or no address is invalid") {
    for (const auto* text : {"", "tcp", "tcp:", "tcp:/", "tcp:/a:1", "://a:1", "127.0.0.1:5555", "tcp://",
                             "ipc://", "inproc://"}) {
        CAPTURE(text);
        CHECK(parse_error(text) == errc::invalid_argument);
    }
}

TEST_CASE("a host and a port are split at the last colon") {
    host_port made;
    REQUIRE(parse_host_port("127.0.0.1:5555", made) == errc::ok);
    CHECK(made.host == "127.0.0.1");
    CHECK(made.port == 5555);
    CHECK_FALSE(made.wildcard_port);
    REQUIRE(parse_host_port("[::1]:65535", made) == errc::ok);
    CHECK(made.host == "::1");
    CHECK(made.port == 65535);
    REQUIRE(parse_host_port("[fe80::1%lo]:1", made) == errc::ok);
    CHECK(made.host == "fe80::1%lo");
    REQUIRE(parse_host_port("a.host.example:80", made) == errc::ok);
    CHECK(made.host == "a.host.example");
}

TEST_CASE("a star or zero is any port") {
    for (const auto* text : {"*:*", "*:0", "eth0:*"}) {
        host_port made;
        made.port = 7;
        REQUIRE(parse_host_port(text, made) == errc::ok);
        CHECK(made.port == 0);
        CHECK(made.wildcard_port);
    }
}

TEST_CASE("a port parsed into a used value forgets the wildcard") {
    host_port made;
    REQUIRE(parse_host_port("*:*", made) == errc::ok);
    REQUIRE(parse_host_port("*:1", made) == errc::ok);
    CHECK_FALSE(made.wildcard_port);
}

TEST_CASE("malformed hosts and ports are invalid") {
    for (const auto* text :
         {"", ":", "host", "host:", ":5555", "[]:5555", "host:65536", "host:100000", "host:-1", "host:+1",
          "host: 1", "host:1 ", "host:0x50", "host:5555x", "host:**", "[::1]", "host:http"}) {
        CAPTURE(text);
        CHECK(host_port_error(text) == errc::invalid_argument);
    }
}

TEST_CASE("a bind address is a star, a number or an interface") {
    CHECK(bound("*", 5555) == "tcp://0.0.0.0:5555");
    CHECK(bound("*", 5555, true) == "tcp://[::]:5555");
    CHECK(bound("127.0.0.1", 1) == "tcp://127.0.0.1:1");
    CHECK(bound("127.0.0.1", 1, true) == "tcp://127.0.0.1:1");
    CHECK(bound("::1", 65535, true) == "tcp://[::1]:65535");
    CHECK(bound("2001:db8::7", 80, true) == "tcp://[2001:db8::7]:80");
    CHECK(bound("lo", 5555) == "tcp://127.0.0.1:5555");
}

TEST_CASE("a bind address is never looked up in the network") {
    for (const auto* host :
         {"localhost", "nosuchif0", "127.0.0.1.5", "256.0.0.1", "127.0.0", "", "::1", "[::1]"}) {
        CAPTURE(host);
        CHECK(bound(host, 1) == "no such device");
    }
    CHECK(bound("::g", 1, true) == "no such device");
}

TEST_CASE("a link-local address keeps its scope") {
    address made;
    REQUIRE(local_address("fe80::1%lo", 5555, true, made) == errc::ok);
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(made.storage);
    CHECK(v6.sin6_scope_id != 0);
    CHECK(ntohs(v6.sin6_port) == 5555);
}

TEST_CASE("an ipc path may fill its place but for the zero at its end") {
    address made;
    const std::string longest = "/" + std::string(path_max - 1, 'p');
    REQUIRE(ipc_address(longest, made) == errc::ok);
    CHECK(endpoint_text(made) == "ipc://" + longest);
    CHECK(made.size == offsetof(sockaddr_un, sun_path) + path_max + 1);
    CHECK(ipc_address(longest + "p", made) == errc::name_too_long);
    CHECK(ipc_address(std::string(10000, 'p'), made) == errc::name_too_long);
    CHECK(ipc_address("", made) == errc::invalid_argument);
}

TEST_CASE("an ipc address that begins with an at is abstract") {
    address made;
    REQUIRE(ipc_address("@name", made) == errc::ok);
    const auto& local = reinterpret_cast<const sockaddr_un&>(made.storage);
    CHECK(local.sun_path[0] == '\0');
    CHECK(std::string(local.sun_path + 1, 4) == "name");
    // An abstract name is its octets, all of them: no zero behind it.
    CHECK(made.size == offsetof(sockaddr_un, sun_path) + 5);
    CHECK(endpoint_text(made) == "ipc://@name");
    CHECK(ipc_address("@", made) == errc::invalid_argument);
    CHECK(ipc_address("@" + std::string(path_max, 'n'), made) == errc::name_too_long);
}

TEST_CASE("an endpoint's text and host are what a user would write") {
    address made;
    REQUIRE(local_address("192.0.2.7", 80, false, made) == errc::ok);
    CHECK(endpoint_text(made) == "tcp://192.0.2.7:80");
    CHECK(host_text(made) == "192.0.2.7");
    REQUIRE(local_address("2001:db8::7", 80, true, made) == errc::ok);
    CHECK(host_text(made) == "2001:db8::7");
    REQUIRE(ipc_address("/tmp/a", made) == errc::ok);
    CHECK(endpoint_text(made) == "ipc:///tmp/a");
    // The peer of an ipc connection has no name.
    address unnamed;
    unnamed.storage.ss_family = AF_UNIX;
    unnamed.size = offsetof(sockaddr_un, sun_path);
    CHECK(endpoint_text(unnamed) == "ipc://");
}

TEST_CASE("an address to connect to names a host and a port") {
    for (const auto* text : {"tcp://127.0.0.1:5555", "tcp://[::1]:5555", "tcp://a.host.example:80",
                             "tcp://localhost:1", "ipc:///tmp/a", "ipc://@name"}) {
        CAPTURE(text);
        CHECK(check(text) == errc::ok);
    }
    for (const auto* text :
         {"tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://:5555", "tcp://*:5555", "tcp://127.0.0.1:*",
          "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:5555/path", "ipc://@"}) {
        CAPTURE(text);
        CHECK(check(text) == errc::invalid_argument);
    }
    CHECK(check("ipc:///" + std::string(200, 'p')) == errc::name_too_long);
}

TEST_CASE("an address to connect to may say where from") {
    for (const auto* text : {"tcp://127.0.0.1:0;127.0.0.1:5555", "tcp://127.0.0.1:*;127.0.0.1:5555",
                             "tcp://127.0.0.2:6000;127.0.0.1:5555", "tcp://lo:0;127.0.0.1:5555",
                             "tcp://*:6000;127.0.0.1:5555", "tcp://[::1]:0;[::1]:5555",
                             "tcp://nosuchif0:0;127.0.0.1:5555", "tcp://localhost:0;127.0.0.1:5555"}) {
        CAPTURE(text);
        CHECK(check(text) == errc::ok);
    }
    for (const auto* text :
         {"tcp://no such:0;127.0.0.1:5555", "tcp://127.0.0.1;127.0.0.1:5555", "tcp://127.0.0.1:0;",
          "tcp://127.0.0.1:0;127.0.0.1:0", "tcp://127.0.0.1:0;*:5555", "tcp://127.0.0.1:0;a/b:5555"}) {
        CAPTURE(text);
        CHECK(check(text) == errc::invalid_argument);
    }
}
