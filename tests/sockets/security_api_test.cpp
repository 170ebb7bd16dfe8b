// PLAIN and CURVE as a user of the C++ API meets them.
#include "endpoints.hpp"

#include <string>
#include <thread>

using namespace zither;
using namespace zither::test;

namespace {

void serve_with(zither::socket& server, const key_pair& keys) {
    server.set(option::curve_server, true);
    server.set(option::curve_secret_key, keys.secret_half.z85());
}

void join_with(zither::socket& client, const key_pair& keys, const std::string& server_key) {
    client.set(option::curve_server_key, server_key);
    client.set(option::curve_public_key, keys.public_half.z85());
    client.set(option::curve_secret_key, keys.secret_half.z85());
}

}  // namespace

TEST_CASE("a CURVE client and server exchange messages of every size") {
    context in;
    const auto server_keys = key_pair::generate();
    auto pull = make(in, socket_type::pull);
    serve_with(pull, server_keys);
    pull.bind("tcp://127.0.0.1:*");
    auto push = make(in, socket_type::push);
    join_with(push, key_pair::generate(), server_keys.public_half.z85());
    push.connect(pull.last_endpoint());
    for (const std::size_t size : {0u, 1u, 221u, 222u, 223u, 255u, 256u, 16000u, 16384u, 70000u, 3000000u}) {
        const std::string body(size, static_cast<char>('a' + size % 26));
        push.send(parts_of({"head", body}));
        CHECK(received(pull) == "head");
        CHECK(received(pull) == body);
    }
}

TEST_CASE("keys are read as they were set, in Z85") {
    context in;
    const auto keys = key_pair::generate();
    auto client = make(in, socket_type::dealer);
    join_with(client, keys, keys.public_half.z85());
    CHECK(client.get(option::curve_public_key) == keys.public_half.z85());
    CHECK(client.get(option::curve_secret_key) == keys.secret_half.z85());
    client.set(option::curve_public_key, std::string(zmtp::as_text(keys.secret_half.octets())));
    CHECK(client.get(option::curve_public_key) == keys.secret_half.z85());
    CHECK_THROWS_AS(client.set(option::curve_public_key, "too short"), std::system_error);
    CHECK(key_pair::public_of(keys.secret_half) == keys.public_half);
}

TEST_CASE("a handler of ZAP decides who may come in, and says who it is") {
    context in;
    auto handler = make(in, socket_type::rep);
    handler.bind("inproc://zeromq.zap.01");
    auto pull = make(in, socket_type::pull);
    pull.set(option::plain_server, true);
    pull.set(option::zap_domain, "here");
    pull.bind("tcp://127.0.0.1:*");
    std::thread deciding([&] {
        for (int i = 0; i < 2; ++i) {
            const auto asked = handler.receive_multipart();
            const bool welcome = asked.size() == 8 && asked[2].text() == "here" &&
                                 asked[6].text() == "friend" && asked[7].text() == "please";
            handler.send(parts_of({"1.0", std::string(asked[1].text()), welcome ? "200" : "400", "",
                                   welcome ? "a friend" : "", ""}));
        }
    });
    auto stranger = make(in, socket_type::push);
    stranger.set(option::plain_username, "stranger");
    stranger.set(option::plain_password, "please");
    stranger.connect(pull.last_endpoint());
    stranger.send("from a stranger");
    auto push = make(in, socket_type::push);
    push.set(option::plain_username, "friend");
    push.set(option::plain_password, "please");
    push.connect(pull.last_endpoint());
    push.send("from a friend");
    const auto got = pull.receive();
    CHECK(got.text() == "from a friend");
    REQUIRE((got.peer() && got.peer()->find("User-Id")));
    CHECK(*got.peer()->find("User-Id") == "a friend");
    deciding.join();
    CHECK_FALSE(pull.receive_for(20ms));
}
