#include "zither/transport/write_credit.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace zither::transport;
using zither::zmtp::time_point;

namespace {

constexpr auto interval = 8us;

/// Writes for as long as it may; gives how often that was.
int write_out(write_credit& by, int most, time_point now, int price = 1) {
    int times = 0;
    for (; by.left(most, now, price); ++times) {
        by.spend(price - 1);
        by.wrote(now);
    }
    return times;
}

}  // namespace

TEST_CASE("a flood has so many writes, and time gives them back one by one") {
    write_credit credit(interval);
    auto now = time_point(1h);
    CHECK(write_out(credit, 8, now) == 8);
    now += interval - 1ns;
    CHECK(write_out(credit, 8, now) == 0);
    now += 1ns;
    CHECK(write_out(credit, 8, now) == 1);
    CHECK(write_out(credit, 8, now + 3 * interval) == 3);
    CHECK(write_out(credit, 8, now + 1h) == 8);
}

TEST_CASE("a steady sender never runs out") {
    write_credit credit(interval);
    auto now = time_point(1h);
    for (int i = 0; i < 1000; ++i, now += interval) {
        REQUIRE(credit.left(8, now));
        credit.wrote(now);
    }
}

TEST_CASE("while messages are unread a write costs as much as many") {
    write_credit credit(interval);
    auto now = time_point(1h);
    CHECK(write_out(credit, credit_max, now, price_while_unread) == credit_max / price_while_unread);
    now += interval;
    CHECK(write_out(credit, credit_max, now, price_while_unread) == 0);
    CHECK(write_out(credit, credit_max, now) == 1);
    CHECK(write_out(credit, credit_max, now + price_while_unread * interval, price_while_unread) == 1);
}

TEST_CASE("who writes batch after batch has nothing to spare for an answer while messages are unread") {
    write_credit credit(interval);
    auto now = time_point(1h);
    write_out(credit, credit_max, now);
    for (int i = 0; i < 1000; ++i) {
        now += interval;
        REQUIRE_FALSE(credit.left(credit_max, now, price_while_unread));
        credit.wrote(now);
    }
    now += price_while_unread * interval;
    CHECK(credit.left(credit_max, now, price_while_unread));
}

TEST_CASE("the time that a write takes gives nothing back") {
    write_credit credit(interval);
    auto now = time_point(1h);
    write_out(credit, 8, now);
    now += 20 * interval;
    credit.wrote(now);
    CHECK(write_out(credit, 8, now) == 0);
    CHECK(write_out(credit, 8, now + 2 * interval) == 2);
}

TEST_CASE("who had to wait may write again to each of a connection's share") {
    write_credit credit(interval);
    const auto now = time_point(1h);
    CHECK(write_out(credit, credit_max, now) == credit_max);
    credit.rested();
    CHECK(write_out(credit, credit_max, now) == credit_each);
}

TEST_CASE("fewer connections have less credit, whatever was spent for more") {
    write_credit credit(interval);
    const auto now = time_point(1h);
    write_out(credit, credit_max, now);
    CHECK(write_out(credit, 8, now) == 0);
    CHECK(write_out(credit, 8, now + interval) == 1);
}
