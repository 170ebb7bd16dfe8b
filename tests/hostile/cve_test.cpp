// What libzmq's advisories describe, done to us. Those of security are in cve_security_test.cpp.
#include "raw_peer.hpp"

#include <vector>

using namespace zither;
using namespace zither::hostile;
using namespace std::chrono_literals;

TEST_CASE("CVE-2019-6250: a size that wraps around a pointer is refused") {
    victim of(socket_type::pull, socket_type::push);
    std::vector<std::string> attacks;
    for (std::uint64_t below = 0; below < 24; ++below)
        attacks.push_back(handshake("PUSH") + "\x02" + number(~std::uint64_t{0} - below, 8) +
                          std::string(200, 'x'));
    of.shuts_out(attacks);
}

TEST_CASE("CVE-2019-13132: metadata larger than any buffer for it, before anybody is known") {
    victim of(socket_type::pull, socket_type::push);
    const std::string much(60000, 'x');
    of.shuts_out({greeting("CURVE") + command("INITIATE", much), greeting() + command("INITIATE", much),
                  greeting() + command("READY", property("Socket-Type", much))});
}

TEST_CASE("CVE-2020-15166: clients that stop in the handshake block nobody") {
    victim of(socket_type::pull, socket_type::push);
    std::vector<raw_peer> idle;
    for (const std::string& said :
         {std::string(), greeting().substr(0, 10), greeting().substr(0, 11), greeting(),
          greeting("CURVE").substr(0, 63), handshake("PUSH").substr(0, 70)}) {
        idle.push_back(of.attacker());
        REQUIRE(idle.back().give(said));
        of.talk();
    }
}

TEST_CASE("CVE-2021-20234: a server that never lets a client through costs it nothing, and loses nothing") {
    context in;
    auto client = test::make(in, socket_type::push);
    client.set(option::reconnect_interval, 1ms);
    std::uint16_t port = 0;
    const int listener = test::listen_on_loopback(port, test::own_loopback_address());
    const auto where = "tcp://" + test::own_loopback_name() + ":" + std::to_string(port);
    client.connect(where);
    for (int i = 0; i < 100; ++i) client.send(std::to_string(i));
    const memory_peak peak;
    for (int i = 0; i < 300; ++i) {
        const int one = ::accept(listener, nullptr, nullptr);
        REQUIRE(one >= 0);
        // A READY that no client takes.
        const auto bad = greeting() + command("READY", property("Socket-Type", "PUB"));
        (void)::send(one, bad.data(), bad.size(), MSG_NOSIGNAL);
        ::close(one);
    }
    ::close(listener);
    tell(growth_text(peak.growth()));
    CHECK(peak.growth() < (4u << 20));
    auto server = test::make(in, socket_type::pull);
    CHECK(test::eventually([&] {
        std::error_code error;
        server.bind(where, error);
        return !error;
    }));
    for (int i = 0; i < 100; ++i) CHECK(test::received(server) == std::to_string(i));
}

TEST_CASE("CVE-2021-20234: a message that a server does not finish leaves nothing at its client") {
    context in;
    auto client = test::make(in, socket_type::pull);
    client.set(option::reconnect_interval, 1ms);
    std::uint16_t port = 0;
    const int listener = test::listen_on_loopback(port, test::own_loopback_address());
    client.connect("tcp://" + test::own_loopback_name() + ":" + std::to_string(port));
    const auto unfinished = handshake("PUSH") + frame(1, std::string(100'000, 'x')) +
                            frame(1, std::string(100, 'x')) + command("PING", number(0, 2) + "heard it all");
    const memory_peak peak;
    for (int i = 0; i < 300; ++i) {
        const raw_peer server(raw_peer::accepted, listener);
        REQUIRE(server.give(unfinished));
        CHECK(server.hears("PONGheard it all"));
    }
    // 300 times 100 KB would be 30 MB.
    tell(growth_text(peak.growth()));
    CHECK(peak.growth() < (3u << 20));
    const raw_peer server(raw_peer::accepted, listener);
    ::close(listener);
    REQUIRE(server.give(handshake("PUSH") + frame(0, "whole")));
    CHECK(test::received_all(client) == "whole");
}

TEST_CASE("CVE-2021-20235: ZMTP 1.0 frames whose length is not their size") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::message_size_max, 10000); });
    const std::string anonymous("\x01\x00", 2);
    of.shuts_out({anonymous + std::string(1, '\0') + std::string(100, 'x'),
                  anonymous + "\xff" + number(0, 8) + std::string(100, 'x'),
                  anonymous + "\xff" + number(~std::uint64_t{0}, 8) + std::string(100, 'x'),
                  anonymous + "\xff" + number(10002, 8) + std::string(1, '\0'),
                  // An identity.
                  "\xff" + number(300, 8) + std::string(1, '\0') + std::string(1000, 'x')});
}

TEST_CASE(
    "CVE-2021-20235: two ZMTP 1.0 messages larger than a buffer of 8192 octets come as they were sent") {
    victim of(socket_type::pull, socket_type::push);
    const auto old_frame = [](const std::string& body) {
        return "\xff" + number(body.size() + 1, 8) + std::string(1, '\0') + body;
    };
    const auto size = GENERATE(std::size_t{8192}, std::size_t{9000}, std::size_t{70000});
    const auto first = test::body_of(size, 1), second = test::body_of(size, 2);
    const auto peer = of.attacker();
    REQUIRE(peer.give(std::string("\x01\x00", 2) + old_frame(first) + old_frame(second)));
    CHECK(test::received(of.socket) == first);
    CHECK(test::received(of.socket) == second);
}

TEST_CASE("CVE-2021-20236: topics of any length, and any number of ends of one, overflow no stack") {
    victim of(socket_type::pub, socket_type::sub);
    const auto peer = of.attacker();
    REQUIRE(peer.give(handshake("SUB")));
    REQUIRE(peer.give(command("SUBSCRIBE", std::string(4u << 20, 'a'))));
    std::string many;
    for (std::size_t i = 1; i <= 2000; ++i) many += command("SUBSCRIBE", std::string(i, 'a'));
    REQUIRE(peer.give(many));
    of.talk();
    of.socket.send(std::string(5u << 20, 'a'));
    REQUIRE(peer.give(command("CANCEL", std::string(4u << 20, 'a'))));
    of.talk();
}

TEST_CASE("CVE-2021-20237: subscribers that come with metadata, send messages and go leave none of it") {
    victim of(socket_type::pub, socket_type::sub);
    std::string said = property("Socket-Type", "SUB");
    for (int i = 0; i < 50; ++i) said += property("X-" + std::to_string(i), std::string(1000, 'm'));
    said = greeting() + command("READY", said) + command("SUBSCRIBE", "x");
    for (int i = 0; i < 10; ++i) said += frame(0, std::string(5000, 'm')) + frame(0, "short");
    said += command("PING", number(0, 2) + "heard it all");
    // 300 times 50 KB would be 15 MB twice.
    of.may_grow(4u << 20);
    for (int i = 0; i < 300; ++i) {
        const auto peer = of.attacker();
        REQUIRE(peer.give(said));
        CHECK(peer.hears("PONGheard it all"));
        if (i % 10 == 0) of.talk();
    }
    CHECK(test::eventually([&] { return of.socket.get(option::topics_count) == 1; }));
}
