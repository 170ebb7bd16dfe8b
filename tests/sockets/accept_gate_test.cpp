// Who may still come in: the counts behind HANDSHAKES_MAX, HANDSHAKE_RATE, ADDRESS_CONNECTIONS_MAX and
// CONNECTIONS_MAX.
#include "zither/sockets/accept_gate.hpp"

#include "zither/transport/connection.hpp"
#include "zither/transport/endpoint.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

using namespace zither;
using namespace zither::sockets;
using namespace std::chrono_literals;
using refusal = accept_gate::refusal;

namespace {

const accept_gate::time_point start{1000h};

transport::address at(const char* text) {
    transport::address made;
    auto& four = reinterpret_cast<sockaddr_in&>(made.storage);
    auto& six = reinterpret_cast<sockaddr_in6&>(made.storage);
    if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
    } else {
        REQUIRE(::inet_pton(AF_INET6, text, &six.sin6_addr) == 1);
        six.sin6_family = AF_INET6;
    }
    return made;
}

struct door {
    accept_gate gate;
    accept_limits limits{0, 0, 0, 0};
    std::vector<std::unique_ptr<transport::connection>> inside;

    refusal knock(const char* from = "10.0.0.1", accept_gate::time_point now = start, bool raw = false) {
        return knock(at(from), now, raw);
    }
    refusal knock(const transport::address& where, accept_gate::time_point now = start, bool raw = false) {
        const auto why = gate.ask(limits, where, now);
        if (why != refusal::none) return why;
        zmtp::session_settings settings;
        settings.raw = raw;
        inside.push_back(
            std::make_unique<transport::connection>(::open("/dev/null", O_RDONLY), settings, start));
        gate.entered(*inside.back(), where);
        return why;
    }
    void shake(std::size_t which) { gate.finished_handshake(*inside[which]); }
    void leave(std::size_t which) { gate.left(*inside[which]); }
};

}  // namespace

TEST_CASE("unfinished handshakes are counted until they end, and each only once") {
    door of;
    of.limits.handshakes = 2;
    CHECK(of.knock() == refusal::none);
    CHECK(of.knock() == refusal::none);
    CHECK(of.knock() == refusal::handshakes);
    of.shake(0);
    CHECK(of.knock() == refusal::none);
    CHECK(of.knock() == refusal::handshakes);
    of.leave(0);  // was done with it: no room comes of its end
    CHECK(of.gate.handshakes() == 2);
    CHECK(of.knock() == refusal::handshakes);
    of.leave(1);
    of.leave(1);
    CHECK(of.gate.handshakes() == 1);
    CHECK(of.knock() == refusal::none);
    CHECK(of.knock("10.0.0.9", start, true) == refusal::handshakes);
    of.limits.handshakes = 0;
    CHECK(of.knock() == refusal::none);
}

TEST_CASE("a peer without a handshake is none that is unfinished") {
    door of;
    of.limits.handshakes = 1;
    CHECK(of.knock("10.0.0.1", start, true) == refusal::none);
    CHECK(of.gate.handshakes() == 0);
    of.leave(0);
    CHECK(of.gate.handshakes() == 0);
}

TEST_CASE("the rate lets a second's worth in at once, and then one by one") {
    door of;
    of.limits.handshakes_per_second = 10;
    for (int i = 0; i < 10; ++i) CHECK(of.knock() == refusal::none);
    CHECK(of.knock() == refusal::rate);
    CHECK(of.knock("10.0.0.1", start + 99ms) == refusal::rate);
    CHECK(of.knock("10.0.0.1", start + 101ms) == refusal::none);
    CHECK(of.knock("10.0.0.1", start + 102ms) == refusal::rate);
    // What was not used in an hour is a second's worth still.
    for (int i = 0; i < 10; ++i) CHECK(of.knock("10.0.0.1", start + 1h) == refusal::none);
    CHECK(of.knock("10.0.0.1", start + 1h) == refusal::rate);
}

TEST_CASE("who is refused for another reason takes nothing from the rate") {
    door of;
    of.limits = {0, 2, 1, 0};
    CHECK(of.knock("10.0.0.1") == refusal::none);
    for (int i = 0; i < 5; ++i) CHECK(of.knock("10.0.0.1") == refusal::address);
    CHECK(of.knock("10.0.0.2") == refusal::none);
    CHECK(of.knock("10.0.0.3") == refusal::rate);
}

TEST_CASE("connections of one address are counted until they are gone, whatever became of them") {
    door of;
    of.limits.connections_per_address = 2;
    CHECK(of.knock("10.0.0.1") == refusal::none);
    CHECK(of.knock("10.0.0.1") == refusal::none);
    of.shake(0);
    CHECK(of.knock("10.0.0.1") == refusal::address);
    CHECK(of.knock("::ffff:10.0.0.1") == refusal::address);
    CHECK(of.knock("10.0.0.2") == refusal::none);
    of.leave(0);
    CHECK(of.knock("::ffff:10.0.0.1") == refusal::none);
    CHECK(of.knock("10.0.0.1") == refusal::address);
}

TEST_CASE("an IPv6 host has 64 bits of addresses, and counts once") {
    door of;
    of.limits.connections_per_address = 1;
    CHECK(of.knock("2001:db8:1:2::1") == refusal::none);
    CHECK(of.knock("2001:db8:1:2:ffff::2") == refusal::address);
    CHECK(of.knock("2001:db8:1:3::1") == refusal::none);
    CHECK(of.knock("::1") == refusal::none);
    CHECK(of.knock("::1") == refusal::address);
    CHECK(of.knock("0.0.0.1") == refusal::none);
}

TEST_CASE("ipc has no addresses to count, and counts among all") {
    transport::address local;
    local.storage.ss_family = AF_UNIX;
    CHECK(accept_gate::neighbourhood(local) == 0);
    door of;
    of.limits.connections_per_address = 1;
    CHECK(of.knock(local) == refusal::none);
    CHECK(of.knock(local) == refusal::none);
    of.limits.connections = 2;
    CHECK(of.knock(local) == refusal::connections);
    of.leave(1);
    CHECK(of.knock(local) == refusal::none);
}

TEST_CASE("all connections are counted, wherever they come from, until they are gone") {
    door of;
    of.limits.connections = 2;
    CHECK(of.knock("10.0.0.1") == refusal::none);
    CHECK(of.knock("2001:db8::1") == refusal::none);
    CHECK(of.knock("10.0.0.2") == refusal::connections);
    of.shake(0);
    CHECK(of.knock("10.0.0.2") == refusal::connections);
    of.leave(0);
    of.leave(0);
    CHECK(of.knock("10.0.0.2") == refusal::none);
    CHECK(of.knock("10.0.0.2") == refusal::connections);
}

TEST_CASE("who left messages unread counts until they are read") {
    door of;
    const bool by_address = GENERATE(true, false);
    (by_address ? of.limits.connections_per_address : of.limits.connections) = 1;
    const auto refused = by_address ? refusal::address : refusal::connections;
    CHECK(of.knock() == refusal::none);
    const auto place = of.gate.left_unread(*of.inside[0]);
    CHECK(place != 0);
    CHECK(of.gate.left_unread(*of.inside[0]) == 0);
    of.leave(0);
    CHECK(of.gate.handshakes() == 0);
    CHECK(of.knock() == refused);
    of.gate.read_out(0);
    CHECK(of.knock() == refused);
    of.gate.read_out(place);
    CHECK(of.knock() == refusal::none);
    CHECK(of.knock() == refused);
}
