// Peers that want memory, time or a crash. Each case ends with an honest peer that is heard, and memory in
// bounds.
#include "raw_peer.hpp"

#include "zither/sockets/log.hpp"

#include <mutex>
#include <thread>
#include <vector>

using namespace zither;
using namespace zither::hostile;
using namespace std::chrono_literals;

TEST_CASE("hostile 1: a hundred greetings that never end are ended, and keep nobody waiting") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::handshake_interval, 200ms); });
    std::vector<raw_peer> slow;
    for (std::size_t i = 0; i < 100; ++i) {
        slow.push_back(of.attacker());
        REQUIRE(slow.back().give(handshake("PUSH").substr(0, i % 90)));
    }
    of.talk();
    for (const auto& each : slow) CHECK(each.was_shut_out());
}

TEST_CASE("hostile 2: a frame of an absurd size is refused before memory is asked for") {
    victim of(socket_type::pull, socket_type::push);
    for (const auto size :
         {~std::uint64_t{0}, std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 62})
        of.shuts_out(handshake("PUSH") + "\x02" + number(size, 8) + std::string(100, 'x'));
}

TEST_CASE("hostile 3: a frame beyond MAXMSGSIZE is refused by its header") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::message_size_max, 1000); });
    of.shuts_out(handshake("PUSH") + "\x02" + number(1001, 8));
    of.shuts_out(handshake("PUSH") + frame(1, std::string(1000, 'x')) + frame(0, std::string(1001, 'x')));
}

TEST_CASE("hostile 4: a flood of commands nobody knows is passed over") {
    victim of(socket_type::pull, socket_type::push);
    const auto peer = of.attacker();
    REQUIRE(peer.give(handshake("PUSH")));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += command("FUTURE", std::string(200, 'x'));
    for (int i = 0; i < 50; ++i) REQUIRE(peer.give(many));
    of.talk();
}

TEST_CASE("hostile 5: a flood of PINGs whose answers are not read gets no memory") {
    victim of(socket_type::pull, socket_type::push);
    const auto peer = of.attacker();
    REQUIRE(peer.give(handshake("PUSH")));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += command("PING", number(0, 2) + std::string(16, 'c'));
    for (int i = 0; i < 400; ++i) REQUIRE(peer.give(many));
    of.talk();
}

TEST_CASE("hostile 6: a flood of subscriptions costs what its topics cost, and that is given back") {
    victim of(socket_type::pub, socket_type::sub);
    const auto before = memory_in_use();
    for (int round = 0; round < 5; ++round) {
        const auto peer = of.attacker();
        REQUIRE(peer.give(handshake("SUB")));
        std::string many;
        for (int i = 0; i < 20000; ++i) many += command("SUBSCRIBE", "topic" + std::to_string(i * 7919));
        REQUIRE(peer.give(many));
        of.talk();
    }
    of.talk();
    const auto after = memory_in_use();
    CHECK((after < before || after - before < growth_max));
}

TEST_CASE("hostile 7: a READY of thousands of properties, or of a size no READY has, is refused") {
    victim of(socket_type::pull, socket_type::push);
    std::string many = property("Socket-Type", "PUSH");
    for (int i = 0; i < 5000; ++i) many += property("X-" + std::to_string(i), "v");
    of.shuts_out(greeting() + command("READY", many));
    of.shuts_out(greeting() + "\x06" + number(std::uint64_t{1} << 40, 8) + "\x05READY");
    of.shuts_out(greeting() +
                 command("READY", property("Socket-Type", "PUSH").substr(0, 12) + number(0xffffffff, 4)));
}

TEST_CASE("hostile 8: what speaks no ZMTP, or the wrong one, is shown out") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::handshake_interval, 200ms); });
    of.shuts_out("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    of.shuts_out(std::string(1000, '\0'));
    of.shuts_out(std::string(1000, '\xff'));
    of.shuts_out(greeting("WHATEVER"));
    of.shuts_out(handshake("PULL"));
    of.shuts_out(greeting() + frame(0, "traffic before READY"));
}

TEST_CASE("hostile 9: a storm of connections that come and go leaves nothing behind") {
    victim of(socket_type::pull, socket_type::push);
    for (std::size_t i = 0; i < 500; ++i) {
        const auto peer = of.attacker();
        (void)peer.give(handshake("PUSH").substr(0, i % 100));
    }
    of.talk();
}

TEST_CASE("hostile 10: who wants one long topic cannot make short ones cost as much") {
    victim of(socket_type::pub, socket_type::sub);
    const auto peer = of.attacker();
    REQUIRE(peer.give(handshake("SUB")));
    REQUIRE(peer.give(command("SUBSCRIBE", std::string(8u << 20, 'a'))));
    // What the long one begins with, and then not: 8 MiB copied each time would be 640 GB.
    std::string many;
    for (std::size_t i = 0; i < 40000; ++i) {
        const std::string begins(1 + i % 16, 'a');
        many += command("SUBSCRIBE", begins) + command("CANCEL", begins);
    }
    REQUIRE(peer.give(many));
    REQUIRE(peer.give(command("PING", number(0, 2) + "all heard")));
    CHECK(peer.hears("PONGall heard"));
    of.talk();
}

TEST_CASE("hostile 11: TLS to a door in the clear is ended at once, and none of it is a message") {
    victim of(socket_type::pull, socket_type::push);
    // To libzmq it is an identity of 21 octets, and then messages.
    std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    hello.resize(517, '\x11');
    of.shuts_out(hello);
}

TEST_CASE("hostile 12: beyond PEER_TOPICS_MAX a subscriber is disconnected, and said to be") {
    const auto type = GENERATE(socket_type::pub, socket_type::xpub, socket_type::radio);
    const bool groups = type == socket_type::radio;
    const std::string more = groups ? "JOIN" : "SUBSCRIBE";
    const std::string less = groups ? "LEAVE" : "CANCEL";
    const bool manual = type == socket_type::xpub && GENERATE(false, true);
    std::mutex mutex;
    std::vector<std::string> heard;
    log_to([&](std::string_view sentence) {
        std::lock_guard guard(mutex);
        heard.emplace_back(sentence);
    });
    {
        context in;
        auto publisher = test::make(in, type);
        CHECK(publisher.get(option::peer_topics_max) == 0);
        publisher.set(option::peer_topics_max, 1000);
        if (manual) publisher.set(option::xpub_manual, true);
        publisher.bind("tcp://127.0.0.1:*");
        const auto where = publisher.last_endpoint();
        const auto wishes = [](const std::string& verb, int from, int to) {
            std::string made;
            for (int i = from; i < to; ++i) made += command(verb, "topic" + std::to_string(i));
            return made;
        };
        const raw_peer modest(where), greedy(where);
        for (const auto* each : {&modest, &greedy}) {
            // As many as it may, whatever it asks for twice or gives back.
            REQUIRE(each->give(handshake(groups ? "DISH" : "SUB") + wishes(more, 0, 1000) +
                               wishes(more, 0, 500) + wishes(less, 0, 300) + wishes(more, 1000, 1300)));
            REQUIRE(each->give(command("PING", number(0, 2) + "there?")));
            CHECK(each->hears("PONGthere?"));
        }
        const bool counted = !manual && !groups;
        if (counted) CHECK(publisher.get(option::topics_count) == 1000);
        std::thread flood([&] {
            for (int i = 2000; greedy.give(wishes(more, i, i + 1000)); i += 1000) {
            }
        });
        CHECK(test::eventually([&] {
            if (!groups) CHECK(publisher.get(option::topics_count) <= 1001);
            std::lock_guard guard(mutex);
            return !heard.empty();
        }));
        flood.join();
        CHECK(greedy.was_shut_out());
        REQUIRE(modest.give(command("PING", number(0, 2) + "still?")));
        CHECK(modest.hears("PONGstill?"));
        CHECK(heard == std::vector<std::string>{"a peer at " + where + " was disconnected: it wants more " +
                                                "topics than PEER_TOPICS_MAX"});
    }
    log_to({});
}
