#include "zither/transport/backoff.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <random>

using namespace zither::transport;
using namespace std::chrono_literals;

namespace {

/// The least and the most that the next wait can be, as a copy would choose it.
std::pair<std::chrono::milliseconds, std::chrono::milliseconds> bounds(const backoff& of) {
    auto least = std::chrono::milliseconds::max();
    auto most = 0ms;
    std::mt19937 random(1);
    for (int i = 0; i < 5000; ++i) {
        auto copy = of;
        const auto wait = copy.next(static_cast<std::uint32_t>(random()));
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    return {least, most};
}

}  // namespace

TEST_CASE("without a cap the wait stays between the interval and its double") {
    // libzmq: the interval plus a random part of the interval.
    backoff waits(100ms, 0ms);
    for (int round = 0; round < 5; ++round) {
        const auto [least, most] = bounds(waits);
        CHECK(least == 100ms);
        CHECK(most == 199ms);
        (void)waits.next(0);
    }
}

TEST_CASE("with a cap the interval doubles up to it") {
    backoff waits(100ms, 1000ms);
    for (const auto interval : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms, 1000ms}) {
        CAPTURE(interval.count());
        const auto [least, most] = bounds(waits);
        CHECK(most == interval);
        CHECK(least >= interval / 2);
        CHECK(least <= interval / 2 + 1ms);
        (void)waits.next(0);
    }
}

TEST_CASE("no wait is beyond the cap, whatever the dice say") {
    for (const std::uint32_t random : {0U, 1U, 0x7fffffffU, 0xffffffffU}) {
        backoff waits(7ms, 1000ms);
        for (int round = 0; round < 100; ++round) {
            const auto wait = waits.next(random);
            CHECK(wait >= 0ms);
            CHECK(wait <= 1000ms);
        }
    }
}

TEST_CASE("a cap below the interval is as none") {
    const auto [least, most] = bounds(backoff(100ms, 50ms));
    CHECK(least >= 100ms);
    CHECK(most <= 199ms);
}

TEST_CASE("a success begins anew") {
    backoff waits(100ms, 10000ms);
    for (int round = 0; round < 5; ++round) (void)waits.next(0);
    CHECK(bounds(waits).first > 1000ms);
    waits.reset();
    CHECK(bounds(waits).second == 100ms);
}

TEST_CASE("an interval of zero waits for nothing") {
    backoff waits(0ms, 1000ms);
    for (int round = 0; round < 3; ++round) CHECK(waits.next(0xffffffff) == 0ms);
    CHECK(backoff(0ms, 0ms).next(5) == 0ms);
}

TEST_CASE("the longest intervals do not overflow") {
    const std::chrono::milliseconds longest(std::numeric_limits<int>::max());
    backoff waits(longest, longest);
    for (int round = 0; round < 100; ++round) {
        const auto wait = waits.next(0xffffffff);
        CHECK(wait >= longest / 2);
        CHECK(wait <= 2 * longest);
    }
    backoff slow(1ms, longest);
    for (int round = 0; round < 100; ++round) CHECK(slow.next(0xffffffff) <= longest);
}

TEST_CASE("a thousand clients do not come back together") {
    std::mt19937 random(3);
    std::vector<int> at(400);
    for (int client = 0; client < 1000; ++client) {
        backoff waits(100ms, 800ms);
        for (int round = 0; round < 3; ++round) (void)waits.next(static_cast<std::uint32_t>(random()));
        ++at.at(static_cast<std::size_t>(waits.next(static_cast<std::uint32_t>(random())).count()) % 400);
    }
    CHECK(*std::max_element(at.begin(), at.end()) < 50);
}
