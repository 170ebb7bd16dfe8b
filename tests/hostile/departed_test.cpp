// Peers that send what they may, hang up, and come again: what they leave unread outlives their connections.
#include "raw_peer.hpp"

using namespace zither;
using namespace zither::hostile;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t message_size = 1000;

/// A visit: below the mark, so that the end of the connection is seen, and what was said is kept.
std::string visit_as(std::string_view type) {
    std::string said = handshake(type);
    for (int i = 0; i < 990; ++i) said += frame(0, std::string(message_size, 'x'));
    return said + command("PING", number(0, 2) + "heard it all");
}

/// True when all of it was taken.
bool pay(const std::string& visit, const raw_peer& as) {
    return as.give(visit) && as.hears("PONGheard it all");
}

struct way_in {
    socket_type own;
    socket_type honest;
    const char* attacker;
};

}  // namespace

TEST_CASE("hostile 33: who fills a pipe, hangs up and comes again is counted until that is read") {
    const auto limit = GENERATE(option::address_connections_max, option::connections_max);
    const auto type = GENERATE(way_in{socket_type::pull, socket_type::push, "PUSH"},
                               way_in{socket_type::router, socket_type::dealer, "DEALER"});
    constexpr int most = 4;
    victim of(type.own, type.honest, [&](zither::socket& by) {
        by.set(limit, most);
        by.set(option::message_size_max, message_size);
    });
    // The limit times the mark times the size, and a read for each. All they would send is 200 MB.
    of.may_grow(most * (1000 * message_size + (64u << 10)) + (4u << 20));
    const auto visit = visit_as(type.attacker);
    int visits = 0;
    for (int i = 0; i < 200; ++i) visits += pay(visit, of.attacker());
    CHECK(visits == most - 1);  // the honest one is in

    // Read at last, they make room for whoever is next.
    auto late = of.another_honest();
    late.send("late");
    CHECK(test::eventually([&] { return test::received(of.socket) == "late"; }));
    CHECK(test::eventually([&] { return pay(visit, of.attacker()); }));
}

TEST_CASE("hostile 34: what is said to a socket that never receives is kept by nobody") {
    const auto type = GENERATE(way_in{socket_type::push, socket_type::pull, "PULL"},
                               way_in{socket_type::scatter, socket_type::gather, "GATHER"});
    context in;
    auto speaker = test::make(in, type.own);
    speaker.bind(own_door());
    const auto visit = visit_as(type.attacker);
    const memory_peak peak;
    for (int i = 0; i < 100; ++i) REQUIRE(pay(visit, raw_peer(speaker.last_endpoint())));
    tell(growth_text(peak.growth()));
    CHECK(peak.growth() < (4u << 20));
    auto honest = test::make(in, type.honest);
    honest.connect(speaker.last_endpoint());
    // The last visitor may still have been there for the first.
    CHECK(test::eventually([&] {
        speaker.send("story");
        return honest.receive_for(1ms).has_value();
    }));
}

TEST_CASE("hostile 37: what thousands of departed peers left unread is heard, all of it") {
    context in;
    auto pull = test::make(in, socket_type::pull);
    pull.bind(own_door());
    std::string visit = handshake("PUSH");
    for (int i = 0; i < 10; ++i) visit += frame(0, "x");
    visit += command("PING", number(0, 2) + "heard it all");
    constexpr int visitors = 4000;
    for (int i = 0; i < visitors; ++i) REQUIRE(pay(visit, raw_peer(pull.last_endpoint())));
    // One of each: until then all of them are there.
    const auto start = std::chrono::steady_clock::now();
    int heard = 0;
    while (heard < visitors && test::received(pull) == "x") ++heard;
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    tell(std::to_string(took.count() / visitors) + " us a message while " + std::to_string(visitors) +
         " departed peers wait to be read");
    while (heard < 10 * visitors && test::received(pull) == "x") ++heard;
    CHECK(heard == 10 * visitors);
    std::error_code none;
    (void)pull.receive(zither::wait::never, none);
    CHECK(none == errc::again);
}

TEST_CASE("hostile 38: a server that speaks, leaves and is called again fills no pipe beyond its mark") {
    constexpr int calls = 30, at_once = 2000;
    context in;
    auto client = test::make(in, socket_type::pull);
    client.set(option::receive_high_water_mark, 5);
    client.set(option::reconnect_interval, 1ms);
    client.set(option::heartbeat_interval, 10ms);  // else a client at its mark sees no end
    std::uint16_t port = 0;
    const int listener = test::listen_on_loopback(port, test::own_loopback_address());
    client.connect("tcp://" + test::own_loopback_name() + ":" + std::to_string(port));
    auto said = handshake("PUSH");
    for (int i = 0; i < at_once; ++i) said += frame(0, "x");
    for (int i = 0; i < calls; ++i) {
        const raw_peer server(raw_peer::accepted, listener);
        REQUIRE(server.give(said));
        CHECK(server.hears("READY"));
    }
    const raw_peer last(raw_peer::accepted, listener);
    REQUIRE(last.give(handshake("PUSH") + frame(0, "news")));
    // What it takes in one read comes on top of the mark.
    int heard = 0;
    CHECK(test::eventually([&] {
        const auto next = test::received(client);
        heard += next == "x";
        return next == "news";
    }));
    CHECK(heard <= 3 * at_once);
    ::close(listener);
}
