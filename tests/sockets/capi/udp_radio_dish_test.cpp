// RADIO and DISH over udp: RFC 48's semantics without a session.
#include "udp.hpp"

using namespace zither::test;

TEST_CASE("over udp the dish picks the groups it joined") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH);
    c_socket radio(in, ZMQ_RADIO);
    REQUIRE(zmq_bind(dish, udp_at(port, "*").c_str()) == 0);
    REQUIRE(radio.connect(udp_at(port)) == 0);
    REQUIRE(zmq_join(dish, "Movies") == 0);
    REQUIRE(zmq_join(dish, "TV") == 0);
    for (const auto& [group, body] :
         {std::pair{"Movies", "Godfather"}, {"Music", "Fugue"}, {"TV", "Friends"}})
        CHECK(broadcast(radio, group, body) >= 0);
    CHECK(heard(dish) == "Movies:Godfather");
    CHECK(heard(dish) == "TV:Friends");

    REQUIRE(zmq_leave(dish, "TV") == 0);
    REQUIRE(zmq_join(dish, "Music") == 0);
    for (const auto& [group, body] : {std::pair{"TV", "Friends"}, {"Music", "Canon"}, {"Movies", "Alien"}})
        CHECK(broadcast(radio, group, body) >= 0);
    CHECK(heard(dish) == "Music:Canon");
    CHECK(heard(dish) == "Movies:Alien");
    CHECK(heard(dish, ZMQ_DONTWAIT) == "<" + std::string(zmq_strerror(EAGAIN)) + ">");
}

TEST_CASE("a radio needs nobody who listens") {
    c_context in;
    c_socket radio(in, ZMQ_RADIO);
    const int port = free_udp_port();
    REQUIRE(radio.connect(udp_at(port)) == 0);
    for (int i = 0; i < 20; ++i) CHECK(broadcast(radio, "g", "lost") == 4);
    // Nothing of it comes back to trouble it.
    datagram_socket late(port);
    REQUIRE(late.bound());
    CHECK(broadcast(radio, "g", "heard") == 5);
    CHECK(late.hear() == "\1gheard");
}

TEST_CASE("every endpoint of a radio gets every message, and a dish hears all radios") {
    c_context in;
    const int ports[] = {free_udp_port(), free_udp_port()};
    c_socket one(in, ZMQ_DISH), other(in, ZMQ_DISH), first(in, ZMQ_RADIO), second(in, ZMQ_RADIO);
    REQUIRE(zmq_bind(one, udp_at(ports[0]).c_str()) == 0);
    REQUIRE(zmq_bind(other, udp_at(ports[1]).c_str()) == 0);
    for (const int port : ports) REQUIRE(first.connect(udp_at(port)) == 0);
    REQUIRE(second.connect(udp_at(ports[0])) == 0);
    for (void* dish : {static_cast<void*>(one), static_cast<void*>(other)}) REQUIRE(zmq_join(dish, "g") == 0);

    broadcast(first, "g", "both");
    CHECK(heard(one) == "g:both");
    CHECK(heard(other) == "g:both");
    broadcast(second, "g", "one");
    CHECK(heard(one) == "g:one");

    REQUIRE(zmq_disconnect(first, udp_at(ports[0]).c_str()) == 0);
    broadcast(first, "g", "left");
    broadcast(second, "g", "right");
    CHECK(heard(other) == "g:left");
    CHECK(heard(one) == "g:right");
}

TEST_CASE("one socket listens to udp and tcp at once") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH), far(in, ZMQ_RADIO), near(in, ZMQ_RADIO);
    REQUIRE(zmq_bind(dish, udp_at(port).c_str()) == 0);
    REQUIRE(zmq_join(dish, "g") == 0);
    REQUIRE(near.connect(dish.bound("tcp://127.0.0.1:*")) == 0);
    REQUIRE(far.connect(udp_at(port)) == 0);
    // When a JOIN arrives is not for the application to see.
    std::string got;
    REQUIRE(eventually([&] {
        broadcast(near, "g", "tcp");
        got = heard(dish, ZMQ_DONTWAIT);
        return got == "g:tcp";
    }));
    broadcast(far, "g", "udp");
    while (got == "g:tcp") got = heard(dish);
    CHECK(got == "g:udp");
}

TEST_CASE("through multicast every dish of the group hears the radio") {
    // On the loopback, which carries multicast when it is named.
    const std::string interface = GENERATE("lo", "127.0.0.1");
    c_context in;
    const auto group = "udp://" + interface + ";239.255.77.1:" + std::to_string(free_udp_port());
    c_socket one(in, ZMQ_DISH), other(in, ZMQ_DISH), radio(in, ZMQ_RADIO);
    for (void* dish : {static_cast<void*>(one), static_cast<void*>(other)}) {
        if (zmq_bind(dish, group.c_str()) != 0) {
            WARN("skipped: this system joins no group on its loopback: " << zmq_strerror(zmq_errno()));
            return;
        }
        REQUIRE(zmq_join(dish, "TV") == 0);
    }
    CHECK(radio.set(ZMQ_MULTICAST_HOPS, 3) == 0);
    REQUIRE(radio.connect(group) == 0);
    CHECK(broadcast(radio, "TV", "Friends") == 7);
    CHECK(heard(one) == "TV:Friends");
    CHECK(heard(other) == "TV:Friends");
}

TEST_CASE("udp over IPv6") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH), six(in, ZMQ_RADIO), four(in, ZMQ_RADIO);
    REQUIRE(dish.set(ZMQ_IPV6, 1) == 0);
    REQUIRE(six.set(ZMQ_IPV6, 1) == 0);
    REQUIRE(zmq_bind(dish, udp_at(port, "*").c_str()) == 0);
    REQUIRE(zmq_join(dish, "g") == 0);
    REQUIRE(six.connect(udp_at(port, "[::1]")) == 0);
    REQUIRE(four.connect(udp_at(port)) == 0);
    broadcast(six, "g", "six");
    CHECK(heard(dish) == "g:six");
    broadcast(four, "g", "four");
    CHECK(heard(dish) == "g:four");
}

TEST_CASE("a dish drops datagrams that are no messages") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH);
    REQUIRE(zmq_bind(dish, udp_at(port).c_str()) == 0);
    REQUIRE(zmq_join(dish, "g") == 0);
    // Bound from here on for every library: until then datagrams are lost.
    datagram_socket peer;
    REQUIRE(eventually([&] {
        peer.say("\1gfirst", port);
        return heard(dish, ZMQ_DONTWAIT) == "g:first";
    }));
    for (const std::string_view wrong : {"\5g", "\xff", "\1", "\1h", "hello"}) peer.say(wrong, port);
    peer.say("\1gafter", port);
    std::string got;
    do got = heard(dish);
    while (got == "g:first");
    CHECK(got == "g:after");
}

TEST_CASE("a message that no dish would read whole is dropped") {
    c_context in;
    const int port = free_udp_port();
    datagram_socket peer(port);
    c_socket radio(in, ZMQ_RADIO);
    REQUIRE(radio.connect(udp_at(port)) == 0);
    for (const std::size_t size : {8191u, 65507u, 1000000u})
        CHECK(broadcast(radio, "g", std::string(size, 'x')) == static_cast<int>(size));
    const std::string largest(8190, 'y');
    CHECK(broadcast(radio, "g", largest) == 8190);
    CHECK(peer.hear() == "\1g" + largest);
}

TEST_CASE("a dish that sleeps is woken by a datagram") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH);
    REQUIRE(zmq_bind(dish, udp_at(port).c_str()) == 0);
    REQUIRE(zmq_join(dish, "g") == 0);
    const bool polls = GENERATE(false, true);
    std::thread speaker([&] {
        c_socket radio(in, ZMQ_RADIO);
        radio.set(ZMQ_LINGER, -1);
        radio.connect(udp_at(port));
        broadcast(radio, "h", "not for it");
        broadcast(radio, "g", "wake");
    });
    if (polls) {
        zmq_pollitem_t item{dish, 0, ZMQ_POLLIN, 0};
        CHECK(zmq_poll(&item, 1, deadline) == 1);
        CHECK(item.revents == ZMQ_POLLIN);
    }
    CHECK(heard(dish) == "g:wake");
    speaker.join();
}

TEST_CASE("many messages come in order, however slow the dish") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH), radio(in, ZMQ_RADIO);
    REQUIRE(dish.set(ZMQ_RCVHWM, 8) == 0);
    REQUIRE(dish.set(ZMQ_RCVBUF, 1 << 20) == 0);
    REQUIRE(zmq_bind(dish, udp_at(port).c_str()) == 0);
    REQUIRE(zmq_join(dish, "g") == 0);
    REQUIRE(radio.connect(udp_at(port)) == 0);
    constexpr int count = 100;
    for (int i = 0; i < count; ++i) REQUIRE(broadcast(radio, "g", std::to_string(i)) > 0);
    for (int i = 0; i < count; ++i) REQUIRE(heard(dish) == "g:" + std::to_string(i));
}

TEST_CASE("threads may share a radio and a dish over udp") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH), radio(in, ZMQ_RADIO);
    REQUIRE(zmq_bind(dish, udp_at(port).c_str()) == 0);
    REQUIRE(zmq_join(dish, "g") == 0);
    REQUIRE(radio.connect(udp_at(port)) == 0);
    constexpr int each = 40;
    std::atomic<int> got{0};
    std::vector<std::thread> all;
    for (int i = 0; i < 2; ++i)
        all.emplace_back([&] {
            for (int sent = 0; sent < each; ++sent) broadcast(radio, "g", "x");
        });
    for (int i = 0; i < 2; ++i)
        all.emplace_back([&] {
            for (int taken = 0; taken < each; ++taken) got += heard(dish) == "g:x";
        });
    for (auto& one : all) one.join();
    CHECK(got == 2 * each);
}
