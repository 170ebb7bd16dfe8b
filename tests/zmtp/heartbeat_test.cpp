#include "octets.hpp"

#include "zither/zmtp/heartbeat.hpp"

#include <catch2/catch.hpp>

using namespace zither::zmtp;
using namespace zither::zmtp::test;
using namespace std::chrono_literals;

namespace {

using verdict = heartbeat::verdict;
constexpr auto never = heartbeat::time_point::max();

/// A heartbeat and the time it lives in.
struct patient {
    explicit patient(heartbeat_settings settings) : beat(settings) { beat.start(start); }

    heartbeat::time_point at(std::chrono::milliseconds since) const { return start + since; }
    verdict tick(std::chrono::milliseconds since) {
        sent.clear();
        return beat.tick(at(since), sent);
    }
    bool pings(std::chrono::milliseconds since) {
        REQUIRE(tick(since) == verdict::fine);
        return !sent.empty();
    }

    const heartbeat::time_point start{1h};
    heartbeat beat;
    octets sent;
};

}  // namespace

TEST_CASE("no heartbeat is asked for, none is sent and nobody dies") {
    patient one({});
    CHECK(one.beat.next_deadline() == never);
    CHECK_FALSE(one.pings(0ms));
    CHECK_FALSE(one.pings(24h));
}

TEST_CASE("a PING is due at every interval") {
    patient one({.interval_ms = 100ms, .timeout_ms = 1000ms});
    CHECK(one.beat.next_deadline() == one.at(100ms));
    CHECK_FALSE(one.pings(0ms));
    CHECK_FALSE(one.pings(99ms));
    CHECK(one.pings(100ms));
    CHECK(hex(one.sent) == hex(wire("04 07 04 'PING' 00 00")));
    CHECK(one.beat.next_deadline() == one.at(200ms));
    CHECK_FALSE(one.pings(199ms));
    CHECK(one.pings(200ms));
}

TEST_CASE("the TTL goes out in tenths of a second, cut off at what the field holds") {
    const auto [ttl, field] = GENERATE(table<std::chrono::milliseconds, const char*>({{0ms, "00 00"},
                                                                                      {99ms, "00 00"},
                                                                                      {100ms, "00 01"},
                                                                                      {500ms, "00 05"},
                                                                                      {550ms, "00 05"},
                                                                                      {25600ms, "01 00"},
                                                                                      {65500ms, "02 8f"},
                                                                                      {70000ms, "02 bc"},
                                                                                      {6553500ms, "ff ff"},
                                                                                      {6553600ms, "ff ff"},
                                                                                      {100h, "ff ff"}}));
    patient one({.interval_ms = 1s, .ttl_ms = ttl, .timeout_ms = 1s});
    REQUIRE(one.pings(1s));
    CHECK(hex(one.sent) == hex(wire("04 07 04 'PING'") + wire(field)));
}

TEST_CASE("silence after a PING is death at the time-out") {
    patient one({.interval_ms = 100ms, .timeout_ms = 250ms});
    REQUIRE(one.pings(100ms));
    CHECK(one.pings(200ms));
    CHECK(one.pings(300ms));
    // The time-out runs from the first PING that nothing followed.
    CHECK(one.beat.next_deadline() == one.at(350ms));
    CHECK(one.tick(349ms) == verdict::fine);
    CHECK(one.tick(350ms) == verdict::dead);
}

TEST_CASE("without a time-out of its own the interval is the time-out") {
    patient one({.interval_ms = 100ms, .timeout_ms = -1ms});
    REQUIRE(one.pings(100ms));
    CHECK(one.tick(199ms) == verdict::fine);
    CHECK(one.tick(200ms) == verdict::dead);
}

TEST_CASE("a time-out of zero never ends a connection") {
    patient one({.interval_ms = 100ms, .timeout_ms = 0ms});
    for (auto since = 100ms; since < 10s; since += 100ms) CHECK(one.pings(since));
}

TEST_CASE("any traffic after a PING is a sign of life") {
    patient one({.interval_ms = 100ms, .timeout_ms = 50ms});
    for (auto since = 100ms; since < 1s; since += 100ms) {
        CHECK(one.pings(since));
        one.beat.alive(one.at(since + 49ms));
        CHECK(one.tick(since + 99ms) == verdict::fine);
    }
    CHECK(one.pings(1s));
    CHECK(one.tick(1050ms) == verdict::dead);
}

TEST_CASE("life before a PING does not answer it") {
    patient one({.interval_ms = 100ms, .timeout_ms = 50ms});
    one.beat.alive(one.at(99ms));
    REQUIRE(one.pings(100ms));
    CHECK(one.tick(150ms) == verdict::dead);
}

TEST_CASE("the peer's TTL ends a connection that falls silent") {
    patient one({});
    one.beat.peer_ttl(5, one.at(1000ms));
    CHECK(one.beat.next_deadline() == one.at(1500ms));
    CHECK(one.tick(1499ms) == verdict::fine);
    SECTION("and nothing comes") { CHECK(one.tick(1500ms) == verdict::dead); }
    SECTION("but anything in time puts it off") {
        one.beat.alive(one.at(1400ms));
        CHECK(one.beat.next_deadline() == one.at(1900ms));
        CHECK(one.tick(1899ms) == verdict::fine);
        CHECK(one.tick(1900ms) == verdict::dead);
    }
}

TEST_CASE("the largest TTL is 6553.5 seconds") {
    // libzmq keeps it in 16 bits of milliseconds, and wraps beyond 65.5 seconds.
    patient one({});
    one.beat.peer_ttl(0xffff, one.at(0ms));
    CHECK(one.tick(6553499ms) == verdict::fine);
    CHECK(one.tick(6553500ms) == verdict::dead);
}

TEST_CASE("a TTL of zero asks for nothing") {
    patient one({});
    one.beat.peer_ttl(0, one.at(0ms));
    CHECK(one.beat.next_deadline() == never);
    CHECK(one.tick(24h) == verdict::fine);
}

TEST_CASE("a new TTL replaces the old one") {
    patient one({});
    one.beat.peer_ttl(5, one.at(0ms));
    one.beat.peer_ttl(20, one.at(400ms));
    CHECK(one.tick(2399ms) == verdict::fine);
    CHECK(one.tick(2400ms) == verdict::dead);
}

TEST_CASE("while we do not read, silence is not the peer's") {
    patient one({.interval_ms = 100ms, .timeout_ms = 150ms});
    one.beat.peer_ttl(3, one.at(0ms));
    REQUIRE(one.pings(100ms));
    one.beat.suspend(true, one.at(110ms));
    CHECK(one.pings(5s));
    CHECK(one.beat.next_deadline() == one.at(5100ms));

    one.beat.suspend(false, one.at(5010ms));
    CHECK(one.tick(5099ms) == verdict::fine);
    REQUIRE(one.pings(5100ms));
    CHECK(one.tick(5249ms) == verdict::fine);
    CHECK(one.tick(5250ms) == verdict::dead);
}

TEST_CASE("a deadline met late does not send a backlog of PINGs") {
    patient one({.interval_ms = 100ms, .timeout_ms = 1h});
    CHECK(one.pings(1050ms));
    CHECK(hex(one.sent) == hex(wire("04 07 04 'PING' 00 00")));
    CHECK_FALSE(one.pings(1051ms));
    CHECK(one.beat.next_deadline() > one.at(1051ms));
    CHECK(one.beat.next_deadline() <= one.at(1150ms));
}
