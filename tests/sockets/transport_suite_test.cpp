// What every transport must do: one suite, run for each of them.
#include "endpoints.hpp"

#include <filesystem>

using namespace zither;
using namespace zither::test;

namespace {

way each_way() { return GENERATE(tcp, tcp6, ipc, ipc_abstract, ipc_wildcard, inproc); }
way each_named() { return GENERATE(tcp, tcp6, ipc, ipc_abstract, inproc); }

/// A bound socket and one connected to it.
struct joined {
    joined(context& in, const way& by, socket_type bound, socket_type connected)
        : one(make(in, bound)), other(make(in, connected)) {
        one.bind(by.to_bind());
        other.connect(one.last_endpoint());
    }
    zither::socket one;
    zither::socket other;
};

}  // namespace

TEST_CASE("bodies of every size arrive as they were sent") {
    const auto by = each_way();
    CAPTURE(by);
    context in;
    joined pair(in, by, socket_type::pair, socket_type::pair);
    for (const std::size_t size :
         {0u, 1u, 33u, 34u, 40u, 41u, 255u, 256u, 4096u, 4097u, 16384u, 65536u, 1u << 20}) {
        CAPTURE(size);
        pair.other.send(body_of(size, 1));
        const auto there = pair.one.receive();
        CHECK_FALSE(there.more());
        CHECK((there.text() == body_of(size, 1)));
        pair.one.send(body_of(size, 2));
        CHECK((pair.other.receive().text() == body_of(size, 2)));
    }
}

TEST_CASE("a message of many parts arrives whole, empty parts included") {
    const auto by = each_way();
    CAPTURE(by);
    context in;
    joined pair(in, by, socket_type::pull, socket_type::push);
    const std::vector<std::size_t> sizes{0, 5, 0, 70000, 255, 256, 0};
    for (int round = 0; round < 3; ++round) {
        multipart sent;
        for (const auto size : sizes) sent.emplace_back(body_of(size, static_cast<unsigned>(size)));
        pair.other.send(std::move(sent));
        const auto parts = next_all(pair.one);
        REQUIRE(parts.size() == sizes.size());
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            CHECK((parts[i].text() == body_of(sizes[i], static_cast<unsigned>(sizes[i]))));
            CHECK(parts[i].more() == (i + 1 < sizes.size()));
        }
    }
}

TEST_CASE("ten thousand messages of varying size keep their order") {
    const auto by = each_way();
    CAPTURE(by);
    constexpr unsigned count = 10000;
    const auto size_of = [](unsigned i) { return i % 500 == 0 ? 70000u : (i * 7919u) % 300u; };
    context in;
    joined pair(in, by, socket_type::pull, socket_type::push);
    std::thread sender([&] {
        for (unsigned i = 0; i < count; ++i) pair.other.send(body_of(size_of(i), i));
    });
    unsigned right = 0;
    for (unsigned i = 0; i < count; ++i) {
        const auto part = next_part(pair.one);
        if (!part || part->text() != body_of(size_of(i), i)) break;
        ++right;
    }
    if (right < count) in.shutdown();  // the sender may be waiting for room
    sender.join();
    CHECK(right == count);
}

TEST_CASE("what is sent before the other side binds arrives") {
    const auto by = each_named();
    CAPTURE(by);
    context in;
    auto push = make(in, socket_type::push);
    auto pull = make(in, socket_type::pull);
    const auto at = by.exact();
    push.connect(at);
    push.send("early");
    push.send("bird");
    pull.bind(at);
    CHECK(received(pull) == "early");
    CHECK(received(pull) == "bird");
}

TEST_CASE("several peers reach one socket and are answered each on its own") {
    const auto by = each_way();
    CAPTURE(by);
    constexpr int peers = 5, rounds = 20;
    context in;
    auto router = make(in, socket_type::router);
    router.bind(by.to_bind());
    std::vector<zither::socket> dealers;
    for (int i = 0; i < peers; ++i) {
        dealers.push_back(make(in, socket_type::dealer));
        dealers.back().set(option::routing_id, "peer " + std::to_string(i));
        dealers.back().connect(router.last_endpoint());
    }
    for (int round = 0; round < rounds; ++round) {
        for (auto& dealer : dealers) dealer.send(std::to_string(round));
        for (int i = 0; i < peers; ++i) {
            auto request = next_all(router);
            REQUIRE(request.size() == 2);
            CHECK(request[1].text() == std::to_string(round));
            request[1] = message("to " + std::string(request[0].text()));
            router.send(std::move(request));
        }
        for (int i = 0; i < peers; ++i)
            CHECK(received(dealers[static_cast<std::size_t>(i)]) == "to peer " + std::to_string(i));
    }
}

TEST_CASE("a connecting peer that goes is replaced by the next") {
    const auto by = each_way();
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(by.to_bind());
    for (int i = 0; i < 5; ++i) {
        auto push = make(in, socket_type::push);
        push.set(option::linger, forever);
        push.connect(pull.last_endpoint());
        push.send("from " + std::to_string(i));
        push.close();
        CHECK(received(pull) == "from " + std::to_string(i));
    }
}

TEST_CASE("a bound peer that goes and comes back is found again") {
    const auto by = GENERATE(tcp, tcp6, ipc, ipc_abstract);
    CAPTURE(by);
    context in;
    const auto at = by.exact();
    auto push = make(in, socket_type::push);
    push.set(option::reconnect_interval, 10ms);
    push.connect(at);
    for (int i = 0; i < 3; ++i) {
        auto pull = make(in, socket_type::pull);
        REQUIRE(eventually([&] { return !error_of([&](auto& error) { pull.bind(at, error); }); }));
        CHECK(heard_at_last(push, pull, std::to_string(i)));
    }
}

TEST_CASE("the last endpoint has its wildcards resolved") {
    context in;
    auto pull = make(in, socket_type::pull);
    CHECK(pull.last_endpoint().empty());
    pull.bind("tcp://127.0.0.1:*");
    CHECK_THAT(pull.last_endpoint(), Catch::Matches("tcp://127\\.0\\.0\\.1:[1-9][0-9]*"));
    pull.bind("tcp://127.0.0.1:0");
    CHECK_THAT(pull.last_endpoint(), Catch::Matches("tcp://127\\.0\\.0\\.1:[1-9][0-9]*"));
    pull.bind("tcp://[::1]:*");
    CHECK_THAT(pull.last_endpoint(), Catch::Matches("tcp://\\[::1\\]:[1-9][0-9]*"));
    pull.bind("tcp://lo:*");
    CHECK_THAT(pull.last_endpoint(), Catch::Matches("tcp://(127\\.0\\.0\\.1|\\[::1\\]):[1-9][0-9]*"));
    const auto abstract = ipc_abstract.exact();
    pull.bind(abstract);
    CHECK(pull.last_endpoint() == abstract);
    const auto local = inproc.exact();
    pull.bind(local);
    CHECK(pull.last_endpoint() == local);
    auto push = make(in, socket_type::push);
    push.connect(local);
    CHECK(push.last_endpoint() == local);
}

TEST_CASE("an ipc wildcard names a socket file that goes with the binding") {
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind("ipc://*");
    const auto at = pull.last_endpoint();
    REQUIRE(at.substr(0, 6) == "ipc://");
    const std::filesystem::path file = at.substr(6);
    CHECK(std::filesystem::is_socket(file));
    auto second = make(in, socket_type::pull);
    second.bind("ipc://*");
    CHECK(second.last_endpoint() != at);
    pull.unbind(at);
    CHECK(eventually([&] { return !std::filesystem::exists(file); }));
}

TEST_CASE("an ipc socket file goes when its socket is closed") {
    context in;
    const auto at = ipc.exact();
    const std::filesystem::path file = at.substr(6);
    auto pull = make(in, socket_type::pull);
    pull.bind(at);
    CHECK(std::filesystem::is_socket(file));
    pull.close();
    CHECK(eventually([&] { return !std::filesystem::exists(file); }));
}
