// cppzmq's poller_t and active_poller_t, which are there with the draft API alone.
#include <catch2/catch.hpp>
#include <zmq_addon.hpp>

#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

constexpr auto long_time = 20s;

struct two_sockets {
    zmq::context_t context;
    zmq::socket_t one{context, zmq::socket_type::pair};
    zmq::socket_t other{context, zmq::socket_type::pair};
    two_sockets() {
        one.bind("tcp://127.0.0.1:*");
        other.connect(one.get(zmq::sockopt::last_endpoint));
    }
};

}  // namespace

TEST_CASE("poller_t waits, with user data, until there is something or the time is over") {
    two_sockets the;
    zmq::poller_t<std::string> poller;
    std::string name = "one";
    poller.add(the.one, zmq::event_flags::pollin, &name);
    poller.add(the.other, zmq::event_flags::pollin, nullptr);
    CHECK(poller.size() == 2);
    std::vector<zmq::poller_event<std::string>> events(2);
    CHECK(poller.wait_all(events, 0ms) == 0);
    the.other.send(zmq::str_buffer("x"));
    REQUIRE(poller.wait_all(events, long_time) == 1);
    CHECK(events[0].socket == the.one);
    CHECK(events[0].events == zmq::event_flags::pollin);
    CHECK(events[0].user_data == &name);
    poller.modify(the.one, zmq::event_flags::pollin | zmq::event_flags::pollout);
    REQUIRE(poller.wait_all(events, long_time) == 1);
    CHECK(events[0].events == (zmq::event_flags::pollin | zmq::event_flags::pollout));
    poller.remove(the.one);
    CHECK(poller.size() == 1);
    CHECK(poller.wait_all(events, 0ms) == 0);
}

TEST_CASE("poller_t refuses what it has, has not, or cannot watch") {
    two_sockets the;
    zmq::poller_t<> poller;
    poller.add(the.one, zmq::event_flags::pollin);
    CHECK_THROWS_AS(poller.add(the.one, zmq::event_flags::pollin), zmq::error_t);
    CHECK_THROWS_AS(poller.remove(the.other), zmq::error_t);
    CHECK_THROWS_AS(poller.modify(the.other, zmq::event_flags::pollin), zmq::error_t);
    CHECK_THROWS_AS(poller.add(zmq::socket_ref(), zmq::event_flags::pollin), zmq::error_t);
    std::vector<zmq::poller_event<>> none;
    CHECK_THROWS_AS(poller.wait_all(none, 0ms), zmq::error_t);
}

TEST_CASE("active_poller_t calls the handler of whoever is ready") {
    two_sockets the;
    zmq::active_poller_t poller;
    int asked = 0, answered = 0;
    zmq::message_t got;
    poller.add(the.one, zmq::event_flags::pollin, [&](zmq::event_flags) {
        REQUIRE(the.one.recv(got));
        the.one.send(zmq::str_buffer("answer"));
        ++asked;
    });
    poller.add(the.other, zmq::event_flags::pollin, [&](zmq::event_flags) {
        REQUIRE(the.other.recv(got));
        CHECK(got.to_string() == "answer");
        ++answered;
    });
    CHECK(poller.size() == 2);
    for (int turn = 1; turn <= 100; ++turn) {
        the.other.send(zmq::str_buffer("question"));
        while (answered < turn) REQUIRE(poller.wait(std::chrono::milliseconds(long_time)) > 0);
        CHECK(asked == turn);
    }
    CHECK_THROWS_AS(poller.add(the.one, zmq::event_flags::pollin, [](zmq::event_flags) {}), zmq::error_t);
    CHECK_THROWS_AS(poller.add(the.one, zmq::event_flags::pollin, nullptr), std::invalid_argument);
    poller.remove(the.one);
    poller.remove(the.other);
    CHECK(poller.empty());
}

TEST_CASE("a poller wakes for a message from another thread, and for the end of the context") {
    two_sockets the;
    zmq::poller_t<> poller;
    poller.add(the.one, zmq::event_flags::pollin);
    std::vector<zmq::poller_event<>> events(1);
    std::thread sender([&] { the.other.send(zmq::str_buffer("x")); });
    CHECK(poller.wait_all(events, long_time) == 1);
    sender.join();
    zmq::message_t got;
    REQUIRE(the.one.recv(got));
    std::thread ender([&] { the.context.shutdown(); });
    try {
        poller.wait_all(events, long_time);
        CHECK_THROWS_AS(the.one.recv(got), zmq::error_t);
    } catch (const zmq::error_t& error) {
        CHECK(error.num() == ETERM);
    }
    ender.join();
}
