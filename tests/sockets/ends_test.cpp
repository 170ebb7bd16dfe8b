// How sockets and contexts end: linger, shutdown, terminate, close.
#include "sleeper.hpp"

#include "zither/sockets/poller.hpp"

using namespace zither;
using namespace zither::test;

namespace {

using clock = std::chrono::steady_clock;

way tcp_or_inproc() { return GENERATE(tcp, ipc_abstract, inproc); }

std::error_code receive_error(zither::socket& by) {
    std::error_code error;
    (void)by.receive(wait::as_set, error);
    return error;
}

}  // namespace

TEST_CASE("LINGER for ever delivers all that was queued before the close") {
    const auto by = GENERATE(tcp, tcp6, ipc, ipc_abstract, ipc_wildcard, inproc);
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(by.to_bind());
    auto push = make(in, socket_type::push);
    push.set(option::linger, forever);
    push.connect(pull.last_endpoint());
    const auto body = body_of(20000);
    for (int i = 0; i < 500; ++i) push.send(body);
    push.close();
    for (int i = 0; i < 500; ++i) REQUIRE((received(pull) == body));
}

TEST_CASE("LINGER for ever waits for a peer that is not there yet") {
    const auto by = GENERATE(tcp, ipc, ipc_abstract);
    CAPTURE(by);
    context in;
    const auto at = by.exact();
    auto push = make(in, socket_type::push);
    push.set(option::linger, forever);
    push.set(option::reconnect_interval, 10ms);
    push.connect(at);
    push.send("patience");
    push.close();
    auto pull = make(in, socket_type::pull);
    pull.bind(at);
    CHECK(received(pull) == "patience");
}

TEST_CASE("LINGER 0 drops what was not sent, and terminate does not wait for it") {
    const auto by = GENERATE(tcp, ipc, ipc_abstract);
    CAPTURE(by);
    const auto at = by.exact();
    {
        context in;
        auto push = make(in, socket_type::push);
        push.connect(at);
        push.send("dropped");
        push.set(option::linger, 0ms);
        push.close();
        in.terminate();  // a linger of -1 would hang here
    }
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(at);
    CHECK_FALSE(pull.receive_for(30ms));
}

TEST_CASE("a positive LINGER ends the wait when it has passed") {
    context in;
    auto push = make(in, socket_type::push);
    push.set(option::linger, 60ms);
    push.connect(tcp.exact());
    push.send("to nobody");
    const auto start = clock::now();
    push.close();
    CHECK(clock::now() - start < deadline / 2);  // close itself never waits
    in.terminate();
    const auto taken = clock::now() - start;
    CHECK(taken >= 59ms);
    CHECK(taken < deadline);
}

TEST_CASE("a positive LINGER ends early when all is sent") {
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind("tcp://127.0.0.1:*");
    auto push = make(in, socket_type::push);
    push.set(option::linger, 10 * deadline);
    push.connect(pull.last_endpoint());
    push.send("x");
    const auto start = clock::now();
    push.close();
    CHECK(received(pull) == "x");
    pull.close();
    in.terminate();
    CHECK(clock::now() - start < deadline);
}

TEST_CASE("shutdown ends a sleeping receive") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(by.to_bind());
    sleeper<std::error_code> waiting([&] { return receive_error(pull); });
    CHECK(waiting.asleep());
    in.shutdown();
    CHECK(waiting.result() == errc::terminated);
}

TEST_CASE("shutdown ends a sleeping send") {
    context in;
    auto push = make(in, socket_type::push);
    const bool full = GENERATE(false, true);
    if (full) {
        push.connect(tcp.exact());
        fill(push, "x", 5000);
    }
    sleeper<std::error_code> waiting([&] {
        std::error_code error;
        push.send(message("x"), wait::as_set, error);
        return error;
    });
    CHECK(waiting.asleep());
    in.shutdown();
    CHECK(waiting.result() == errc::terminated);
}

TEST_CASE("shutdown ends a sleeping poller") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto other = make(in, socket_type::pull);
    pull.bind("tcp://127.0.0.1:*");
    poller both;
    both.add(pull, 0);
    both.add(other, 1);
    sleeper<std::error_code> waiting(
        [&] { return error_of([&](auto& error) { (void)both.wait(deadline, error); }); });
    CHECK(waiting.asleep());
    in.shutdown();
    CHECK(waiting.result() == errc::terminated);
}

TEST_CASE("shutdown ends every sleeper, on whichever socket") {
    context in;
    std::vector<zither::socket> sockets;
    std::vector<std::unique_ptr<sleeper<std::error_code>>> waiting;
    for (int i = 0; i < 4; ++i) sockets.push_back(make(in, socket_type::pull));
    for (auto& each : sockets) each.bind("tcp://127.0.0.1:*");
    for (int i = 0; i < 8; ++i)
        waiting.push_back(std::make_unique<sleeper<std::error_code>>(
            [&, i] { return receive_error(sockets[static_cast<std::size_t>(i) / 2]); }));
    for (auto& each : waiting) CHECK(each->asleep());
    in.shutdown();
    for (auto& each : waiting) CHECK(each->result() == errc::terminated);
}

TEST_CASE("after a shutdown every call says terminated, and close still works") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind("inproc://over");
    push.connect("inproc://over");
    push.send("unread");
    in.shutdown();
    CHECK(receive_error(pull) == errc::terminated);
    CHECK(error_of([&](auto& error) { push.send(message("x"), wait::never, error); }) == errc::terminated);
    CHECK(error_of([&](auto& error) { pull.bind("tcp://127.0.0.1:*", error); }) == errc::terminated);
    CHECK(error_of([&](auto& error) { push.connect("inproc://over", error); }) == errc::terminated);
    CHECK_THROWS_AS(zither::socket(in, socket_type::pull), std::system_error);
    pull.close();
    push.close();
    in.terminate();
}

TEST_CASE("terminate waits until the last socket is closed") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto idle = make(in, socket_type::dealer);
    pull.bind("tcp://127.0.0.1:*");
    std::atomic<bool> closed{false};
    sleeper<bool> terminating([&] {
        in.terminate();
        return closed.load();
    });
    CHECK(receive_error(pull) == errc::terminated);  // terminate shuts down first
    CHECK(terminating.asleep());
    pull.close();
    CHECK(terminating.asleep());
    closed = true;
    idle.close();
    CHECK(terminating.result());
}

TEST_CASE("terminate waits for what lingers") {
    context in;
    auto pull = make(in, socket_type::pull);
    const auto at = tcp.exact();
    auto push = make(in, socket_type::push);
    push.set(option::linger, forever);
    push.connect(at);
    push.send("first this");
    push.close();
    pull.bind(at);
    const auto heard = received(pull);
    CHECK(heard == "first this");
    pull.close();
    in.terminate();
}

TEST_CASE("a close in another thread ends a sleeping call") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind(by.to_bind());
    const bool sending = GENERATE(false, true);
    auto& used = sending ? push : pull;
    sleeper<std::error_code> waiting([&] {
        if (!sending) return receive_error(pull);
        return error_of([&](auto& error) { push.send(message("x"), wait::as_set, error); });
    });
    CHECK(waiting.asleep());
    used.close();
    CHECK(waiting.result() == errc::not_a_socket);
    CHECK(receive_error(used) == errc::not_a_socket);
}

TEST_CASE("a context and its sockets come and go many times") {
    for (int i = 0; i < 50; ++i) {
        context in;
        auto rep = make(in, socket_type::rep);
        auto req = make(in, socket_type::req);
        rep.bind(i % 2 ? "tcp://127.0.0.1:*" : "inproc://again");
        req.connect(rep.last_endpoint());
        req.send("?");
        CHECK(received(rep) == "?");
        rep.send("!");
        CHECK(received(req) == "!");
    }
}
