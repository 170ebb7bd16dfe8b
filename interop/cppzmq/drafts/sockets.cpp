// cppzmq's draft socket types and the options that come with them.
#include <catch2/catch.hpp>
#include <zmq.hpp>

#include <string>

namespace {

namespace option = zmq::sockopt;

zmq::socket_t make(zmq::context_t& context, zmq::socket_type type) {
    zmq::socket_t made(context, type);
    made.set(option::rcvtimeo, 20000);
    made.set(option::linger, 0);
    return made;
}

}  // namespace

TEST_CASE("SERVER answers the client whose routing id it has") {
    zmq::context_t context;
    auto server = make(context, zmq::socket_type::server);
    auto one = make(context, zmq::socket_type::client), other = make(context, zmq::socket_type::client);
    server.bind("tcp://127.0.0.1:*");
    for (auto* client : {&one, &other}) {
        client->connect(server.get(option::last_endpoint));
        client->send(zmq::str_buffer("question"));
    }
    for (int i = 0; i < 2; ++i) {
        zmq::message_t got;
        REQUIRE(server.recv(got));
        REQUIRE(got.routing_id() != 0);
        zmq::message_t answer(std::to_string(got.routing_id()));
        answer.set_routing_id(got.routing_id());
        server.send(answer, zmq::send_flags::none);
    }
    zmq::message_t first, second;
    REQUIRE(one.recv(first));
    REQUIRE(other.recv(second));
    CHECK(first.to_string() != second.to_string());
    CHECK(server.get(option::thread_safe));
}

TEST_CASE("DISH hears the groups it has joined") {
    zmq::context_t context;
    auto radio = make(context, zmq::socket_type::radio), dish = make(context, zmq::socket_type::dish);
    dish.bind("inproc://air");
    dish.join("news");
    radio.connect("inproc://air");
    dish.set(option::rcvtimeo, 20);
    zmq::message_t got;
    // On libzmq a RADIO learns of a group at some later send.
    for (int turn = 0; turn < 1000 && !dish.recv(got); ++turn) {
        for (const char* group : {"music", "news"}) {
            zmq::message_t out(std::string("of ") + group);
            out.set_group(group);
            CHECK(out.group() == std::string(group));
            radio.send(out, zmq::send_flags::none);
        }
    }
    CHECK(got.to_string() == "of news");
    CHECK(got.group() == std::string("news"));
    dish.leave("news");
    CHECK_THROWS_AS(dish.leave("news"), zmq::error_t);
}

TEST_CASE("SCATTER deals out, GATHER collects") {
    zmq::context_t context;
    auto gather = make(context, zmq::socket_type::gather), scatter = make(context, zmq::socket_type::scatter);
    gather.bind("ipc://*");
    scatter.connect(gather.get(option::last_endpoint));
    for (int i = 0; i < 100; ++i) scatter.send(zmq::message_t(std::to_string(i)), zmq::send_flags::none);
    zmq::message_t got;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(gather.recv(got));
        CHECK(got.to_string() == std::to_string(i));
    }
}
