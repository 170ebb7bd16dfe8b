#include "zither/transport/chunk_pool.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

using namespace zither;
using namespace zither::transport;

TEST_CASE("a chunk comes with one reference and room for a batch") {
    auto* chunk = take_chunk();
    REQUIRE(chunk);
    CHECK(chunk->unique());
    CHECK(chunk->capacity() == chunk_size);
    std::memset(chunk->data(), 0x5a, chunk->capacity());
    chunk->release();
}

TEST_CASE("a chunk that came back is handed out again, with one reference") {
    std::set<zmtp::buffer*> given;
    for (int i = 0; i < 3; ++i) given.insert(take_chunk());
    REQUIRE(given.size() == 3);
    for (auto* chunk : given) chunk->release();
    std::set<zmtp::buffer*> again;
    for (int i = 0; i < 3; ++i) again.insert(take_chunk());
    CHECK(again == given);
    for (auto* chunk : again) {
        CHECK(chunk->unique());
        chunk->release();
    }
}

TEST_CASE("a chunk comes back with its last reference, not before") {
    auto* chunk = take_chunk();
    chunk->retain();
    chunk->release();
    auto* other = take_chunk();
    CHECK(other != chunk);
    CHECK(chunk->unique());
    chunk->release();
    other->release();
}

TEST_CASE("a chunk whose references went together comes back with one") {
    auto* chunk = take_chunk();
    chunk->retain(4);
    chunk->release(5);
    auto* again = take_chunk();
    CHECK(again == chunk);
    CHECK(again->unique());
    again->release();
}

TEST_CASE("a message may be the last to hold a chunk") {
    auto* chunk = take_chunk();
    {
        const zmtp::message part(chunk, chunk->data(), 100);
        CHECK(chunk->unique());
    }
    auto* again = take_chunk();
    CHECK(again == chunk);
    again->release();
}

TEST_CASE("more chunks than the pool keeps are freed") {
    // A sanitizer that looks for leaks sees those the pool forgot.
    std::vector<zmtp::buffer*> many;
    for (int i = 0; i < 200; ++i) many.push_back(take_chunk());
    CHECK(std::set<zmtp::buffer*>(many.begin(), many.end()).size() == many.size());
    for (auto* chunk : many) chunk->release();
    auto* after = take_chunk();
    CHECK(after->unique());
    after->release();
}

TEST_CASE("threads share the pool") {
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number)
        threads.emplace_back([number] {
            for (int round = 0; round < 2000; ++round) {
                auto* chunk = take_chunk();
                auto* other = take_chunk();
                std::memset(chunk->data(), number, 64);
                std::memset(other->data(), number, 64);
                if (chunk->data()[63] != static_cast<std::byte>(number) || chunk == other) std::abort();
                chunk->release();
                other->release();
            }
        });
    for (auto& each : threads) each.join();
    SUCCEED("no chunk was given to two threads");
}
