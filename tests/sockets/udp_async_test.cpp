// udp on a user's own loop, with no thread of ours and nobody who waits.
#include "zither/zither.hpp"

#include <catch2/catch.hpp>

#include <asio/io_context.hpp>

#include <string>
#include <vector>

using namespace zither;

TEST_CASE("a loop serves udp sockets") {
    asio::io_context loop;
    context in(loop);
    zither::socket dish(in, socket_type::dish), radio(in, socket_type::radio);
    dish.bind("udp://127.0.0.1:*");
    dish.join("g");
    radio.connect(dish.last_endpoint());

    std::vector<std::string> got;
    constexpr int count = 20;
    std::function<void(std::error_code, message)> on_message = [&](std::error_code error, message whole) {
        REQUIRE_FALSE(error);
        got.push_back(std::string(whole.group()) + ":" + std::string(whole.text()));
        if (got.size() < count) {
            message next("again");
            REQUIRE(next.set_group("g"));
            radio.async_send(std::move(next), [](std::error_code failed) { CHECK_FALSE(failed); });
            dish.async_receive(on_message);
        }
    };
    dish.async_receive(on_message);
    message first("first");
    REQUIRE(first.set_group("g"));
    radio.async_send(std::move(first), [](std::error_code failed) { CHECK_FALSE(failed); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (got.size() < count && std::chrono::steady_clock::now() < deadline) loop.run_one_until(deadline);
    REQUIRE(got.size() == count);
    CHECK(got.front() == "g:first");
    CHECK(got.back() == "g:again");
}

TEST_CASE("a dgram answers from a loop") {
    asio::io_context loop;
    context in(loop);
    zither::socket server(in, socket_type::dgram), client(in, socket_type::dgram);
    server.bind("udp://127.0.0.1:*");
    client.bind("udp://127.0.0.1:*");
    const auto address = server.last_endpoint().substr(6);
    server.async_receive_multipart([&](std::error_code error, multipart parts) {
        REQUIRE_FALSE(error);
        REQUIRE(parts.size() == 2);
        CHECK(parts[1].text() == "question");
        parts[1] = message("answer");
        server.async_send(std::move(parts), [](std::error_code failed) { CHECK_FALSE(failed); });
    });
    multipart question;
    question.emplace_back(std::string_view(address));
    question.emplace_back("question");
    client.async_send(std::move(question), [](std::error_code failed) { CHECK_FALSE(failed); });
    std::string answer;
    client.async_receive_multipart([&](std::error_code error, multipart parts) {
        REQUIRE_FALSE(error);
        answer = parts.at(1).text();
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (answer.empty() && std::chrono::steady_clock::now() < deadline) loop.run_one_until(deadline);
    CHECK(answer == "answer");
}
