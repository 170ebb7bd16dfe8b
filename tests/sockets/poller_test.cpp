// The poller, and the proxy that stands on it.
#include "sleeper.hpp"

#include "zither/sockets/poller.hpp"
#include "zither/sockets/proxy.hpp"

#include <cstring>

using namespace zither;
using namespace zither::test;

namespace {

using clock = std::chrono::steady_clock;

struct a_pipe {
    a_pipe() { REQUIRE(::pipe(ends) == 0); }
    ~a_pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    void write() const { REQUIRE(::write(ends[1], "x", 1) == 1); }
    int ends[2];
};

struct joined {
    explicit joined(context& in, const std::string& at = "tcp://127.0.0.1:*")
        : one(make(in, socket_type::pair)), other(make(in, socket_type::pair)) {
        one.bind(at);
        other.connect(one.last_endpoint());
    }
    zither::socket one;
    zither::socket other;
};

/// What is ready, as pairs of number and flags.
std::string ready(poller& in, std::chrono::milliseconds timeout = deadline / 4) {
    const auto start = clock::now();
    std::string text;
    for (const auto& each : in.wait(timeout))
        text += std::to_string(each.number) + ":" + std::to_string(static_cast<int>(each.ready)) + " ";
    if (!text.empty() && clock::now() - start >= deadline / 4) return "<late>";
    return text;
}

}  // namespace

TEST_CASE("a poller says which sockets and descriptors are ready, and for what") {
    const auto at = GENERATE("tcp://127.0.0.1:*", "ipc://*", "inproc://polled");
    CAPTURE(at);
    context in;
    joined two(in, at);
    a_pipe raw;
    poller all;
    all.add(two.one, 10);
    all.add(two.other, 20, poll_flags::output);
    all.add_descriptor(raw.ends[0], 30);
    CHECK(all.size() == 3);
    CHECK(ready(all) == "20:2 ");
    all.remove(20);
    CHECK(ready(all, 0ms).empty());
    two.other.send("x");
    CHECK(ready(all) == "10:1 ");
    CHECK(ready(all) == "10:1 ");  // until it is received
    raw.write();
    CHECK(ready(all) == "10:1 30:1 ");
    CHECK(received(two.one) == "x");
    CHECK(ready(all) == "30:1 ");
    all.remove(30);
    all.remove(99);  // never added
    CHECK(all.size() == 1);
    CHECK(ready(all, 0ms).empty());
}

TEST_CASE("a poller's time-out ends it, neither early nor never") {
    context in;
    joined two(in);
    poller one;
    one.add(two.one, 0);
    const auto start = clock::now();
    CHECK(ready(one, 40ms).empty());
    CHECK(clock::now() - start >= 39ms);
}

TEST_CASE("an empty poller waits for its time-out") {
    poller none;
    const auto start = clock::now();
    CHECK(ready(none, 30ms).empty());
    CHECK(clock::now() - start >= 29ms);
}

TEST_CASE("one socket may be asked for input and output at once") {
    context in;
    joined two(in);
    poller one;
    one.add(two.one, 7, poll_flags::input | poll_flags::output);
    CHECK(ready(one) == "7:2 ");
    two.other.send("x");
    CHECK(eventually([&] { return ready(one) == "7:3 "; }));
}

TEST_CASE("output is not ready at the high-water mark, and is again when there is room") {
    context in;
    auto push = make(in, socket_type::push);
    auto pull = make(in, socket_type::pull);
    push.set(option::send_high_water_mark, 1);
    pull.set(option::receive_high_water_mark, 1);
    poller one;
    one.add(push, 1, poll_flags::output);
    CHECK(ready(one, 0ms).empty());  // nobody there
    pull.bind("inproc://room");
    push.connect("inproc://room");
    CHECK(ready(one) == "1:2 ");
    CHECK(fill(push, "x", 10) == 2);
    CHECK(ready(one, 0ms).empty());
    sleeper<std::string> waiting([&] { return ready(one); });
    CHECK(waiting.asleep());
    for (int i = 0; i < 2; ++i) CHECK(received(pull) == "x");
    CHECK(waiting.result() == "1:2 ");
}

TEST_CASE("each kind of member wakes a sleeping poller") {
    const auto at = GENERATE("tcp://127.0.0.1:*", "ipc://*", "inproc://wakes");
    const int which = GENERATE(0, 1, 2);
    CAPTURE(at, which);
    context in;
    joined first(in, at), second(in, std::string(at) + (at[0] == 'i' && at[1] == 'n' ? "2" : ""));
    a_pipe raw;
    poller all;
    all.add(first.one, 0);
    all.add(second.one, 1);
    all.add_descriptor(raw.ends[0], 2);
    for (int round = 0; round < 20; ++round) {
        sleeper<std::string> waiting([&] { return ready(all); });
        REQUIRE(waiting.asleep());
        if (which == 0) first.other.send("x");
        if (which == 1) second.other.send("x");
        if (which == 2) raw.write();
        REQUIRE(waiting.result() == std::to_string(which) + ":1 ");
        char octet = 0;
        if (which == 0) REQUIRE(received(first.one) == "x");
        if (which == 1) REQUIRE(received(second.one) == "x");
        if (which == 2) REQUIRE(::read(raw.ends[0], &octet, 1) == 1);
    }
}

TEST_CASE("a closed socket in a poller is an error, not a wait") {
    context in;
    joined two(in);
    poller one;
    one.add(two.one, 0);
    two.one.close();
    CHECK(error_of([&](auto& error) { (void)one.wait(deadline, error); }) == errc::not_a_socket);
    CHECK_THROWS_AS(one.wait(deadline), std::system_error);
}

namespace {

/// A proxy in its own thread, with a control socket, ended at the latest with its context.
struct running_proxy {
    running_proxy(zither::context& in, socket_type front_type, socket_type back_type)
        : front(make(in, front_type)),
          back(make(in, back_type)),
          capture(make(in, socket_type::push)),
          control(make(in, socket_type::rep)),
          captured(make(in, socket_type::pull)),
          commander(make(in, socket_type::req)),
          shut_down([&in] { in.shutdown(); }) {
        front.bind("tcp://127.0.0.1:*");
        back.bind("tcp://127.0.0.1:*");
        capture.bind("inproc://capture");
        control.bind("inproc://control");
        captured.connect("inproc://capture");
        commander.connect("inproc://control");
        thread = std::thread([this] { proxy(front, back, ended_with, &capture, &control); });
    }
    ~running_proxy() {
        if (!thread.joinable()) return;
        shut_down();
        thread.join();
    }
    void command(std::string_view text) {
        commander.send(text);
        CHECK(received(commander).empty());
    }
    zither::socket front, back, capture, control, captured, commander;
    std::function<void()> shut_down;
    std::error_code ended_with = make_error_code(errc::again);
    std::thread thread;
};

}  // namespace

TEST_CASE("a proxy forwards both ways, shows all to its capture, and counts") {
    context in;
    running_proxy between(in, socket_type::router, socket_type::dealer);
    auto req = make(in, socket_type::req);
    auto rep = make(in, socket_type::rep);
    req.set(option::routing_id, "q");
    req.connect(between.front.last_endpoint());
    rep.connect(between.back.last_endpoint());
    req.send("hello");
    CHECK(received(rep) == "hello");
    rep.send("worlds");
    CHECK(received(req) == "worlds");
    CHECK(received_all(between.captured) == "q||hello");
    CHECK(received_all(between.captured) == "q||worlds");
    between.commander.send("STATISTICS");
    const auto parts = next_all(between.commander);
    REQUIRE(parts.size() == 8);
    std::vector<std::uint64_t> numbers;
    for (const auto& part : parts) {
        REQUIRE(part.size() == 8);
        numbers.emplace_back();
        std::memcpy(&numbers.back(), part.data(), 8);
    }
    CHECK(numbers == std::vector<std::uint64_t>{1, 6, 1, 7, 1, 7, 1, 6});
    between.command("TERMINATE");
    between.thread.join();
    CHECK_FALSE(between.ended_with);
}

TEST_CASE("a paused proxy holds messages until it resumes") {
    context in;
    running_proxy between(in, socket_type::pull, socket_type::push);
    auto push = make(in, socket_type::push);
    auto pull = make(in, socket_type::pull);
    push.connect(between.front.last_endpoint());
    pull.connect(between.back.last_endpoint());
    push.send("before");
    CHECK(received(pull) == "before");
    between.command("PAUSE");
    for (int i = 0; i < 10; ++i) push.send(std::to_string(i));
    CHECK_FALSE(pull.receive_for(50ms));
    between.command("RESUME");
    for (int i = 0; i < 10; ++i) CHECK(received(pull) == std::to_string(i));
}

TEST_CASE("a proxy with nobody at its back still obeys") {
    context in;
    running_proxy between(in, socket_type::pull, socket_type::push);
    auto push = make(in, socket_type::push);
    push.connect(between.front.last_endpoint());
    for (int i = 0; i < 10; ++i) push.send("x");
    between.commander.send("STATISTICS");
    CHECK(next_all(between.commander).size() == 8);
    between.command("TERMINATE");
    between.thread.join();
    CHECK_FALSE(between.ended_with);
}

TEST_CASE("a proxy ends with its context") {
    context in;
    running_proxy between(in, socket_type::xsub, socket_type::xpub);
    in.shutdown();
    between.thread.join();
    CHECK(between.ended_with == errc::terminated);
}

TEST_CASE("subscriptions travel up through a proxy and messages down") {
    context in;
    running_proxy between(in, socket_type::xsub, socket_type::xpub);
    auto pub = make(in, socket_type::xpub);
    auto sub = make(in, socket_type::sub);
    pub.connect(between.front.last_endpoint());
    sub.subscribe("news");
    sub.connect(between.back.last_endpoint());
    CHECK(received(pub) == "\1news");
    pub.send(parts_of({"news of today", "text"}));
    pub.send("olds");
    CHECK(received_all(sub) == "news of today|text");
    CHECK_FALSE(sub.receive_for(20ms));
}
