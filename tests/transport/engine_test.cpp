#include "engine_probe.hpp"
#include "lane_probe.hpp"
#include "shaken.hpp"

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

// A sanitizer's allocator would end the process where the system's gives null.
extern "C" {
[[gnu::visibility("default")]] const char* __asan_default_options() { return "allocator_may_return_null=1"; }
[[gnu::visibility("default")]] const char* __tsan_default_options() { return "allocator_may_return_null=1"; }
}

namespace {

std::string pattern(std::size_t size) {
    std::string made(size, '\0');
    for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>('a' + i % 23);
    return made;
}

}  // namespace

TEST_CASE("a connection shakes hands and delivers") {
    half_of_a_socket us(settings_of(zmtp::socket_type::pull));
    us.connect();
    us.hear(opening("PUSH") + wire_of({{"one"}, {"two", "more"}}));
    CHECK(us.handshakes == 1);
    CHECK(us.pipe.connections == 1);
    CHECK(us.pipe.told_readable == 1);
    CHECK(us.pipe.messages() == std::vector<parts>{{"one"}, {"two", "more"}});
    CHECK(us.said() == greeting + command("READY", property("Socket-Type", "PULL")));
}

TEST_CASE("who connects and speaks first is answered in the first write") {
    half_of_a_socket us(settings_of(zmtp::socket_type::pull));
    SECTION("with all that follows") {
        us.accept(opening("PUSH") + wire_of({{"one"}}));
        CHECK(us.handshakes == 1);
        CHECK(us.pipe.messages() == std::vector<parts>{{"one"}});
        CHECK(us.arrived() == greeting + command("READY", property("Socket-Type", "PULL")));
    }
    SECTION("with as much as is safe to say") {
        us.accept(greeting.substr(0, 10));
        CHECK(us.arrived() == greeting.substr(0, 11));
        us.hear(opening("PUSH").substr(10));
        CHECK(us.handshakes == 1);
    }
    SECTION("with the reason when it cannot be") {
        us.accept(opening("PUB"));
        CHECK_FALSE(us.link);
        CHECK(us.arrived().find("\5ERROR") != std::string::npos);
    }
}

TEST_CASE("subscriptions of a flood are gathered to batches") {
    shaken us(settings_of(zmtp::socket_type::sub), "PUB");
    us.subscribe_in_a_flood({"first", "second"});
    CHECK(us.arrived().empty());
    us.hear(command("PING", std::string("\0\0ctx", 5)));
    CHECK(us.arrived().empty());
    us.flush_tails();
    CHECK(us.arrived() ==
          command("SUBSCRIBE", "first") + command("SUBSCRIBE", "second") + command("PONG", "ctx"));
    us.subscribe_in_a_flood({pattern(40000)});
    CHECK(us.arrived().empty());
    us.subscribe_in_a_flood({pattern(30000)});
    CHECK((us.arrived() == command("SUBSCRIBE", pattern(40000)) + command("SUBSCRIBE", pattern(30000))));
}

TEST_CASE("who never waits writes what a flood left when it is old") {
    shaken us(settings_of(zmtp::socket_type::sub), "PUB");
    const auto before = zmtp::clock::now();
    us.subscribe_in_a_flood({"topic"});
    std::string arrived;
    while (arrived.empty() && zmtp::clock::now() < before + std::chrono::seconds(10)) {
        engine::lock held(us.itself().mutex());
        us.itself().drive_in_passing(held);
        held.unlock();
        arrived = us.arrived();
    }
    CHECK(arrived == command("SUBSCRIBE", "topic"));
    CHECK(zmtp::clock::now() >= before + engine::tail_time_tended);
}

TEST_CASE("messages of every size arrive in whatever pieces they come") {
    const auto piece = GENERATE(as<std::size_t>(), 1, 7, 1000, 20000, 65536, 1000000);
    const std::vector<parts> sent{{"small"}, {pattern(16383), pattern(16384)},       {pattern(16385)},
                                  {""},      {pattern(65536), "x", pattern(150000)}, {pattern(40)}};
    shaken us(settings_of(zmtp::socket_type::pull), "PUSH");
    const auto all = wire_of(sent);
    for (std::size_t at = 0; at < all.size(); at += piece) us.hear(all.substr(at, piece));
    CHECK((us.pipe.messages() == sent));
    CHECK(us.link);
}

TEST_CASE("a command of any size is a command, in whatever pieces it comes") {
    const auto size = GENERATE(as<std::size_t>(), 0, 246, 16374, 16375, 20000, 65536, 200000);
    const auto piece = GENERATE(as<std::size_t>(), 9, 5000, 1000000);
    const auto topic = pattern(size);
    shaken us(settings_of(zmtp::socket_type::xpub), "SUB");
    const auto all = command("SUBSCRIBE", topic) + command("CANCEL", topic) + wire_of({{"message"}});
    for (std::size_t at = 0; at < all.size(); at += piece) us.hear(all.substr(at, piece));
    CHECK((us.pipe.subscriptions == parts{"+" + topic, "-" + topic}));
    CHECK(us.pipe.messages() == std::vector<parts>{{"message"}});
    CHECK(us.link);
}

TEST_CASE("half a message is lost with its connection") {
    const auto half =
        GENERATE(as<std::string>(), wire_of_part("half", true), wire_of_part("half", false).substr(0, 4),
                 wire_of_part(pattern(20000), false).substr(0, 100), wire_of_part(pattern(20000), true),
                 wire_of_part("half", true) + wire_of_part(pattern(20000), false).substr(0, 15000));
    shaken us(settings_of(zmtp::socket_type::pull), "PUSH");
    us.hear(wire_of({{"before"}}) + half);
    us.hang_up();
    CHECK_FALSE(us.link);
    REQUIRE(us.pipe.reasons.size() == 1);
    CHECK(us.pipe.reasons[0].who == zmtp::blame::nobody);
    us.shake();
    us.hear(wire_of({{"after", "all"}}));
    CHECK(us.pipe.messages() == std::vector<parts>{{"before"}, {"after", "all"}});
}

TEST_CASE("a frame against the protocol ends the connection with its reason") {
    shaken us(settings_of(zmtp::socket_type::pull), "PUSH");
    us.hear(wire_of({{"good"}}) + std::string("\x80\0", 2));
    CHECK_FALSE(us.link);
    CHECK(us.reason.who == zmtp::blame::malformed);
    CHECK_FALSE(us.reason.text.empty());
    CHECK(us.pipe.messages() == std::vector<parts>{{"good"}});
    CHECK(us.said().empty());
    CHECK(us.far_ended);
}

TEST_CASE("a frame above MAXMSGSIZE is refused at its header") {
    auto ours = settings_of(zmtp::socket_type::pull);
    ours.message_size_max = 1000;
    shaken us(ours, "PUSH");
    us.hear(wire_of({{pattern(1000)}}) + std::string("\2\0\0\0\x10\0\0\0\0", 9));
    CHECK_FALSE(us.link);
    CHECK(us.reason.who == zmtp::blame::misbehaved);
    CHECK(us.pipe.messages().size() == 1);
}

TEST_CASE("a frame larger than all memory ends the connection, not the process") {
    shaken us(settings_of(zmtp::socket_type::pull), "PUSH");
    us.hear(std::string("\2\x7f\xff\xff\xff\xff\xff\xff\xff", 9) + "begin");
    CHECK_FALSE(us.link);
    CHECK_FALSE(us.reason.text.empty());
}

TEST_CASE("a peer of the wrong type hears why before the end") {
    half_of_a_socket us(settings_of(zmtp::socket_type::pull));
    us.connect();
    us.hear(opening("PUB"));
    CHECK_FALSE(us.link);
    CHECK(us.said().find("\5ERROR") != std::string::npos);
    CHECK(us.far_ended);
}

TEST_CASE("what is sent goes out as the wire has it") {
    shaken us(settings_of(zmtp::socket_type::push), "PULL");
    const std::vector<parts> sent{{"one"}, {"two", "", pattern(5000)}, {pattern(300)}};
    for (const auto& each : sent) us.send(each);
    CHECK((us.said() == wire_of(sent)));
    CHECK(us.pipe.out.empty());
}

TEST_CASE("what was sent before there was a connection waits for it") {
    half_of_a_socket us(settings_of(zmtp::socket_type::push));
    us.send({"early"});
    us.connect();
    us.hear(opening("PULL"));
    const auto said = us.said();
    const auto ours = greeting + command("READY", property("Socket-Type", "PUSH"));
    CHECK((said == ours + wire_of({{"early"}})));
}

TEST_CASE("a full kernel is waited for") {
    shaken us(settings_of(zmtp::socket_type::push), "PULL");
    std::vector<parts> sent;
    for (std::size_t i = 0; i < 60; ++i) {
        sent.push_back({std::to_string(i), pattern(30000 + i)});
        us.send(sent.back());
    }
    CHECK_FALSE(us.pipe.out.empty());
    CHECK((us.said() == wire_of(sent)));
    CHECK(us.pipe.out.empty());
}

TEST_CASE("memory that was lent for a call is the caller's again behind it") {
    shaken us(settings_of(zmtp::socket_type::push), "PULL");
    std::vector<parts> sent;
    // The first is written through; then the kernel is full; then there is no connection at all.
    for (const auto size : {20000U, 3000000U, 20000U, 20000U}) {
        sent.push_back({pattern(size)});
        auto memory = sent.back()[0];
        us.send_lent(memory);
        memory.assign(memory.size(), '!');
    }
    CHECK_FALSE(us.pipe.out.empty());
    CHECK((us.said() == wire_of(sent)));

    us.hang_up();
    auto memory = pattern(20000);
    us.send_lent(memory);
    memory.assign(memory.size(), '!');
    us.connect();
    us.hear(opening("PULL"));
    const auto again = us.said();
    CHECK((again.substr(again.find("PUSH") + 4) == wire_of({{pattern(20000)}})));
}

TEST_CASE("a batch that fills the gather list to its last entry leaves nothing behind") {
    shaken us(settings_of(zmtp::socket_type::push), "PULL");
    std::vector<parts> sent(32, parts{pattern(4097)});
    us.hang_up();
    for (const auto& each : sent) us.send(each);
    us.shake();
    (void)us.said();
    us.drive();
    CHECK(us.pipe.out.empty());
}

TEST_CASE("a new connection begins with the first message not wholly written") {
    shaken us(settings_of(zmtp::socket_type::push), "PULL");
    std::vector<parts> sent;
    for (std::size_t i = 0; i < 60; ++i) {
        sent.push_back({std::to_string(i), pattern(30000)});
        us.send(sent.back());
    }
    const auto heard = us.said(200000);
    us.hang_up();
    us.connect();
    us.hear(opening("PULL"));
    const auto again = us.said();
    const auto body = again.substr(again.find("PUSH") + 4);
    // Whole messages only, none of them twice and none left out.
    std::size_t first = 0;
    while (first < sent.size() &&
           wire_of({sent.begin() + static_cast<std::ptrdiff_t>(first), sent.end()}) != body)
        ++first;
    REQUIRE(first < sent.size());
    const auto next = static_cast<std::ptrdiff_t>(first + 1);
    CHECK(heard.size() < wire_of({sent.begin(), sent.begin() + next}).size());
}

TEST_CASE("a PONG waits for the end of a message that is being written") {
    shaken us(settings_of(zmtp::socket_type::push), "PULL");
    const parts large{"begin", pattern(3000000), "end"};
    us.send(large);
    REQUIRE_FALSE(us.pipe.out.empty());
    us.hear(command("PING", std::string("\0\0ctx", 5)));
    us.send({"next"});
    const auto said = us.said();
    const auto pong = command("PONG", "ctx");
    const auto first = wire_of({large});
    REQUIRE(said.size() == first.size() + pong.size() + wire_of({{"next"}}).size());
    CHECK((said.compare(0, first.size(), first) == 0));
    const auto rest = said.substr(first.size());
    CHECK((rest == pong + wire_of({{"next"}}) || rest == wire_of({{"next"}}) + pong));
}

TEST_CASE("a 1.0 peer gets and gives its own framing") {
    half_of_a_socket us(settings_of(zmtp::socket_type::dealer));
    us.connect();
    us.hear(std::string("\1\0\6\1hello\2\0x", 12));
    CHECK(us.pipe.messages() == std::vector<parts>{{"hello", "x"}});
    (void)us.said();
    us.send({"a", pattern(300)});
    CHECK((us.said() == std::string("\2\1a\xff\0\0\0\0\0\0\1\x2d\0", 13) + pattern(300)));
    us.hear(std::string("\xff\0\0\0\0\0\0\x4e\x21\0", 10));
    for (const auto& each : {pattern(20000).substr(0, 9000), pattern(20000).substr(9000)}) us.hear(each);
    CHECK((us.pipe.messages() == std::vector<parts>{{pattern(20000)}}));
}

TEST_CASE("a reader that is full stops reading, and goes on when half is read") {
    shaken us(settings_of(zmtp::socket_type::pull), "PUSH");
    us.pipe.receive_mark = 10;
    std::vector<parts> sent(5000, parts{pattern(1000)});
    const auto all = wire_of(sent);
    std::size_t said = 0;
    std::vector<parts> heard;
    for (int stalls = 0; heard.size() < sent.size() && stalls < 10000; ++stalls) {
        const auto went = ::send(us.far.get(), all.data() + said, all.size() - said, MSG_NOSIGNAL);
        if (went > 0) said += static_cast<std::size_t>(went);
        us.drive();
        REQUIRE(us.pipe.in.messages() < 10 + 64);
        for (auto& each : us.pipe.messages()) heard.push_back(std::move(each));
        us.resume();
    }
    CHECK((heard == sent));
}
