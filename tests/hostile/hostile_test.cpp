// Peers that want memory, time or a crash. In each case an honest peer is heard while the attack lasts and
// after it, and memory stays in bounds.
#include "raw_peer.hpp"

#include "zither/sockets/log.hpp"

#include <mutex>
#include <thread>
#include <vector>

using namespace zither;
using namespace zither::hostile;
using namespace std::chrono_literals;

TEST_CASE("hostile 1: two hundred handshakes octet by octet are ended, and keep nobody waiting") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::handshake_interval, 200ms); });
    // They never come to its end.
    const auto endless = greeting() + "\x06" + number(65000, 8) + "\x05READY" + std::string(65000, 'x');
    struct dribbler {
        raw_peer peer;
        std::size_t given;
        bool shut_out = false;
    };
    std::vector<dribbler> all;
    for (std::size_t i = 0; i < 200; ++i) {
        all.push_back({of.attacker(), i % 90});
        REQUIRE(all.back().peer.give(std::string_view(endless).substr(0, i % 90)));
    }
    const auto one_more_each = [&] {
        std::size_t left = 0;
        for (auto& each : all) {
            if (each.shut_out) continue;
            each.shut_out = !each.peer.give(std::string_view(endless).substr(each.given++, 1));
            left += !each.shut_out;
        }
        return left;
    };
    int turns = 0;
    CHECK(test::eventually([&] {
        ++turns;
        of.talk();
        return one_more_each() == 0;
    }));
    tell(std::to_string(turns) + " turns of an octet from each and a message");
    for (const auto& each : all) CHECK(each.given < endless.size());
}

TEST_CASE("hostile 2: a frame of an absurd size is refused by its header, or because nobody has the memory") {
    victim of(socket_type::pull, socket_type::push);
    std::vector<std::string> attacks;
    // The first two are no sizes of ZMTP; for the others the allocator is asked.
    for (const auto size :
         {~std::uint64_t{0}, std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 62})
        attacks.push_back(handshake("PUSH") + "\x02" + number(size, 8) + std::string(100, 'x'));
    of.shuts_out(attacks);
}

TEST_CASE("hostile 3: a frame beyond MAXMSGSIZE is refused by its header") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::message_size_max, 1000); });
    of.shuts_out({handshake("PUSH") + "\x02" + number(1001, 8),
                  handshake("PUSH") + frame(1, std::string(1000, 'x')) + frame(0, std::string(1001, 'x'))});
}

TEST_CASE("hostile 4: a flood of commands nobody knows is passed over, and keeps nobody waiting") {
    victim of(socket_type::pull, socket_type::push);
    of.may_grow(4u << 20);
    const auto peer = of.attacker();
    REQUIRE(peer.give(handshake("PUSH")));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += command("FUTURE", std::string(200, 'x'));
    for (int i = 0; i < 100; ++i) REQUIRE(peer.give(many));
    of.talk_under(200, 4, [&] { return peer.give(many); });
}

TEST_CASE("hostile 5: a flood of PINGs whose answers are not read gets no memory, and keeps nobody waiting") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::send_buffer, 8192); });
    of.may_grow(4u << 20);
    // The system holds but some of the answers, so that all the others are the victim's to keep or not.
    const auto peer = of.attacker(4096);
    REQUIRE(peer.give(handshake("PUSH")));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += command("PING", number(0, 2) + std::string(16, 'c'));
    for (int i = 0; i < 800; ++i) REQUIRE(peer.give(many));
    of.talk_under(200, 16, [&] { return peer.give(many); });
}

TEST_CASE("hostile 6: a flood of subscriptions costs what its topics cost, and that is given back") {
    victim of(socket_type::pub, socket_type::sub);
    // One round's topics, and some that are on their way out.
    of.may_grow(24u << 20);
    const auto topics = [&] { return of.socket.get(option::topics_count); };
    CHECK(topics() == 1);
    constexpr int wanted = 20000;
    std::string many, fewer;
    for (int i = 0; i < wanted; ++i) {
        const auto topic = "topic" + std::to_string(i * 7919);
        many += command("SUBSCRIBE", topic);
        fewer += command("CANCEL", topic);
    }
    for (int round = 0; round < 5; ++round) {
        const auto peer = of.attacker();
        REQUIRE(peer.give(handshake("SUB")));
        REQUIRE(peer.give(many));
        CHECK(test::eventually([&] { return topics() == wanted + 1; }));
        of.talk();
    }
    CHECK(test::eventually([&] { return topics() == 1; }));
    {
        const auto peer = of.attacker();
        REQUIRE(peer.give(handshake("SUB")));
        of.talk_under(100, 10, [&] { return peer.give(many) && peer.give(fewer); });
    }
    CHECK(test::eventually([&] { return topics() == 1; }));
}

TEST_CASE("hostile 7: a READY of thousands of properties, or of a size no READY has, is refused") {
    victim of(socket_type::pull, socket_type::push);
    std::string many = property("Socket-Type", "PUSH");
    for (int i = 0; i < 5000; ++i) many += property("X-" + std::to_string(i), "v");
    of.shuts_out({greeting() + command("READY", many),
                  greeting() + "\x06" + number(std::uint64_t{1} << 40, 8) + "\x05READY",
                  greeting() + command("READY", property("Socket-Type", "PUSH").substr(0, 12) +
                                                    number(0xffffffff, 4))});
}

TEST_CASE("hostile 8: what speaks no ZMTP, or the wrong one, is shown out") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::handshake_interval, 200ms); });
    of.shuts_out({"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", std::string(1000, '\0'),
                  std::string(1000, '\xff'), greeting("WHATEVER"), handshake("PULL"),
                  greeting() + frame(0, "traffic before READY")});
}

TEST_CASE("hostile 9: a storm of connections that come and go leaves nothing behind") {
    victim of(socket_type::pull, socket_type::push);
    std::size_t count = 0;
    of.talk_under(100, 50, [&] {
        const auto peer = of.attacker();
        return peer.give(handshake("PUSH").substr(0, count++ % 100));
    });
}

TEST_CASE("hostile 10: who wants one long topic cannot make short ones cost as much") {
    victim of(socket_type::pub, socket_type::sub);
    const auto peer = of.attacker();
    REQUIRE(peer.give(handshake("SUB")));
    REQUIRE(peer.give(command("SUBSCRIBE", std::string(8u << 20, 'a'))));
    std::string few;
    for (std::size_t i = 0; i < 1000; ++i) {
        const std::string begins(1 + i % 16, 'a');
        few += command("SUBSCRIBE", begins) + command("CANCEL", begins);
    }
    of.talk_under(100, 100, [&] { return peer.give(few); });
    // What the long one begins with, and then not: 8 MiB copied each time would be 640 GB.
    for (int i = 0; i < 40; ++i) REQUIRE(peer.give(few));
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
        if (sentence.find("more topics than PEER_TOPICS_MAX") == sentence.npos) return;
        std::lock_guard guard(mutex);
        heard.emplace_back(sentence);
    });
    {
        context in;
        auto publisher = test::make(in, type);
        const memory_peak peak;
        CHECK(publisher.get(option::peer_topics_max) == 0);
        publisher.set(option::peer_topics_max, 1000);
        if (manual) publisher.set(option::xpub_manual, true);
        publisher.bind(own_door());
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
            // More than it takes, so that who is never disconnected ends too.
            for (int i = 2000; i < 2'000'000 && greedy.give(wishes(more, i, i + 1000)); i += 1000) {
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
        tell(growth_text(peak.growth()));
        CHECK(peak.growth() < growth_max);
    }
    log_to({});
}

TEST_CASE("hostile 13: a message of parts without end ends its connection at 1024 x MAXMSGSIZE") {
    victim of(socket_type::pull, socket_type::push,
              [](zither::socket& by) { by.set(option::message_size_max, 1000); });
    // 1 MiB at least; a read, and what is on its way out, come to it.
    of.may_grow(4u << 20);
    const auto size = GENERATE(std::size_t{0}, std::size_t{250}, std::size_t{1000});
    std::string parts;
    while (parts.size() < 60'000) parts += frame(1, std::string(size, 'x'));
    const auto taken = [&] {
        const auto peer = of.attacker();
        std::size_t octets = 0;
        if (!peer.give(handshake("PUSH"))) return octets;
        while (octets < (64u << 20) && peer.give(parts)) octets += parts.size();
        return octets;
    };
    // What the system holds both ways comes to it.
    constexpr std::size_t much = 24u << 20;
    const auto once = taken();
    CHECK(once > (1u << 20) - 2 * parts.size());
    CHECK(once < much);
    of.talk_under(40, 20, [&] { return taken() < much; });
}

TEST_CASE(
    "hostile 14: who sends messages to an XPUB that nobody reads fills no memory, and is still served") {
    victim of(socket_type::xpub, socket_type::sub);
    of.may_grow(48u << 20);
    const auto peer = of.attacker();
    REQUIRE(peer.give(handshake("SUB")));
    // Small ones that would keep 256 MiB of chunks, were those kept for them; then 128 MiB in large ones.
    std::string sparse = frame(0, std::string(100, 'x'));
    while (sparse.size() < 60'000) sparse += command("FUTURE", std::string(20'000, 'x'));
    for (int i = 0; i < 4096; ++i) REQUIRE(peer.give(sparse));
    const auto message = frame(0, "what" + test::body_of(1u << 20));
    for (int i = 0; i < 128; ++i) REQUIRE(peer.give(message));
    of.talk_under(100, 100, [&] { return peer.give(sparse); });
    REQUIRE(peer.give(command("SUBSCRIBE", "late")));
    CHECK(test::eventually([&] { return of.socket.get(option::topics_count) == 2; }));
    of.socket.send("late news");
    CHECK(peer.hears("late news"));
}

TEST_CASE("hostile 15: a frame that is promised and not sent takes no memory, however large") {
    victim of(socket_type::pull, socket_type::push);
    of.may_grow(4u << 20);
    // A sanitizer marks each octet of what is allocated.
    const std::size_t count = memory_in_use() == 0 ? 2 : 100;
    std::vector<raw_peer> waiting;
    for (std::size_t i = 0; i < count; ++i) {
        waiting.push_back(of.attacker());
        REQUIRE(waiting.back().give(handshake("PUSH") + command("PING", number(0, 2) + "there?") + "\x02" +
                                    number(256u << 20, 8) + std::string(10'000, 'x')));
        CHECK(waiting.back().hears("PONGthere?"));
    }
    for (int i = 0; i < 100; ++i) of.talk();
}
