#include "lane_probe.hpp"

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {

/// A body in the caller's memory, as one call lends it.
zmtp::message lent(const std::string& memory) {
    zmtp::message part;
    zmtp::message::borrow(part, memory.data(), memory.size());
    return part;
}

/// Is a gather list's entry this memory itself?
bool shows(lane& from, const std::string& memory) {
    std::array<iovec, 16> list;
    const auto count = from.gather(list.data(), list.size());
    return std::any_of(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count),
                       [&](const iovec& one) { return one.iov_base == memory.data(); });
}

const std::string before_use(9000, 'b');

}  // namespace

TEST_CASE("a borrowed body is written from the caller's memory") {
    lane one;
    append(one, {"first"});
    REQUIRE(one.append(lent(before_use), true));
    CHECK(shows(one, before_use));
    CHECK((write(one, 100000) == wire_of({{"first"}, {before_use}})));
    CHECK(one.own_borrowed());
    CHECK(one.empty());
}

TEST_CASE("what is left of a borrowed body is copied before the caller goes on") {
    const auto written = GENERATE(as<std::size_t>(), 0, 3, 9, 10, 5000, 9008);
    auto memory = before_use;
    lane one;
    REQUIRE(one.append(lent(memory), true));
    auto sent = written > 0 ? write(one, written) : std::string();
    REQUIRE(one.own_borrowed());
    memory.assign(memory.size(), 'x');
    CHECK_FALSE(shows(one, memory));
    append(one, {"next"});
    REQUIRE(one.own_borrowed());
    while (!one.empty()) sent += write(one, 1000);
    CHECK((sent == wire_of({{before_use}, {"next"}})));
}

TEST_CASE("a body may be copied while its octets are on their way") {
    // One thread is in the kernel with the caller's memory when another makes the lane own it.
    const auto taken = GENERATE(as<std::size_t>(), 5000, 9009);
    auto memory = before_use;
    lane one;
    REQUIRE(one.append(lent(memory), true));
    auto sent = gathered(one);
    REQUIRE(one.own_borrowed());
    memory.assign(memory.size(), 'x');
    one.consumed(taken);
    sent.resize(taken);
    CHECK(one.empty() == (taken == 9009));
    append(one, {"next"});
    while (!one.empty()) sent += write(one, 1000);
    CHECK((sent == wire_of({{before_use}, {"next"}})));
}

TEST_CASE("a lane that does not borrow copies at once") {
    auto memory = before_use;
    lane one;
    REQUIRE(one.append(lent(memory)));
    CHECK_FALSE(shows(one, memory));
    memory.assign(memory.size(), 'x');
    CHECK((take(one) == parts{before_use}));
}

TEST_CASE("a small body is never borrowed") {
    std::string memory(100, 's');
    lane one;
    REQUIRE(one.append(lent(memory), true));
    memory.assign(memory.size(), 'x');
    CHECK(take(one) == parts{std::string(100, 's')});
}

TEST_CASE("a body of the message's own is kept, whether or not the lane may borrow") {
    zmtp::message part(before_use);
    const auto* where = part.data();
    lane one;
    REQUIRE(one.append(std::move(part), true));
    REQUIRE(one.own_borrowed());
    zmtp::message back;
    REQUIRE(one.take(back));
    CHECK(back.data() == where);
}

TEST_CASE("a connection lost in a borrowed body begins it again from the copy") {
    auto memory = before_use;
    lane one;
    append(one, {"first"});
    REQUIRE(one.append(lent(memory), true));
    write(one, 4000);
    REQUIRE(one.own_borrowed());
    memory.assign(memory.size(), 'x');
    one.rewind();
    CHECK((gathered(one) == wire_of({{before_use}})));
}

TEST_CASE("whoever still writes may keep a lane's blocks") {
    std::vector<zmtp::buffer*> kept;
    std::array<iovec, 16> list;
    std::size_t count = 0;
    std::string shown;
    {
        lane one;
        append(one, {"first", before_use});
        append(one, {"second"});
        count = one.gather(list.data(), list.size());
        shown = text_of(list.data(), count);
        one.retain_blocks(kept);
    }
    CHECK((text_of(list.data(), count) == shown));
    for (auto* block : kept) block->release();
}
