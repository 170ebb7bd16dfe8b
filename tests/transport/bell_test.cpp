#include "zither/transport/bell.hpp"

#include <catch2/catch.hpp>

#include <thread>

#include <fcntl.h>
#include <poll.h>

using namespace zither::transport;

namespace {

/// Is it readable within `wait_ms`?
bool rings(const bell& one, int wait_ms = 0) {
    pollfd look{one.descriptor(), POLLIN, 0};
    return ::poll(&look, 1, wait_ms) == 1 && (look.revents & POLLIN);
}

}  // namespace

TEST_CASE("a new bell is silent") {
    const bell one;
    REQUIRE(one.descriptor() >= 0);
    CHECK_FALSE(rings(one));
    one.silence();
    CHECK_FALSE(rings(one));
}

TEST_CASE("a bell rings until it is silenced") {
    const bell one;
    one.ring();
    CHECK(rings(one));
    CHECK(rings(one));
    one.silence();
    CHECK_FALSE(rings(one));
    one.ring();
    CHECK(rings(one));
}

TEST_CASE("many rings are silenced at once") {
    const bell one;
    for (int i = 0; i < 100000; ++i) one.ring();
    CHECK(rings(one));
    one.silence();
    CHECK_FALSE(rings(one));
}

TEST_CASE("a bell wakes another thread that waits") {
    const bell one;
    bool woken = false;
    std::thread other([&] { woken = rings(one, 10000); });
    one.ring();
    other.join();
    CHECK(woken);
}

TEST_CASE("a bell's descriptor never blocks and is not inherited") {
    const bell one;
    CHECK(::fcntl(one.descriptor(), F_GETFL) & O_NONBLOCK);
    CHECK(::fcntl(one.descriptor(), F_GETFD) & FD_CLOEXEC);
}

TEST_CASE("a bell closes its descriptor") {
    int number = -1;
    {
        const bell one;
        number = one.descriptor();
        CHECK(::fcntl(number, F_GETFD) >= 0);
    }
    CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("each thread has a bell of its own, and keeps it") {
    auto& mine = bell::mine();
    CHECK(&mine == &bell::mine());
    const bell* theirs = nullptr;
    std::thread other([&] {
        theirs = &bell::mine();
        bell::mine().ring();
    });
    other.join();
    CHECK(theirs != &mine);
    CHECK_FALSE(rings(mine));
}
