#include "zither/zmtp/message.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace zither::zmtp;

namespace {

/// Foreign memory that counts how often it was let go.
struct foreign {
    std::string memory;
    int freed = 0;
    void* last = nullptr;

    static void release(void* data, void* hint) {
        auto& self = *static_cast<foreign*>(hint);
        ++self.freed;
        self.last = data;
    }
    void give_to(message& to) { REQUIRE(message::adopt(to, memory.data(), memory.size(), release, this)); }
};

const std::string large(1000, 'L');

bool lies_inside(const message& part) {
    const auto* from = reinterpret_cast<const std::byte*>(&part);
    return part.data() >= from && part.data() < from + sizeof part;
}

/// Properties whose references can be counted from outside: freed memory shows under a sanitizer.
const properties* some_properties() { return properties::create({{"User-Id", "anna"}}); }

}  // namespace

TEST_CASE("a message is 64 bytes, as zmq_msg_t is") {
    CHECK(sizeof(message) == 64);
    CHECK(alignof(message) <= alignof(void*));
}

TEST_CASE("a new message is empty, valid and alone") {
    const message part;
    CHECK(part.size() == 0);
    CHECK(part.empty());
    CHECK(part.valid());
    CHECK_FALSE(part.more());
    CHECK_FALSE(part.shared());
    CHECK(part.peer() == nullptr);
    CHECK(part.owner() == nullptr);
    CHECK(part.routing_id() == 0);
}

TEST_CASE("bodies up to forty octets live inside the message") {
    const auto size = GENERATE(as<std::size_t>(), 0, 1, 33, 39, 40);
    const std::string body(size, 'x');
    const message part(body);
    CHECK(message::inline_max == 40);
    CHECK(part.text() == body);
    CHECK(part.size() == size);
    CHECK(part.owner() == nullptr);
    CHECK(lies_inside(part));
}

TEST_CASE("larger bodies live in a counted buffer") {
    const auto size = GENERATE(as<std::size_t>(), 41, 255, 256, 65536);
    const std::string body(size, 'x');
    message part(body);
    CHECK(part.text() == body);
    REQUIRE(part.owner());
    CHECK(part.owner()->unique());
    CHECK_FALSE(lies_inside(part));
}

TEST_CASE("a body is copied in and may be written") {
    std::string body = "before";
    message part(body);
    body = "change";
    CHECK(part.text() == "before");
    part.data()[0] = std::byte{'B'};
    CHECK(part.text() == "Before");

    message made(100);
    CHECK(made.size() == 100);
    for (auto i = 0; i < 100; ++i) made.data()[i] = static_cast<std::byte>(i);
    CHECK(made.body()[99] == std::byte{99});
}

TEST_CASE("a body may hold zeros") {
    const std::string body("a\0b", 3);
    CHECK(message(body).text() == body);
}

TEST_CASE("a size no memory can hold is refused without harm") {
    message part("kept");
    CHECK_FALSE(message::create(part, std::numeric_limits<std::size_t>::max()));
    CHECK_FALSE(message::create(part, std::numeric_limits<std::size_t>::max() - 8));
    CHECK(part.text() == "kept");
    CHECK_THROWS_AS(message(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
}

TEST_CASE("moving a message moves its body and leaves an empty one") {
    const auto body = GENERATE(as<std::string>(), "small", large);
    message from(body);
    from.set_more(true);
    from.set_routing_id(7);
    const auto* owner = from.owner();

    message to(std::move(from));
    CHECK(to.text() == body);
    CHECK(to.more());
    CHECK(to.routing_id() == 7);
    CHECK(to.owner() == owner);
    CHECK(from.valid());
    CHECK(from.empty());
    CHECK_FALSE(from.more());
    CHECK(from.owner() == nullptr);

    message last(large);
    last = std::move(to);
    CHECK(last.text() == body);
    CHECK(to.empty());

    auto& same = last;
    last = std::move(same);
    CHECK(last.text() == body);
}

TEST_CASE("foreign memory is used in place and freed exactly once") {
    foreign theirs{"their own memory"};
    {
        message part;
        theirs.give_to(part);
        CHECK(part.text() == "their own memory");
        CHECK(static_cast<void*>(part.data()) == theirs.memory.data());
        message moved(std::move(part));
        CHECK(theirs.freed == 0);
        message twin = moved.share();
        moved = message("other");
        CHECK(theirs.freed == 0);
        CHECK(twin.text() == "their own memory");
    }
    CHECK(theirs.freed == 1);
    CHECK(theirs.last == theirs.memory.data());
}

TEST_CASE("foreign memory is freed when it is assigned over, closed or made anew") {
    foreign theirs{"their own memory"};
    message part;
    theirs.give_to(part);
    SECTION("assigned over") { part = message(); }
    SECTION("closed") { part.close(); }
    SECTION("made anew") { REQUIRE(message::create(part, 3)); }
    SECTION("adopted over") {
        foreign others{"others"};
        others.give_to(part);
        CHECK(theirs.freed == 1);
        part = message();
        CHECK(others.freed == 1);
    }
    CHECK(theirs.freed == 1);
}

TEST_CASE("foreign memory may have no free function and no size") {
    char memory[8] = "seven..";
    message part;
    REQUIRE(message::adopt(part, memory, 7, nullptr, nullptr));
    CHECK(part.text() == "seven..");
    foreign theirs;
    REQUIRE(message::adopt(part, nullptr, 0, foreign::release, &theirs));
    CHECK(part.empty());
    part = message();
    CHECK(theirs.freed == 1);
    CHECK(theirs.last == nullptr);
}

TEST_CASE("a borrowed body is the caller's until the message owns it") {
    std::string memory(100, 'b');
    message part;
    message::borrow(part, memory.data(), memory.size());
    part.set_more(true);
    CHECK(part.borrowed());
    CHECK(static_cast<void*>(part.data()) == memory.data());
    message moved(std::move(part));
    CHECK(moved.borrowed());
    CHECK_FALSE(part.borrowed());
    REQUIRE(moved.own());
    memory.assign(memory.size(), 'x');
    CHECK(moved.text() == std::string(100, 'b'));
    CHECK(moved.more());
    CHECK_FALSE(moved.borrowed());
    CHECK(moved.owner()->unique());
    const auto* where = moved.data();
    REQUIRE(moved.own());
    CHECK(moved.data() == where);
}

TEST_CASE("a borrowed body that is given up leaves the caller's memory alone") {
    std::string memory(100, 'b');
    message part;
    message::borrow(part, memory.data(), memory.size());
    part = message("other");
    CHECK_FALSE(part.borrowed());
    REQUIRE(part.own());
    CHECK(part.text() == "other");
    CHECK(memory == std::string(100, 'b'));
}

TEST_CASE("a small body is copied by sharing") {
    message part("small");
    part.set_more(true);
    message twin = part.share();
    CHECK_FALSE(part.shared());
    CHECK_FALSE(twin.shared());
    CHECK(twin.more());
    part.data()[0] = std::byte{'S'};
    CHECK(twin.text() == "small");
}

TEST_CASE("a large body is one body of two messages") {
    message part(large);
    part.set_more(true);
    part.set_routing_id(9);
    {
        message twin = part.share();
        CHECK(part.shared());
        CHECK(twin.shared());
        CHECK(twin.text() == large);
        CHECK(twin.data() == part.data());
        CHECK(twin.more());
        CHECK(twin.routing_id() == 9);
        CHECK(part.owner()->references() == 2);
        message third = twin.share();
        CHECK(part.owner()->references() == 3);
    }
    CHECK(part.owner()->references() == 1);
    CHECK(part.text() == large);
}

TEST_CASE("the last of the sharers frees, in whatever order they go") {
    const int first = GENERATE(0, 1, 2);
    foreign theirs{std::string(100, 'f')};
    std::vector<message> holders(3);
    theirs.give_to(holders[0]);
    holders[1] = holders[0].share();
    holders[2] = holders[1].share();
    for (int i = 0; i < 3; ++i) {
        CHECK(theirs.freed == 0);
        holders[static_cast<std::size_t>((first + i) % 3)] = message();
    }
    CHECK(theirs.freed == 1);
}

TEST_CASE("sharers may live and die on two threads") {
    for (int round = 0; round < 200; ++round) {
        foreign theirs{std::string(100, 'f')};
        message part;
        theirs.give_to(part);
        std::thread other([twin = part.share()]() mutable {
            message third = twin.share();
            twin = message();
        });
        part = message();
        other.join();
        REQUIRE(theirs.freed == 1);
    }
}

TEST_CASE("a slice of a buffer takes over one reference") {
    auto* block = buffer::allocate(100);
    REQUIRE(block);
    CHECK(block->capacity() == 100);
    std::memcpy(block->data(), "0123456789", 10);
    {
        message part(block->retain(), block->data() + 2, 3);
        CHECK(part.text() == "234");
        CHECK(block->references() == 2);
    }
    CHECK(block->unique());
    message part(block, block->data(), 1);
    auto* given = part.release_owner();
    CHECK(given == block);
    CHECK(part.empty());
    CHECK(block->unique());
    block->release();
}

TEST_CASE("several references come and go at once") {
    foreign theirs{"memory"};
    auto* block = buffer::adopt(theirs.memory.data(), theirs.memory.size(), foreign::release, &theirs);
    REQUIRE(block);
    block->retain(3);
    CHECK(block->references() == 4);
    block->release(3);
    CHECK(theirs.freed == 0);
    block->release();
    CHECK(theirs.freed == 1);
}

TEST_CASE("MORE is set and cleared alone") {
    message part(large);
    message twin = part.share();
    part.set_more(true);
    CHECK(part.more());
    CHECK(part.shared());
    CHECK_FALSE(twin.more());
    part.set_more(false);
    CHECK_FALSE(part.more());
    CHECK(part.shared());
}

TEST_CASE("a closed message is no longer valid and may be made anew") {
    const auto body = GENERATE(as<std::string>(), "small", large);
    message part(body);
    part.close();
    CHECK_FALSE(part.valid());
    part = message("again");
    CHECK(part.valid());
    CHECK(part.text() == "again");
}

TEST_CASE("memory that never was a message is not valid") {
    alignas(message) unsigned char zeros[sizeof(message)] = {};
    CHECK_FALSE(reinterpret_cast<const message*>(zeros)->valid());
}

TEST_CASE("a message keeps its peer's properties for as long as it needs them") {
    const auto* known = some_properties();
    message part("x");
    part.set_peer(known);
    known->release();
    message twin = part.share();
    part = message();
    CHECK(part.peer() == nullptr);
    message moved(std::move(twin));
    REQUIRE(moved.peer());
    REQUIRE(moved.peer()->find("User-Id"));
    CHECK(*moved.peer()->find("User-Id") == "anna");
    CHECK(moved.peer()->find("User-id") == nullptr);
    CHECK(moved.peer()->find("") == nullptr);
    moved.set_peer(moved.peer());
    CHECK(*moved.peer()->find("User-Id") == "anna");
    moved.set_peer(nullptr);
    CHECK(moved.peer() == nullptr);
    CHECK(moved.text() == "x");
}

TEST_CASE("a message that is closed lets go of its peer's properties") {
    const auto* known = some_properties();
    message part(large);
    part.set_peer(known);
    part.close();
    CHECK(known->entries().size() == 1);
    known->release();
}

TEST_CASE("a message that looks into the same buffer again keeps its one reference") {
    auto* const chunk = buffer::allocate(100);
    auto* const other = buffer::allocate(100);
    message part;
    part.look_into(chunk, chunk->data(), 50);
    CHECK(chunk->references() == 2);
    part.set_more(true);
    part.set_routing_id(7);
    part.look_into(chunk, chunk->data() + 50, 49);
    CHECK(chunk->references() == 2);
    CHECK(part.data() == chunk->data() + 50);
    CHECK(part.size() == 49);
    CHECK_FALSE(part.more());
    CHECK(part.routing_id() == 0);

    const message twin = part.share();
    part.look_into(chunk, chunk->data(), 41);
    CHECK(chunk->references() == 3);
    CHECK_FALSE(part.shared());
    CHECK(twin.data() == chunk->data() + 50);

    part.look_into(other, other->data(), 60);
    CHECK(chunk->references() == 2);
    CHECK(other->references() == 2);
    CHECK(part.data() == other->data());
    other->release();
    chunk->release();
}

TEST_CASE(
    "a stock of references lives on those that come back, and keeps its block no longer than it is used") {
    const auto* known = some_properties();
    message left;
    {
        properties_stock stock;
        CHECK(stock.take() == nullptr);
        stock.become(known);
        known->release();
        std::vector<message> parts(1000);
        for (auto& part : parts) part.adopt_peer(stock.take());
        for (std::size_t i = 0; i < 999; ++i) {
            CHECK(parts[i].release_peer() == stock.block());
            stock.put_back();
        }
        left = std::move(parts.back());
        for (int i = 0; i < 2000; ++i) {
            message part;
            part.adopt_peer(stock.take());
        }
    }
    CHECK(left.peer()->entries().size() == 1);
}

TEST_CASE("borrowed room is filled with what fits, and is not grown again by less") {
    std::string memory(50, '-');
    message part;
    message::borrow_room(part, memory.data(), memory.size());
    part.set_more(true);
    const std::string much(51, 'm'), some(50, 's'), less(20, 'l');
    CHECK_FALSE(part.fill_room(as_bytes(much)));
    CHECK(memory == std::string(50, '-'));
    REQUIRE(part.fill_room(as_bytes(some)));
    CHECK(part.borrowed());
    CHECK_FALSE(part.more());
    CHECK(part.text() == some);
    REQUIRE(part.fill_room(as_bytes(less)));
    CHECK(part.text() == less);
    CHECK_FALSE(part.fill_room(as_bytes(some)));
    CHECK(memory == less + some.substr(20));
    message mine(some);
    CHECK_FALSE(mine.fill_room(as_bytes(less)));
}

TEST_CASE("a message that looks elsewhere forgets whose it was") {
    auto* const chunk = buffer::allocate(100);
    message part;
    part.look_into(chunk, chunk->data(), 50);
    const auto* known = some_properties();
    part.set_peer(known);
    known->release();
    REQUIRE(part.set_group("news"));
    part.look_into(chunk, chunk->data(), 60);
    CHECK(chunk->references() == 2);
    CHECK(part.peer() == nullptr);
    CHECK(std::string(part.group()).empty());
    CHECK(part.size() == 60);
    chunk->release();
}
