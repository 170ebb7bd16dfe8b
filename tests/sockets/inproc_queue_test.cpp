#include "zither/sockets/inproc_queue.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>

using zither::zmtp::message;
using queue = zither::sockets::inproc_queue;

namespace {

// Inline, copied and handed bodies.
constexpr std::size_t sizes[] = {0, 1, 40, 41, 500, 4096, 4097, 100'000};

message part_of(std::size_t number, std::size_t size, bool more = false) {
    message made(std::string(size, static_cast<char>('a' + number % 26)));
    made.set_more(more);
    return made;
}

void put(queue& to, std::size_t number, std::size_t size = 5) {
    REQUIRE(to.append(part_of(number, size)));
    (void)to.commit();
}

std::string take(queue& from, bool streaming = false) {
    message part;
    REQUIRE(from.take(part, streaming));
    return std::string(part.text());
}

}  // namespace

TEST_CASE("an inproc queue gives messages of all sizes in order") {
    const bool streaming = GENERATE(false, true);
    queue one;
    std::size_t put_in = 0;
    for (int round = 0; round < 40; ++round)
        for (const auto size : sizes) put(one, put_in++, size);
    std::size_t taken = 0;
    for (int round = 0; round < 40; ++round)
        for (const auto size : sizes)
            REQUIRE(take(one, streaming) == std::string(size, static_cast<char>('a' + taken++ % 26)));
    message part;
    CHECK_FALSE(one.take(part, streaming));
    // One alone has no company to wait for.
    put(one, 3);
    CHECK(take(one, streaming) == "ddddd");
    CHECK(one.empty());
}

TEST_CASE("an inproc queue shows no part of a message before its last") {
    queue one;
    REQUIRE(one.append(part_of(0, 10, true)));
    CHECK(one.empty());
    REQUIRE(one.append(part_of(1, 10)));
    CHECK(one.empty());
    (void)one.commit();
    message part;
    REQUIRE(one.take(part));
    CHECK(part.more());
    CHECK_FALSE(one.empty());
    REQUIRE(one.take(part));
    CHECK_FALSE(part.more());
    CHECK(one.empty());
}

TEST_CASE("an inproc queue forgets what is rolled back, over many chunks") {
    queue one;
    for (const bool before : {false, true}) {
        if (before) put(one, 1);
        for (int i = 0; i < 100; ++i)
            for (const auto size : sizes) REQUIRE(one.append(part_of(2, size, true)));
        one.rollback();
        put(one, 3);
        if (before) CHECK(take(one) == "bbbbb");
        CHECK(take(one) == "ddddd");
        CHECK(one.empty());
    }
}

TEST_CASE("an inproc queue keeps bodies that a reader still holds") {
    queue one;
    std::vector<message> held;
    for (std::size_t i = 0; i < 500; ++i) {
        put(one, i, 1000);
        REQUIRE(one.take(held.emplace_back()));
    }
    for (std::size_t i = 0; i < held.size(); ++i)
        REQUIRE(held[i].text() == std::string(1000, static_cast<char>('a' + i % 26)));
}

TEST_CASE("an inproc queue tells a reader that waits, once") {
    queue one;
    REQUIRE(one.await_message());
    REQUIRE(one.append(part_of(0, 1)));
    CHECK(one.commit());
    CHECK_FALSE(one.await_message());  // there is one
    REQUIRE(one.append(part_of(0, 1)));
    CHECK_FALSE(one.commit());
}

TEST_CASE(
    "an inproc queue makes room in steps of half the mark, and tells a writer that waits once for each") {
    const std::size_t mark = GENERATE(as<std::size_t>{}, 1, 2, 3, 10, 1000, 2001);
    const std::size_t step = (mark + 1) / 2;
    queue one;
    for (std::size_t i = 0; i < mark; ++i) {
        REQUIRE(one.has_room(mark));
        put(one, i);
    }
    for (int round = 0; round < 3; ++round) {
        CHECK_FALSE(one.has_room(mark));
        CHECK(one.unread(mark) == mark);
        for (std::size_t i = 1; i <= step; ++i) {
            REQUIRE(one.has_room(mark) == false);
            (void)take(one);
            REQUIRE(one.made_room(mark) == (i == step));
        }
        for (std::size_t i = 0; i < step; ++i) {
            REQUIRE(one.has_room(mark));
            put(one, i);
        }
    }
}

TEST_CASE(
    "an inproc queue's writer counts by a mark that became smaller, and is told by a reader that knows the "
    "old") {
    queue one;
    for (std::size_t i = 0; i < 100; ++i) put(one, i);
    for (std::size_t i = 0; i < 95; ++i) {
        (void)take(one);
        REQUIRE_FALSE(one.made_room(1000));
    }
    CHECK_FALSE(one.has_room(4));  // 95 of 100 are gone, in steps of 2 it is 94
    CHECK(one.unread(4) == 6);
    for (std::size_t i = 0; i < 5; ++i) {
        (void)take(one);
        REQUIRE_FALSE(one.made_room(1000));
    }
    CHECK(one.writer_waits());
    CHECK_FALSE(one.writer_waits());
    CHECK(one.has_room(4));
    CHECK(one.unread(4) == 0);
}

TEST_CASE("an inproc queue without a mark has room for ever, and counts exactly") {
    queue one;
    for (std::size_t i = 0; i < 3000; ++i) {
        REQUIRE(one.has_room(0));
        put(one, i);
    }
    (void)take(one);
    CHECK_FALSE(one.made_room(0));
    CHECK(one.unread(0) == 2999);
    CHECK(one.messages() == 2999);
}

TEST_CASE("an inproc queue that replaces gives the latest message") {
    queue one;
    REQUIRE(one.await_message());
    const auto latest = [&](std::size_t number) {
        std::vector<message> parts;
        parts.push_back(part_of(number, 3, true));
        parts.push_back(part_of(number, 50));
        return one.replace(std::move(parts));
    };
    CHECK(latest(0));
    CHECK_FALSE(latest(1));
    CHECK_FALSE(latest(2));
    CHECK(take(one) == "ccc");
    CHECK_FALSE(one.empty());
    (void)latest(3);  // the one begun is whole
    CHECK(take(one) == std::string(50, 'c'));
    CHECK(take(one) == "ddd");
    CHECK(take(one) == std::string(50, 'd'));
    CHECK(one.empty());
}

TEST_CASE("an inproc queue between two threads loses nothing and nobody waits in vain") {
    constexpr std::size_t count = 100'000, mark = 100;
    const bool streaming = GENERATE(false, true);
    queue one;
    std::atomic<int> message_told{0}, room_told{0};
    const auto wait_for = [](std::atomic<int>& told) {
        told.wait(0);
        told.store(0);
    };
    const auto tell = [](std::atomic<int>& whom) {
        whom.store(1);
        whom.notify_one();
    };
    std::thread writer([&] {
        for (std::size_t i = 0; i < count; ++i) {
            while (!one.has_room(mark)) wait_for(room_told);
            message part(std::to_string(i) + std::string(i % 3 == 0 ? 60 : 0, '.'));
            if (!one.append(std::move(part))) std::abort();
            if (one.commit()) tell(message_told);
        }
    });
    for (std::size_t i = 0; i < count; ++i) {
        message part;
        while (!one.take(part, streaming)) {
            if (one.writer_waits()) tell(room_told);
            if (one.await_message()) wait_for(message_told);
        }
        if (one.made_room(mark)) tell(room_told);
        REQUIRE(std::stoul(std::string(part.text())) == i);
    }
    writer.join();
    CHECK(one.empty());
}
