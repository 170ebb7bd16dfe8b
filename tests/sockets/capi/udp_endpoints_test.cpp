// Which sockets udp endpoints are for, what they are called, and how they end.
#include "udp.hpp"

using namespace zither::test;

TEST_CASE("udp is for RADIO, DISH and DGRAM; others are told so") {
    c_context in;
    const auto at = udp_at(free_udp_port());
    for (int type = 0; type <= ZMQ_CHANNEL; ++type) {
        CAPTURE(type);
        c_socket one(in, type);
        const bool hears = type == ZMQ_DISH || type == ZMQ_DGRAM;
        const bool speaks = type == ZMQ_RADIO;
        if (hears)
            CHECK(zmq_bind(one, at.c_str()) == 0);
        else
            CHECK(failed(zmq_bind(one, at.c_str()), ENOCOMPATPROTO));
        if (speaks)
            CHECK(one.connect(at) == 0);
        else
            CHECK(failed(one.connect(at), ENOCOMPATPROTO));
        if (hears || speaks) continue;
        CHECK(failed(zmq_unbind(one, at.c_str()), ENOCOMPATPROTO));
        CHECK(failed(zmq_disconnect(one, at.c_str()), ENOCOMPATPROTO));
    }
}

TEST_CASE("a udp endpoint that is none is refused with libzmq's numbers") {
    c_context in;
    c_socket dish(in, ZMQ_DISH), radio(in, ZMQ_RADIO);
    for (const auto* invalid :
         {"udp://", "udp:/127.0.0.1:1", "udp://127.0.0.1", "udp://127.0.0.1:", "udp://127.0.0.1:port",
          "udp://127.0.0.1;127.0.0.1:5555", "udp://239.0.0.1;239.0.0.1:5555"}) {
        CAPTURE(invalid);
        CHECK(failed(zmq_bind(dish, invalid), EINVAL));
        CHECK(failed(zmq_connect(radio, invalid), EINVAL));
    }
    for (const auto* elsewhere :
         {"udp://nosuch:5555", "udp://localhost:5555", "udp://:5555", "udp://[::1]:5555",
          "udp://nosuch;239.0.0.1:5555", "udp://;239.0.0.1:5555"}) {
        CAPTURE(elsewhere);
        CHECK(failed(zmq_bind(dish, elsewhere), ENODEV));
    }
    for (const auto* nowhere :
         {"udp://*:5555", "udp://127.0.0.1:*", "udp://lo:5555", "udp://:5555", "udp://[::1]:5555"}) {
        CAPTURE(nowhere);
        CHECK(failed(zmq_connect(radio, nowhere), EINVAL));
    }
}

TEST_CASE("without I/O threads there is no udp") {
    c_context in;
    REQUIRE(zmq_ctx_set(in, ZMQ_IO_THREADS, 0) == 0);
    c_socket dish(in, ZMQ_DISH), radio(in, ZMQ_RADIO);
    CHECK(failed(zmq_bind(dish, udp_at(free_udp_port()).c_str()), EMTHREAD));
    CHECK(failed(radio.connect(udp_at(free_udp_port())), EMTHREAD));
}

TEST_CASE("udp brings a monitor no events, for nobody comes or goes") {
    c_context in;
    const int port = free_udp_port();
    c_socket dish(in, ZMQ_DISH), events(in, ZMQ_PAIR);
    const auto at = "inproc://" + fresh_name();
    REQUIRE(zmq_socket_monitor(dish, at.c_str(), ZMQ_EVENT_ALL) == 0);
    REQUIRE(events.connect(at) == 0);
    REQUIRE(zmq_bind(dish, udp_at(port).c_str()) == 0);
    REQUIRE(zmq_join(dish, "g") == 0);
    datagram_socket peer;
    REQUIRE(eventually([&] {
        peer.say("\1gx", port);
        return heard(dish, ZMQ_DONTWAIT) == "g:x";
    }));
    dish.close();
    const auto first = events.receive();
    REQUIRE(first.size() == 6);
    std::uint16_t number = 0;
    std::memcpy(&number, first.data(), sizeof number);
    CHECK(number == ZMQ_EVENT_MONITOR_STOPPED);
}

// From here on we know more than libzmq, which reports an address without its transport, wildcards as they
// were written, and a bind that failed as one that did not.

TEST_CASE("LAST_ENDPOINT of udp is an endpoint, with the port that was free") {
    c_context in;
    c_socket dish(in, ZMQ_DISH), radio(in, ZMQ_RADIO);
    const auto at = dish.bound("udp://127.0.0.1:*");
    REQUIRE(at.starts_with("udp://127.0.0.1:"));
    REQUIRE(radio.connect(at) == 0);
    CHECK(radio.last_endpoint() == at);
    REQUIRE(zmq_join(dish, "g") == 0);
    CHECK(broadcast(radio, "g", "x") == 1);
    CHECK(heard(dish) == "g:x");

    c_socket group(in, ZMQ_DISH);
    const auto named = group.bound("udp://lo;239.255.77.2:*");
    if (named == "<not bound>")
        WARN("skipped: this system joins no group on its loopback: " << zmq_strerror(zmq_errno()));
    else
        CHECK((named.starts_with("udp://lo;239.255.77.2:") && !named.ends_with(":0")));
}

TEST_CASE("unbind frees the port, by either name of the endpoint") {
    c_context in;
    const int type = GENERATE(ZMQ_DISH, ZMQ_DGRAM);
    c_socket one(in, type);
    const auto at = one.bound("udp://127.0.0.1:*");
    const int port = std::stoi(at.substr(at.rfind(':') + 1));
    CHECK_FALSE(datagram_socket(port).bound());
    CHECK(zmq_unbind(one, at.c_str()) == 0);
    CHECK(datagram_socket(port).bound());
    CHECK(failed(zmq_unbind(one, at.c_str()), ENOENT));
    REQUIRE(zmq_bind(one, udp_at(port, "lo").c_str()) == 0);
    CHECK(zmq_unbind(one, udp_at(port, "lo").c_str()) == 0);
    CHECK(datagram_socket(port).bound());
    // And it may be bound again, and end with its socket.
    REQUIRE(zmq_bind(one, udp_at(port).c_str()) == 0);
    one.close();
    CHECK(eventually([&] { return datagram_socket(port).bound(); }));
}

TEST_CASE("a udp bind that fails says so") {
    c_context in;
    c_socket dish(in, ZMQ_DISH);
    const datagram_socket taken;
    CHECK(failed(zmq_bind(dish, udp_at(taken.port()).c_str()), EADDRINUSE));
    CHECK(failed(zmq_bind(dish, "udp://203.0.113.9:5555"), EADDRNOTAVAIL));
    CHECK(failed(zmq_bind(dish, "udp://127.0.0.1:65536"), EINVAL));
    REQUIRE(dish.set(ZMQ_BINDTODEVICE, "no-such") == 0);
    CHECK(failed(zmq_bind(dish, "udp://127.0.0.1:*"), ENODEV));
}

TEST_CASE("udp carries nothing that was to be secured") {
    c_context in;
    c_socket dish(in, ZMQ_DISH), radio(in, ZMQ_RADIO);
    REQUIRE(dish.set(ZMQ_PLAIN_SERVER, 1) == 0);
    REQUIRE(radio.set(ZMQ_PLAIN_USERNAME, "admin") == 0);
    CHECK(failed(zmq_bind(dish, "udp://127.0.0.1:*"), ENOCOMPATPROTO));
    CHECK(failed(radio.connect("udp://127.0.0.1:5555"), ENOCOMPATPROTO));
}

TEST_CASE("DGRAM is for udp alone") {
    c_context in;
    c_socket one(in, ZMQ_DGRAM);
    for (const auto* other : {"tcp://127.0.0.1:5555", "ipc://@nobody", "inproc://nobody"}) {
        CAPTURE(other);
        CHECK(failed(zmq_bind(one, other), ENOCOMPATPROTO));
        CHECK(failed(one.connect(other), ENOCOMPATPROTO));
    }
}

TEST_CASE("statistics name the udp endpoint at its end") {
    c_context in;
    c_socket dish(in, ZMQ_DISH), radio(in, ZMQ_RADIO), events(in, ZMQ_PAIR);
    const auto at = dish.bound("udp://127.0.0.1:*");
    REQUIRE(radio.connect(at) == 0);
    for (const bool bound : {true, false}) {
        const c_socket& one = bound ? dish : radio;
        const auto name = "inproc://" + fresh_name();
        REQUIRE(zmq_socket_monitor_versioned(one, name.c_str(), ZMQ_EVENT_PIPES_STATS, 2, ZMQ_PAIR) == 0);
        c_socket pair(in, ZMQ_PAIR);
        REQUIRE(pair.connect(name) == 0);
        REQUIRE(zmq_socket_monitor_pipes_stats(one) == 0);
        std::vector<std::string> parts{pair.receive()};
        while (pair.get(ZMQ_RCVMORE) == 1) parts.push_back(pair.receive());
        REQUIRE(parts.size() == 6);
        CHECK(parts[bound ? 4 : 5] == at);
        CHECK(parts[bound ? 5 : 4].empty());
    }
}
