#include "zither/transport/udp_address.hpp"

#include <catch2/catch.hpp>

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace zither;
using namespace zither::transport;

namespace {

struct resolved {
    errc error;
    udp_address to;
};

resolved resolve(std::string_view text, bool binding, bool ipv6 = false) {
    resolved made{};
    made.error = resolve_udp(text, binding, ipv6, made.to);
    return made;
}

/// The address, or why there is none.
std::string at(std::string_view text, bool binding, bool ipv6 = false) {
    const auto made = resolve(text, binding, ipv6);
    return made.error == errc::ok ? ip_text(made.to.at) : make_error_code(made.error).message();
}

const std::string invalid = make_error_code(errc::invalid_argument).message();
const std::string no_device = make_error_code(errc::no_such_device).message();

}  // namespace

TEST_CASE("udp binds an interface: any, by its name, or in digits") {
    CHECK(at("*:5555", true) == "0.0.0.0:5555");
    CHECK(at("*:*", true) == "0.0.0.0:0");
    CHECK(at("127.0.0.1:0", true) == "127.0.0.1:0");
    CHECK(at("lo:5555", true) == "127.0.0.1:5555");
    CHECK(at("*:5555", true, true) == "[::]:5555");
    CHECK(at("[::1]:5555", true, true) == "[::1]:5555");
    CHECK(at("127.0.0.1:5555", true, true) == "127.0.0.1:5555");
    // Names are for connecting.
    CHECK(at("localhost:5555", true) == no_device);
    CHECK(at("nowhere:5555", true) == no_device);
    CHECK(at(":5555", true) == no_device);
    CHECK(at("[::1]:5555", true) == no_device);
}

TEST_CASE("udp connects to an address or a name") {
    CHECK(at("127.0.0.1:5555", false) == "127.0.0.1:5555");
    CHECK(at("localhost:5555", false) == "127.0.0.1:5555");
    CHECK(at("[::1]:5555", false, true) == "[::1]:5555");
    CHECK(at("*:5555", false) == invalid);
    CHECK(at("127.0.0.1:*", false) == invalid);
    CHECK(at("127.0.0.1:0", false) == invalid);
    CHECK(at("[::1]:5555", false) == invalid);
    CHECK(at("no such name:5555", false) == invalid);
}

TEST_CASE("udp refuses what is no address") {
    for (const bool binding : {false, true}) {
        CAPTURE(binding);
        CHECK(at("127.0.0.1", binding) == invalid);
        CHECK(at("127.0.0.1:", binding) == invalid);
        CHECK(at("127.0.0.1:port", binding) == invalid);
        CHECK(at("127.0.0.1:65536", binding) == invalid);
        CHECK(at("127.0.0.1:-1", binding) == invalid);
        CHECK(at(";", binding) == invalid);
    }
}

TEST_CASE("a group may stand behind the interface it is reached through") {
    for (const bool binding : {false, true}) {
        CAPTURE(binding);
        const auto alone = resolve("239.0.0.1:5555", binding);
        REQUIRE(alone.error == errc::ok);
        CHECK(alone.to.multicast);
        CHECK(alone.to.interface_number == 0);
        CHECK(alone.to.interface_address.size == 0);

        const auto any = resolve("*;239.0.0.1:5555", binding);
        REQUIRE(any.error == errc::ok);
        CHECK(any.to.multicast);
        CHECK(any.to.interface_number == 0);

        const auto named = resolve("lo;239.0.0.1:5555", binding);
        REQUIRE(named.error == errc::ok);
        CHECK(ip_text(named.to.at) == "239.0.0.1:5555");
        CHECK(named.to.interface_number == ::if_nametoindex("lo"));

        const auto digits = resolve("127.0.0.1;239.0.0.1:5555", binding);
        REQUIRE(digits.error == errc::ok);
        CHECK(digits.to.interface_number == 0);
        CHECK(host_text(digits.to.interface_address) == "127.0.0.1");

        const auto six = resolve("lo;[ff02::1]:5555", binding, true);
        REQUIRE(six.error == errc::ok);
        CHECK(six.to.multicast);
        CHECK(six.to.interface_number == ::if_nametoindex("lo"));
        CHECK(resolve("[ff02::1%lo]:5555", binding, true).to.interface_number == ::if_nametoindex("lo"));

        // Only a group has an interface apart from its address.
        CHECK(at("lo;127.0.0.1:5555", binding) == invalid);
        CHECK(at("239.0.0.1;239.0.0.1:5555", binding) == invalid);
        CHECK(at("nowhere;239.0.0.1:5555", binding) == no_device);
        CHECK(at(";239.0.0.1:5555", binding) == no_device);
        CHECK(at("127.0.0.1;[ff02::1]:5555", binding, true) == no_device);
        CHECK_FALSE(resolve("127.0.0.1:5555", binding).to.multicast);
    }
}

TEST_CASE("a peer's text is an address again, of the family of the descriptor") {
    const auto round = [](const std::string& text, int family) {
        const auto found = parse_udp_peer(text, family);
        return found ? udp_peer_text(*found) : "nobody";
    };
    CHECK(round("127.0.0.1:5555", AF_INET) == "127.0.0.1:5555");
    CHECK(round("127.0.0.1:5555", AF_INET6) == "127.0.0.1:5555");
    CHECK(parse_udp_peer("127.0.0.1:5555", AF_INET6)->storage.ss_family == AF_INET6);
    CHECK(round("[::1]:5555", AF_INET6) == "[::1]:5555");
    CHECK(round("[fe80::1%lo]:5555", AF_INET6) == "[fe80::1%lo]:5555");
    CHECK(round(std::string("127.0.0.1:5555\0", 15), AF_INET) == "127.0.0.1:5555");

    for (const std::string wrong : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:*",
                                    "127.0.0.1:70000", "*:5555", "lo:5555", "localhost:5555", "1.2.3:5555"}) {
        CAPTURE(wrong);
        CHECK(round(wrong, AF_INET) == "nobody");
        CHECK(round(wrong, AF_INET6) == "nobody");
    }
    CHECK(round("[::1]:5555", AF_INET) == "nobody");
    CHECK(round(std::string(100000, '1') + ":1", AF_INET) == "nobody");
}
