// The designs that were tried and lost (docs/architecture.md): each would make one of these fail.
#include "sleeper.hpp"
#include "support/disturb.hpp"
#include "support/sanitizer.hpp"

#include <vector>

#include <asio/io_context.hpp>

using namespace zither;
using namespace zither::test;

namespace {

// AddressSanitizer keeps freed memory for a while.
constexpr bool memory_counts = !address_sanitized;

long resident_kib() {
    std::ifstream file("/proc/self/status");
    for (std::string word; file >> word;)
        if (word == "VmRSS:") {
            long kib = 0;
            file >> kib;
            return kib;
        }
    return 0;
}

struct joined {
    joined(context& in, const std::string& at = "tcp://127.0.0.1:*")
        : pull(make(in, socket_type::pull)), push(make(in, socket_type::push)) {
        pull.bind(at);
        push.connect(pull.last_endpoint());
    }
    zither::socket pull;
    zither::socket push;
};

/// Two that are connected, and nobody ticks for the near one: its loop does not run any more.
struct unticked {
    unticked(socket_type far_type, socket_type near_type)
        : far(make(in, far_type)), near(make(still, near_type)) {
        far.bind("tcp://127.0.0.1:*");
        near.connect(far.last_endpoint());
        near.send("first");
        REQUIRE(eventually([&] {
            loop.poll();
            std::error_code none;
            return far.receive(wait::never, none).text() == "first";
        }));
    }
    asio::io_context loop;
    context still{loop}, in;
    zither::socket far;
    zither::socket near;
};

}  // namespace

TEST_CASE("a steady sender's messages leave with the call that sends them") {
    // Counting sends instead of time left each to the next tick of the I/O thread.
    unticked two(socket_type::pull, socket_type::push);
    using clock = std::chrono::steady_clock;
    for (int i = 0; i < 1000; ++i) {
        const auto next = clock::now() + std::chrono::microseconds(20);
        two.near.send("x");
        REQUIRE(received(two.far) == "x");
        while (clock::now() < next) {  // a steady pace, far below a flood's
        }
    }
}

TEST_CASE("who sleeps on one socket is not woken by another's messages") {
    context in;
    joined busy(in), idle(in);
    sleeper<std::string> waiting([&] { return received(idle.pull); });
    CHECK(waiting.asleep());
    const auto switches = [&] {
        std::ifstream file("/proc/self/task/" + std::to_string(waiting.id()) + "/status");
        for (std::string word; file >> word;)
            if (word == "voluntary_ctxt_switches:") {
                long count = 0;
                file >> count;
                return count;
            }
        return -1L;
    };
    const auto before = switches();
    REQUIRE(before >= 0);
    for (int i = 0; i < 1000; ++i) {
        busy.push.send("x");
        REQUIRE(received(busy.pull) == "x");
    }
    CHECK(switches() - before <= 20);
    idle.push.send("done");
    CHECK(waiting.result() == "done");
}

TEST_CASE("answers leave with the last of them, without another call") {
    // They waited for the next look at the socket, or for the I/O thread, which then wrote what the caller
    // was about to write.
    unticked two(socket_type::dealer, socket_type::dealer);
    constexpr int questions = 64;  // more than the thread has credit for
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < questions; ++i) two.far.send("?");
        for (int i = 0; i < questions; ++i) {
            REQUIRE(received(two.near) == "?");
            two.near.send("!");
        }
        for (int i = 0; i < questions; ++i) REQUIRE(received(two.far) == "!");
    }
}

TEST_CASE("a flood with nobody calling afterwards still goes out") {
    // The tail of a batch must not wait for the sender's next call.
    const auto at = GENERATE("tcp://127.0.0.1:*", "ipc://*");
    context in;
    joined two(in, at);
    for (int round = 0; round < 50; ++round) {
        const int count = 1 + round * 37;
        std::thread sender([&] {
            for (int i = 0; i < count; ++i) two.push.send("x");
        });
        sender.join();
        int got = 0;
        while (got < count && next_part(two.pull)) ++got;
        REQUIRE(got == count);
    }
}

TEST_CASE("a socket that nobody receives from still takes part: its peer sends up to the marks") {
    // The I/O thread steps in where no caller tends a socket.
    context in;
    joined two(in);
    two.pull.set(option::receive_timeout, 0ms);
    CHECK(eventually([&] { return fill(two.push, body_of(8000), 1000) == 0; }));
    sleeper<bool> closing([&] {
        two.push.set(option::linger, forever);
        two.push.close();
        return true;
    });
    CHECK(closing.result());
    int got = 0;
    while (two.pull.receive_for(got < 1000 ? deadline : 50ms)) ++got;
    CHECK(got >= 1000);
}

TEST_CASE("a subscriber that stops reading costs the others nothing and memory little") {
    const auto at = GENERATE("tcp://127.0.0.1:*", "ipc://*", "inproc://slow");
    CAPTURE(at);
    constexpr int rounds = 4000;
    const auto body = body_of(16000);
    context in;
    auto pub = make(in, socket_type::xpub);
    pub.set(option::send_high_water_mark, 100);
    pub.bind(at);
    auto stuck = make(in, socket_type::sub);
    auto reader = make(in, socket_type::sub);
    for (auto* each : {&stuck, &reader}) {
        each->set(option::receive_high_water_mark, 100);
        each->subscribe("");
        each->connect(pub.last_endpoint());
        REQUIRE(received(pub) == std::string(1, '\1'));
        if (each == &stuck) pub.set(option::xpub_verbose, true);
    }
    const auto before = resident_kib();
    int right = 0;
    for (; right < rounds; ++right) {
        pub.send(body);
        const auto part = next_part(reader);
        if (!part || part->text() != body) break;
    }
    CHECK(right == rounds);
    // 200 messages of 16 KB at either end, what the kernel holds, and some air: not the 64 MB sent.
    if (memory_counts) CHECK(resident_kib() - before < 20000);
}

TEST_CASE("a peer that stops reading does not stop a ROUTER's others") {
    context in;
    auto router = make(in, socket_type::router);
    router.set(option::send_high_water_mark, 10);
    router.bind("tcp://127.0.0.1:*");
    auto stuck = make(in, socket_type::dealer);
    auto reader = make(in, socket_type::dealer);
    stuck.set(option::receive_high_water_mark, 1);
    stuck.set(option::routing_id, "stuck");
    reader.set(option::routing_id, "reader");
    for (auto* each : {&stuck, &reader}) {
        each->connect(router.last_endpoint());
        each->send("hello");
        (void)next_all(router);
    }
    const auto body = body_of(20000);
    const auto before = resident_kib();
    for (int i = 0; i < 2000; ++i) {
        router.send(parts_of({"stuck", body}));  // beyond its mark: dropped
        router.send(parts_of({"reader", std::to_string(i)}));
        REQUIRE(received(reader) == std::to_string(i));
    }
    if (memory_counts) CHECK(resident_kib() - before < 15000);
    CHECK((received(stuck) == body));
}

TEST_CASE("a peer that reads nothing does not keep a fair queue from the others") {
    context in;
    auto push = make(in, socket_type::push);
    push.set(option::send_high_water_mark, 2);
    push.bind("tcp://127.0.0.1:*");
    auto stuck = make(in, socket_type::pull);
    auto reader = make(in, socket_type::pull);
    stuck.set(option::receive_high_water_mark, 2);
    stuck.connect(push.last_endpoint());
    const auto body = body_of(100000);
    push.send(body);
    REQUIRE((received(stuck) == body));
    while (push.send_for(message(body), 100ms)) {
    }
    reader.connect(push.last_endpoint());
    for (int i = 0; i < 200; ++i) {
        push.send(std::to_string(i));  // a full pipe is passed over
        REQUIRE(received(reader) == std::to_string(i));
    }
}
