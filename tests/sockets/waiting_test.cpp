// Who waits, for how long, and what ends it.
#include "sleeper.hpp"

using namespace zither;
using namespace zither::test;

namespace {

using clock = std::chrono::steady_clock;

way tcp_or_inproc() { return GENERATE(tcp, ipc_abstract, inproc); }

void set_marks(zither::socket& on, int mark) {
    on.set(option::send_high_water_mark, mark);
    on.set(option::receive_high_water_mark, mark);
}

}  // namespace

TEST_CASE("the high-water mark is one per pipe") {
    const auto by = GENERATE(tcp, tcp6, ipc, ipc_abstract);
    CAPTURE(by);
    context in;
    auto push = make(in, socket_type::push);
    push.set(option::send_high_water_mark, 5);
    CHECK(try_send(push, "nobody") == errc::again);
    push.connect(by.exact());
    CHECK(fill(push, "x", 100) == 5);
    push.connect(by.exact());
    CHECK(fill(push, "x", 100) == 5);
}

TEST_CASE("inproc holds the sender's and the receiver's mark together") {
    context in;
    const auto at = inproc.exact();
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    push.set(option::send_high_water_mark, 5);
    pull.set(option::receive_high_water_mark, 7);
    pull.bind(at);
    push.connect(at);
    CHECK(fill(push, "x", 100) == 12);
}

TEST_CASE("inproc has no limit when either mark is none") {
    const auto [send_mark, receive_mark] = GENERATE(std::pair(0, 1), std::pair(3, 0), std::pair(0, 0));
    context in;
    const auto at = inproc.exact();
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    push.set(option::send_high_water_mark, send_mark);
    pull.set(option::receive_high_water_mark, receive_mark);
    pull.bind(at);
    push.connect(at);
    CHECK(fill(push, "x", 5000) == 5000);
}

TEST_CASE("without a high-water mark a socket queues all it is given") {
    context in;
    const auto at = tcp.exact();
    auto push = make(in, socket_type::push);
    push.set(option::send_high_water_mark, 0);
    push.connect(at);
    CHECK(fill(push, "x", 20000) == 20000);
    auto pull = make(in, socket_type::pull);
    pull.bind(at);
    for (int i = 0; i < 20000; ++i) REQUIRE(received(pull) == "x");
}

TEST_CASE("a reader that stops makes the sender wait, and nothing is lost") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    set_marks(pull, 3);
    set_marks(push, 3);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    constexpr int most = 2000;
    const auto body = body_of(64000);
    int sent = 0;
    // What the kernel holds goes on growing for a moment: full is when a while brings no more room.
    while (sent < most && push.send_for(message(body), 200ms)) ++sent;
    REQUIRE(sent < most);
    CHECK(sent >= 6);
    sleeper<bool> waiting([&] {
        push.send(body);
        return true;
    });
    CHECK(waiting.asleep());
    for (int i = 0; i < sent + 1; ++i) REQUIRE((received(pull) == body));
    CHECK(waiting.result());
    std::error_code error;
    (void)pull.receive(wait::never, error);
    CHECK(error == errc::again);
}

TEST_CASE("room at the reader wakes a sleeping sender") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int count = 3000;
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    set_marks(pull, 1);
    set_marks(push, 1);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    std::thread sender([&] {
        std::error_code error;
        for (int i = 0; i < count && !error; ++i) push.send(message(body_of(3000)), wait::as_set, error);
    });
    int got = 0;
    while (got < count && next_part(pull)) ++got;
    if (got < count) in.shutdown();
    sender.join();
    CHECK(got == count);
}

TEST_CASE("whoever waits hears the first peer that comes, the next, who is left, and who comes again") {
    const auto by = GENERATE(tcp, ipc_abstract);
    const bool polls = GENERATE(false, true);
    CAPTURE(by, polls);
    context in;
    const auto at = by.exact();
    auto pull = make(in, socket_type::pull);
    auto other = make(in, socket_type::pull);
    auto third = make(in, socket_type::pull);
    pull.bind(at);
    poller watched;
    watched.add(pull, 0);
    watched.add(other, 1);
    watched.add(third, 2);
    const auto hears = [&](const std::string& text, const std::function<void()>& meanwhile) {
        sleeper<std::string> waits([&] {
            if (polls) (void)watched.wait(deadline);
            return received(pull);
        });
        REQUIRE(waits.asleep());
        meanwhile();
        CHECK(waits.result() == text);
    };
    const auto made = [&] {
        auto one = make(in, socket_type::push);
        one.connect(at);
        return one;
    };
    std::optional<zither::socket> first, second;
    hears("from the first", [&] { first.emplace(made()).send("from the first"); });
    hears("from the second", [&] { second.emplace(made()).send("from the second"); });
    hears("from who is left", [&] {
        first.reset();
        second->send("from who is left");
    });
    hears("from who comes again", [&] {
        second.reset();
        first.emplace(made()).send("from who comes again");
    });
}

TEST_CASE("a connection that comes up wakes a sender that had nobody to send to") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto push = make(in, socket_type::push);
    auto pull = make(in, socket_type::pull);
    push.bind(by.to_bind());
    sleeper<bool> waiting([&] {
        std::error_code error;
        push.send(message("at last"), wait::as_set, error);
        return !error;
    });
    CHECK(waiting.asleep());
    pull.connect(push.last_endpoint());
    CHECK(received(pull) == "at last");
    CHECK(waiting.result());
}

TEST_CASE("time-outs end a wait with again, neither early nor never") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind(by.to_bind());
    pull.set(option::receive_timeout, 40ms);
    push.set(option::send_timeout, 40ms);
    const auto takes = [](auto&& call) {
        const auto start = clock::now();
        CHECK(error_of(call) == errc::again);
        return clock::now() - start;
    };
    const auto receiving = takes([&](auto& error) { (void)pull.receive(wait::as_set, error); });
    const auto sending = takes([&](auto& error) { push.send(message("x"), wait::as_set, error); });
    for (const auto& taken : {receiving, sending}) {
        CHECK(taken >= 39ms);
        CHECK(taken < deadline);
    }
    CHECK(takes([&](auto& error) { (void)pull.receive(wait::never, error); }) < 39ms);
    CHECK(takes([&](auto& error) { push.send(message("x"), wait::never, error); }) < 39ms);
    pull.set(option::receive_timeout, 0ms);
    push.set(option::send_timeout, 0ms);
    CHECK(takes([&](auto& error) { (void)pull.receive(wait::as_set, error); }) < 39ms);
    CHECK(takes([&](auto& error) { push.send(message("x"), wait::as_set, error); }) < 39ms);
}

TEST_CASE("send_for and receive_for wait as long as they are told, whatever the time-out options say") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind("inproc://for");
    auto start = clock::now();
    CHECK_FALSE(pull.receive_for(30ms));
    CHECK(clock::now() - start >= 29ms);
    auto part = message("kept");
    start = clock::now();
    CHECK_FALSE(push.send_for(std::move(part), 30ms));
    CHECK(clock::now() - start >= 29ms);
    CHECK(part.text() == "kept");  // NOLINT: a failed send leaves it untouched
    push.connect("inproc://for");
    CHECK(push.send_for(std::move(part), 30ms));
    const auto got = next_part(pull);
    REQUIRE(got);
    CHECK(got->text() == "kept");
    CHECK(pull.get(option::receive_timeout) == deadline);
}

TEST_CASE("a socket that says IMMEDIATE queues only to connections that are up") {
    const auto by = GENERATE(tcp, ipc, ipc_abstract);
    CAPTURE(by);
    context in;
    auto push = make(in, socket_type::push);
    auto pull = make(in, socket_type::pull);
    push.set(option::immediate, true);
    push.connect(by.exact());  // nobody there
    CHECK(try_send(push, "x") == errc::again);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    for (int i = 0; i < 50; ++i) push.send(std::to_string(i));  // waits for the connection
    for (int i = 0; i < 50; ++i) CHECK(received(pull) == std::to_string(i));
}

TEST_CASE("without IMMEDIATE a peer that is not there yet has its share queued") {
    context in;
    auto push = make(in, socket_type::push);
    auto here = make(in, socket_type::pull);
    auto late = make(in, socket_type::pull);
    const auto at = tcp.exact();
    here.bind("tcp://127.0.0.1:*");
    push.connect(here.last_endpoint());
    push.connect(at);
    for (int i = 0; i < 20; ++i) push.send(std::to_string(i));
    late.bind(at);
    for (int i = 0; i < 20; i += 2) {
        CHECK(received(here) == std::to_string(i));
        CHECK(received(late) == std::to_string(i + 1));
    }
}

TEST_CASE("CONFLATE keeps the last message of a sender") {
    const auto by = GENERATE(tcp, ipc_abstract, inproc);
    CAPTURE(by);
    context in;
    const auto at = by.exact();
    auto push = make(in, socket_type::push);
    push.set(option::conflate, true);
    push.connect(at);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(try_send(push, std::to_string(i)));
    auto pull = make(in, socket_type::pull);
    pull.bind(at);
    CHECK(received(pull) == "9");
    CHECK_FALSE(pull.receive_for(20ms));
}

TEST_CASE("CONFLATE keeps the last message of a receiver") {
    const auto by = GENERATE(tcp, ipc_abstract, inproc);
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.set(option::conflate, true);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    for (int i = 0; i <= 500; ++i) push.send(std::to_string(i));
    int last = -1, got = 0;
    while (last < 500) {
        const auto part = next_part(pull);
        REQUIRE(part);
        const int now = std::stoi(std::string(part->text()));
        CHECK(now > last);  // never an older one
        last = now;
        ++got;
    }
    CHECK(got <= 501);
    CHECK_FALSE(pull.receive_for(20ms));
}
