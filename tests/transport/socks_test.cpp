// The client's side of SOCKS5, octet by octet.
#include "zither/transport/socks.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <string>

using namespace zither;
using namespace zither::transport;
using namespace std::string_literals;

namespace {

std::string said(socks_client& by) {
    std::string text;
    for (const auto each : by.output()) text += static_cast<char>(each);
    by.output().clear();
    return text;
}

/// Gives the proxy's words in pieces of `piece` octets, as much as is wanted.
void hear(socks_client& who, const std::string& words, std::size_t piece) {
    for (std::size_t at = 0; at < words.size(); at += piece) {
        const auto some = words.substr(at, piece);
        who.receive(zmtp::as_bytes(some));
    }
}

const std::string bound = "\x01\x7f\x00\x00\x01\x12\x34"s;

}  // namespace

TEST_CASE("without a user name: no authentication, then the target") {
    const std::size_t piece = GENERATE(as<std::size_t>(), 1, 2, 3, 100);
    const auto [host, asked] = GENERATE(
        table<std::string, std::string>({{"192.0.2.1", "\x01\xc0\x00\x02\x01"s},
                                         {"2001:db8::1", "\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s},
                                         {"far.example", "\x03\x0b"s + "far.example"}}));
    socks_client client(host, 0x1234, "", "");
    CHECK(said(client) == "\x05\x01\x00"s);
    CHECK(client.wanted() == 2);
    hear(client, "\x05\x00"s, piece);
    CHECK(said(client) == "\x05\x01\x00"s + asked + "\x12\x34");
    hear(client, "\x05\x00\x00"s + bound, piece);
    CHECK(client.done());
    CHECK(client.wanted() == 0);
    CHECK(client.error() == 0);
}

TEST_CASE("the proxy may be bound to an address of any kind, and no octet behind it is taken") {
    const auto where =
        GENERATE(as<std::string>(), bound, "\x04"s + std::string(18, 'x'), "\x03\x05where\x12\x34"s,
                 "\x03\x00\x12\x34"s, "\x03\xff"s + std::string(257, 'x'));
    socks_client client("192.0.2.1", 1, "", "");
    hear(client, "\x05\x00"s, 1);
    const auto reply = "\x05\x00\x00"s + where;
    for (const char each : reply) {
        REQUIRE(client.wanted() > 0);
        REQUIRE(client.wanted() <= socks_client::wanted_max);
        hear(client, std::string(1, each), 1);
    }
    CHECK(client.done());
}

TEST_CASE("with a user name the password goes before the target") {
    socks_client client("192.0.2.1", 80, "user", "secret");
    CHECK(said(client) == "\x05\x01\x02"s);
    hear(client, "\x05\x02"s, 1);
    CHECK(said(client) == "\x01\x04user\x06secret"s);
    hear(client, "\x01\x00"s, 1);
    CHECK(said(client) == "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"s);
    hear(client, "\x05\x00\x00"s + bound, 1);
    CHECK(client.done());
}

TEST_CASE("a proxy that says no ends the conversation with its reason") {
    const auto [words, error] =
        GENERATE(table<std::string, int>({{"\x05\xff"s, EACCES},
                                          {"\x05\x02"s, EACCES},
                                          {"\x04\x00"s, EPROTO},
                                          {"\x05\x00\x05\x01\x00\x01\x00"s, ECONNABORTED},
                                          {"\x05\x00\x05\x02\x00\x01\x00"s, EACCES},
                                          {"\x05\x00\x05\x04\x00\x01\x00"s, EHOSTUNREACH},
                                          {"\x05\x00\x05\x05\x00\x01\x00"s, ECONNREFUSED},
                                          {"\x05\x00\x05\xee\x00\x01\x00"s, ECONNABORTED},
                                          {"\x05\x00\x04\x00\x00\x01\x00"s, EPROTO},
                                          {"\x05\x00\x05\x00\x00\x09\x00"s, EPROTO}}));
    socks_client client("192.0.2.1", 1, "", "");
    hear(client, words, 1);
    CHECK(client.wanted() == 0);
    CHECK_FALSE(client.done());
    CHECK(client.error() == error);
}

TEST_CASE("a wrong password ends it") {
    socks_client client("192.0.2.1", 1, "user", "wrong");
    hear(client, "\x05\x02\x01\x01"s, 1);
    CHECK(client.error() == EACCES);
}

TEST_CASE("a name too long for the protocol is never sent") {
    socks_client client(std::string(256, 'x'), 1, "", "");
    CHECK(client.output().empty());
    CHECK(client.wanted() == 0);
    CHECK(client.error() == ENAMETOOLONG);
}
