#include "lane_probe.hpp"

#include "zither/transport/chunk_pool.hpp"

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {

const std::string small = "small";
const std::string at_limit(4096, 'c');
const std::string by_reference(4097, 'r');
const std::string huge(70000, 'h');

}  // namespace

TEST_CASE("an empty lane gives nothing") {
    lane one;
    zmtp::message part;
    iovec list[4];
    CHECK(one.empty());
    CHECK(one.messages() == 0);
    CHECK_FALSE(one.open());
    CHECK(one.at_boundary());
    CHECK_FALSE(one.take(part));
    CHECK(one.gather(list, 4) == 0);
    one.rollback();
    one.rewind();
    one.drop_until(0);
    one.clear();
    CHECK(one.empty());
}

TEST_CASE("messages come out as they went in") {
    lane one;
    append(one, {small});
    append(one, {"", at_limit, ""});
    append(one, {by_reference, small, huge});
    append(one, {std::string(40, 'i')});
    append(one, {std::string(41, 'j'), std::string(255, 'k'), std::string(256, 'l')});
    CHECK(one.messages() == 5);
    CHECK(take(one) == parts{small});
    CHECK(take(one) == parts{"", at_limit, ""});
    CHECK(one.messages() == 3);
    CHECK(take(one) == parts{by_reference, small, huge});
    CHECK(take(one) == parts{std::string(40, 'i')});
    CHECK(take(one) == parts{std::string(41, 'j'), std::string(255, 'k'), std::string(256, 'l')});
    CHECK(one.empty());
    CHECK_FALSE(take(one));
}

TEST_CASE("the log is what RFC 37 puts on the wire") {
    lane one;
    append(one, {small});
    append(one, {"", by_reference});
    CHECK(gathered(one) == wire_of({{small}, {"", by_reference}}));
}

TEST_CASE("an appended part is the lane's: what is left behind is empty") {
    const auto body = GENERATE(as<std::string>(), "small", std::string(100, 'm'), std::string(5000, 'l'));
    lane one;
    zmtp::message part(body);
    part.set_more(true);
    REQUIRE(one.append(std::move(part)));
    CHECK(part.empty());
    CHECK_FALSE(part.more());
    CHECK(part.valid());
}

TEST_CASE("nobody sees half of a message") {
    lane one;
    append_part(one, small, true);
    append_part(one, by_reference, true);
    CHECK(one.open());
    CHECK(one.empty());
    CHECK(one.messages() == 0);
    CHECK_FALSE(take(one));
    CHECK(gathered(one).empty());
    append_part(one, "end", false);
    CHECK_FALSE(one.open());
    CHECK(one.messages() == 1);
    CHECK(gathered(one) == wire_of({{small, by_reference, "end"}}));
    CHECK(take(one) == parts{small, by_reference, "end"});
}

TEST_CASE("half a message behind a whole one is not seen either") {
    lane one;
    append(one, {"whole"});
    append_part(one, GENERATE(as<std::string>(), "half", std::string(5000, 'h'), std::string(3000, 'q')),
                true);
    CHECK(one.messages() == 1);
    CHECK(gathered(one) == wire_of({{"whole"}}));
    CHECK(take(one) == parts{"whole"});
    CHECK_FALSE(take(one));
    CHECK(one.open());
}

TEST_CASE("a rollback drops the open message and no other") {
    const auto first =
        GENERATE(as<std::string>(), "", "small", std::string(4096, 'c'), std::string(4097, 'r'));
    const auto second = GENERATE(as<std::string>(), "more", std::string(4090, 'd'), std::string(9000, 's'));
    const bool behind_another = GENERATE(false, true);
    lane one;
    std::vector<parts> expected;
    if (behind_another) {
        append(one, {"before"});
        expected.push_back({"before"});
    }
    append_part(one, first, true);
    append_part(one, second, true);
    one.rollback();
    CHECK_FALSE(one.open());
    CHECK(one.messages() == expected.size());
    one.rollback();
    append(one, {"after", "all"});
    expected.push_back({"after", "all"});
    CHECK(gathered(one) == wire_of(expected));
    for (const auto& each : expected) CHECK(take(one) == each);
    CHECK(one.empty());
}

TEST_CASE("a rollback after the whole ones were taken leaves an empty lane") {
    lane one;
    append(one, {"whole"});
    append_part(one, "half", true);
    CHECK(take(one) == parts{"whole"});
    one.rollback();
    CHECK(one.empty());
    append(one, {"next"});
    CHECK(take(one) == parts{"next"});
}

TEST_CASE("what gather shows leaves the lane when it is consumed") {
    lane one;
    append(one, {"first"});
    append(one, {by_reference});
    append(one, {"third"});
    const auto all = wire_of({{"first"}, {by_reference}, {"third"}});
    std::string sent;
    while (!one.empty()) sent += write(one, 1000);
    CHECK(sent == all);
    CHECK(one.at_boundary());
    CHECK(gathered(one).empty());
}

TEST_CASE("a gather list that is too short shows the front") {
    lane one;
    for (int i = 0; i < 10; ++i) append(one, {by_reference});
    std::vector<parts> ten(10, parts{by_reference});
    const auto capacity = GENERATE(as<std::size_t>(), 1, 2, 3, 5);
    std::string sent;
    while (!one.empty()) sent += write(one, 1'000'000, capacity);
    CHECK(sent == wire_of(ten));
}

TEST_CASE("between messages the lane is at a boundary, inside one it is not") {
    lane one;
    append(one, {"first"});
    CHECK(one.at_boundary());
    write(one, 3);
    CHECK_FALSE(one.at_boundary());
    append(one, {"second"});
    CHECK_FALSE(one.at_boundary());
    write(one, 1000);
    CHECK(one.at_boundary());
}

TEST_CASE("rewinding begins with the first message not wholly written") {
    const std::vector<parts> said{{"one"}, {"two", "more"}, {by_reference, "x"}, {"four"}, {""}, {huge}};
    const auto all = wire_of(said);
    for (std::size_t written = 0; written <= 9000; written += (written < 40 || written > 4100) ? 1 : 331) {
        CAPTURE(written);
        lane one;
        for (const auto& each : said) append(one, each);
        std::string sent;
        while (sent.size() < written) sent += write(one, written - sent.size());
        one.rewind();
        CHECK(one.at_boundary());
        auto left = said;
        for (auto room = written; !left.empty() && wire_of({left.front()}).size() <= room;) {
            room -= wire_of({left.front()}).size();
            left.erase(left.begin());
        }
        CHECK(one.messages() == left.size());
        REQUIRE(gathered(one) == wire_of(left));
    }
}

TEST_CASE("what comes after a rewind is written behind what was left") {
    lane one;
    append(one, {"one"});
    append(one, {"two"});
    write(one, 7);
    append_part(one, "three", true);
    one.rewind();
    append_part(one, "end", false);
    CHECK(gathered(one) == wire_of({{"two"}, {"three", "end"}}));
    CHECK(one.messages() == 2);
}

TEST_CASE("a full lane drops its oldest messages and keeps the count asked for") {
    lane one;
    append(one, {"1", "one"});
    append(one, {by_reference});
    append(one, {"3"});
    one.drop_until(3);
    CHECK(one.messages() == 3);
    one.drop_until(1);
    CHECK(one.messages() == 1);
    CHECK(take(one) == parts{"3"});
    one.drop_until(0);
    CHECK(one.empty());
}

TEST_CASE("dropping goes to the end of a message that is half taken") {
    lane one;
    append(one, {"1", "one", "un"});
    append(one, {"2"});
    zmtp::message part;
    REQUIRE(one.take(part));
    CHECK(part.text() == "1");
    one.drop_until(1);
    CHECK(take(one) == parts{"2"});
}

TEST_CASE("a message that was taken survives what the lane does next") {
    lane one;
    append(one, {std::string(100, 'x')});
    zmtp::message kept;
    REQUIRE(one.take(kept));
    for (int i = 0; i < 200; ++i) {
        append(one, {std::string(100, 'y')});
        CHECK(take(one) == parts{std::string(100, 'y')});
    }
    CHECK(kept.text() == std::string(100, 'x'));
}

TEST_CASE("messages that are kept hold what they held, though the lane uses its chunk on and again") {
    lane one;
    std::vector<zmtp::message> kept;
    for (int i = 0; i < 200; ++i) {
        append(one, {std::string(100 + 10 * static_cast<std::size_t>(i), static_cast<char>('a' + i % 26))});
        zmtp::message part;
        REQUIRE(one.take(part));
        if (i % 10 < 7) kept.push_back(std::move(part));
    }
    for (std::size_t at = 0; at < kept.size(); ++at) {
        const auto i = at / 7 * 10 + at % 7;
        CHECK(kept[at].text() == std::string(100 + 10 * i, static_cast<char>('a' + i % 26)));
    }
}

TEST_CASE("what was taken holds its chunk, and the lane nothing that it gave away") {
    const std::vector<parts> messages(100, parts{std::string(100, 'x'), "short"});
    auto* const chunk = chunk_of(wire_of(messages));
    std::vector<zmtp::message> kept(messages.size());
    lane one;
    publish_all(one, chunk, 100);
    zmtp::message last;
    const auto take_one = [&](zmtp::message& into) {
        REQUIRE(one.take(into));
        REQUIRE(one.take(last));
    };
    SECTION("all") {
        for (auto& each : kept) take_one(each);
        CHECK(chunk->references() == 1 + kept.size());
    }
    SECTION("some, and the lane is cleared") {
        for (std::size_t i = 0; i < 40; ++i) take_one(kept[i]);
        one.clear();
        CHECK(chunk->references() == 1 + 40);
    }
    CHECK(kept.front().data() == chunk->data() + 2);
    kept.clear();
    CHECK(chunk->references() == 1);
    chunk->release();
}

TEST_CASE("a lane gives back the references of what it copied when that is gone, or another's comes") {
    auto* const chunk = chunk_of(std::string(1000, 'x'));
    auto* const other = chunk_of(std::string(1000, 'x'));
    const auto append_from = [](lane& to, zmtp::buffer* owner, int count) {
        for (int i = 0; i < count; ++i)
            REQUIRE(to.append(zmtp::message(owner->retain(), owner->data(), 100)));
    };
    lane one;
    append_from(one, chunk, 5);
    CHECK(chunk->references() == 1 + 5);
    SECTION("written") { write(one, 1); }
    SECTION("taken") {
        while (take(one)) {
        }
    }
    SECTION("another's comes") {
        append_from(one, other, 1);
        CHECK(other->references() == 1 + 1);
        write(one, 1);
    }
    SECTION("cleared") { one.clear(); }
    CHECK(chunk->references() == 1);
    CHECK(other->references() == 1);
    chunk->release();
    other->release();
}

TEST_CASE("foreign memory is freed when its message left the lane") {
    static int freed;
    freed = 0;
    std::string memory(10000, 'f');
    const auto adopt = [&] {
        zmtp::message part;
        REQUIRE(zmtp::message::adopt(
            part, memory.data(), memory.size(), [](void*, void*) { ++freed; }, nullptr));
        return part;
    };
    {
        lane one;
        REQUIRE(one.append(adopt()));
        SECTION("by writing it") {
            write(one, 9999);
            CHECK(freed == 0);
            while (!one.empty()) write(one, 9999);
            CHECK(freed == 1);
        }
        SECTION("by taking it") {
            (void)take(one);
            CHECK(freed == 1);
        }
        SECTION("by dropping it") {
            one.drop_until(0);
            CHECK(freed == 1);
        }
        SECTION("by a rollback") {
            auto part = adopt();
            part.set_more(true);
            REQUIRE(one.append(std::move(part)));
            one.rollback();
            CHECK(freed == 1);
            one.clear();
            CHECK(freed == 2);
            freed = 1;
        }
        SECTION("by the lane's end") { CHECK(freed == 0); }
    }
    CHECK(freed == 1);
}

TEST_CASE("a cleared lane begins anew") {
    lane one;
    append(one, {"1", by_reference});
    append_part(one, "half", true);
    write(one, 2);
    one.clear();
    CHECK(one.empty());
    CHECK_FALSE(one.open());
    CHECK(one.at_boundary());
    CHECK(gathered(one).empty());
    append(one, {"2"});
    CHECK(one.messages() == 1);
    CHECK(gathered(one) == wire_of({{"2"}}));
}

TEST_CASE("fresh octets grow with what is appended and begin anew when it is looked at") {
    lane one;
    CHECK(one.fresh_octets() == 0);
    append(one, {"12345"});
    CHECK(one.fresh_octets() == 7);
    append(one, {std::string(300, 'x')});
    CHECK(one.fresh_octets() == 7 + 309);
    (void)gathered(one);
    CHECK(one.fresh_octets() == 0);
    append(one, {"1"});
    CHECK(one.fresh_octets() == 3);
}
