// The asynchronous face: on a user's own loop, with no thread of ours.
#include "zither/zither.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <optional>
#include <string>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

using namespace zither;

namespace {

constexpr int round_trips = 200;
// A test that hangs is a failure: no loop runs longer.
constexpr auto deadline = std::chrono::seconds(20);

std::size_t threads_of_this_process() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/task")) ++count;
    return count;
}

}  // namespace

#if defined(ASIO_HAS_CO_AWAIT)

namespace {

asio::awaitable<void> echo(zither::socket& server) {
    for (;;) {
        auto request = co_await server.async_receive_multipart(asio::use_awaitable);
        const bool last = request.back().text() == "end";
        co_await server.async_send(std::move(request), asio::use_awaitable);
        if (last) co_return;
    }
}

asio::awaitable<void> ask(zither::socket& client, int& answered) {
    for (int i = 0; i < round_trips; ++i) {
        const auto text = i + 1 < round_trips ? std::to_string(i) : std::string("end");
        co_await client.async_send(message(text), asio::use_awaitable);
        const auto reply = co_await client.async_receive(asio::use_awaitable);
        if (reply.text() != text) co_return;
        ++answered;
    }
}

}  // namespace

TEST_CASE("a co_await echo server answers a co_await client on one loop") {
    const std::string endpoint = GENERATE("tcp://127.0.0.1:*", "ipc://*", "inproc://echo");
    const auto threads = threads_of_this_process();
    asio::io_context loop;
    int answered = 0;
    {
        context in(loop);
        zither::socket server(in, socket_type::rep);
        zither::socket client(in, socket_type::req);
        server.bind(endpoint);
        client.connect(server.last_endpoint());
        asio::co_spawn(loop, echo(server), asio::detached);
        asio::co_spawn(loop, ask(client, answered), [&](std::exception_ptr) { loop.stop(); });
        loop.run_for(deadline);
        CHECK(threads_of_this_process() == threads);
    }
    CHECK(answered == round_trips);
}

TEST_CASE("an awaited receive on a terminated context throws") {
    asio::io_context loop;
    context in(loop);
    zither::socket idle(in, socket_type::pull);
    idle.bind("inproc://idle");
    std::error_code seen;
    asio::co_spawn(
        loop, [&]() -> asio::awaitable<void> { (void)co_await idle.async_receive(asio::use_awaitable); },
        [&](std::exception_ptr thrown) {
            try {
                if (thrown) std::rethrow_exception(thrown);
            } catch (const std::system_error& error) {
                seen = error.code();
            }
            idle.close();
        });
    loop.poll();
    in.shutdown();
    loop.run_for(deadline);
    CHECK(seen == errc::terminated);
}

#endif

TEST_CASE("operations complete in the order of their start, with callbacks") {
    const auto threads = threads_of_this_process();
    asio::io_context loop;
    context in(loop);
    zither::socket push(in, socket_type::push);
    zither::socket pull(in, socket_type::pull);
    pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.last_endpoint());
    std::string received;
    for (int i = 0; i < 5; ++i)
        pull.async_receive([&](std::error_code error, message part) {
            REQUIRE_FALSE(error);
            received += part.text();
            if (received.size() == 5) loop.stop();
        });
    int sent = 0;
    for (const auto* text : {"a", "b", "c", "d", "e"})
        push.async_send(message(text), [&](std::error_code error) {
            REQUIRE_FALSE(error);
            ++sent;
        });
    CHECK(sent == 0);  // never from within the call that starts it
    loop.run_for(deadline);
    CHECK(received == "abcde");
    CHECK(sent == 5);
    CHECK(threads_of_this_process() == threads);
}

TEST_CASE("a handler runs on the executor it is bound to") {
    asio::io_context sockets_loop;
    asio::io_context handlers_loop;
    context in(sockets_loop);
    zither::socket one(in, socket_type::pair);
    zither::socket other(in, socket_type::pair);
    one.bind("inproc://pair");
    other.connect("inproc://pair");
    std::optional<std::string> received;
    one.async_receive(asio::bind_executor(handlers_loop, [&](std::error_code, message part) {
        received = part.text();
        CHECK(handlers_loop.get_executor().running_in_this_thread());
    }));
    other.send("here");
    while (!received && sockets_loop.poll_one() + handlers_loop.poll_one() > 0) {
    }
    CHECK(received == "here");
}

TEST_CASE("a cancellation slot ends one operation and leaves the others") {
    asio::io_context loop;
    context in(loop);
    zither::socket pull(in, socket_type::pull);
    zither::socket push(in, socket_type::push);
    pull.bind("inproc://work");
    push.connect("inproc://work");
    asio::cancellation_signal stop;
    std::error_code first;
    std::string second;
    pull.async_receive(
        asio::bind_cancellation_slot(stop.slot(), [&](std::error_code error, message) { first = error; }));
    pull.async_receive([&](std::error_code, message part) {
        second = part.text();
        loop.stop();
    });
    stop.emit(asio::cancellation_type::terminal);
    push.send("for the second");
    loop.run_for(deadline);
    CHECK(first == asio::error::operation_aborted);
    CHECK(second == "for the second");
}

TEST_CASE("cancel and close end waiting operations") {
    asio::io_context loop;
    context in(loop);
    zither::socket pull(in, socket_type::pull);
    std::vector<std::error_code> seen;
    const auto note = [&](std::error_code error, message) { seen.push_back(error); };
    pull.bind("tcp://127.0.0.1:*");
    pull.async_receive(note);
    pull.cancel();
    pull.async_receive(note);
    pull.close();
    pull.async_receive(note);
    loop.run_for(deadline);
    CHECK(loop.stopped());  // no work is left once the socket is closed
    REQUIRE(seen.size() == 3);
    CHECK(seen[0] == asio::error::operation_aborted);
    CHECK(seen[1] == asio::error::operation_aborted);
    CHECK(seen[2] == errc::not_a_socket);
}

TEST_CASE("a loop's run returns when its last socket is closed") {
    asio::io_context loop;
    context in(loop);
    std::optional<zither::socket> pull(std::in_place, in, socket_type::pull);
    std::optional<zither::socket> push(std::in_place, in, socket_type::push);
    pull->bind("tcp://127.0.0.1:*");
    push->connect(pull->last_endpoint());
    pull->async_receive([&](std::error_code, message) {
        push.reset();
        pull.reset();
    });
    push->async_send(message("last"), [](std::error_code) {});
    loop.run_for(deadline);
    CHECK(loop.stopped());
    CHECK_FALSE(pull);
}

TEST_CASE("async_send waits for room and goes on when there is some") {
    asio::io_context loop;
    context in(loop);
    zither::socket push(in, socket_type::push);
    zither::socket pull(in, socket_type::pull);
    push.set(option::send_high_water_mark, 1);
    pull.set(option::receive_high_water_mark, 1);
    pull.bind("inproc://narrow");
    push.connect("inproc://narrow");
    int sent = 0;
    for (int i = 0; i < 4; ++i) push.async_send(message(std::to_string(i)), [&](std::error_code) { ++sent; });
    loop.poll();
    CHECK(sent == 2);  // one in each half of the pipe
    for (int i = 0; i < 4; ++i) {
        while (true) {
            std::error_code error;
            const auto part = pull.receive(wait::never, error);
            if (!error) {
                CHECK(part.text() == std::to_string(i));
                break;
            }
            REQUIRE(loop.poll_one() > 0);
        }
    }
    loop.poll();
    CHECK(sent == 4);
}

TEST_CASE("asynchronous operations also run on a context's own threads") {
    context in;
    zither::socket rep(in, socket_type::rep);
    zither::socket req(in, socket_type::req);
    rep.bind("tcp://127.0.0.1:*");
    req.connect(rep.last_endpoint());
    for (int i = 0; i < round_trips; ++i) {
        auto request = rep.async_receive(asio::use_future);
        req.async_send(message("question"), asio::use_future).get();
        CHECK(request.get().text() == "question");
        auto reply = req.async_receive(asio::use_future);
        rep.send("answer");
        CHECK(reply.get().text() == "answer");
    }
}
