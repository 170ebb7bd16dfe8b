#include "zither/transport/backlog.hpp"

#include <catch2/catch.hpp>

using namespace zither;
using transport::backlog;
using transport::lane;

namespace {

void write(lane& to, int messages) {
    for (int i = 0; i < messages; ++i) REQUIRE(to.append(zmtp::message("m")));
}

void take(lane& from, int messages) {
    zmtp::message part;
    for (int i = 0; i < messages; ++i) REQUIRE(from.take(part));
}

}  // namespace

TEST_CASE("a writer at its mark goes on when half the mark has left, and not before") {
    lane queue;
    backlog counted;
    write(queue, 9);
    CHECK_FALSE(counted.full(queue, 10));
    write(queue, 1);
    CHECK(counted.full(queue, 10));
    take(queue, 4);
    CHECK_FALSE(counted.shrink(queue, 10));
    CHECK(counted.full(queue, 10));
    CHECK(counted.messages(queue) == 10);
    take(queue, 1);
    CHECK(counted.shrink(queue, 10));
    CHECK_FALSE(counted.shrink(queue, 10));
    CHECK_FALSE(counted.full(queue, 10));
    CHECK(counted.messages(queue) == 5);
}

TEST_CASE("a mark of one is exact, and a mark of zero is none") {
    lane queue;
    backlog counted;
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(counted.full(queue, 1));
        write(queue, 1);
        CHECK(counted.full(queue, 1));
        take(queue, 1);
        CHECK(counted.shrink(queue, 1));
    }
    write(queue, 1000);
    CHECK_FALSE(counted.full(queue, 0));
}

TEST_CASE("an empty lane counts for nothing, and a lower mark does not close it") {
    lane queue;
    backlog counted;
    write(queue, 400);
    CHECK_FALSE(counted.full(queue, 1000));
    take(queue, 400);
    CHECK_FALSE(counted.shrink(queue, 1000));
    CHECK(counted.messages(queue) == 0);
    CHECK_FALSE(counted.full(queue, 10));
}
