#include "lane_probe.hpp"

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {
const std::string huge(70000, 'h');
}

TEST_CASE("received frames are cut into parts") {
    lane one;
    auto* chunk = chunk_of(wire_of({{"one"}, {"two", "", "more"}, {std::string(300, 'x')}}));
    one.publish(chunk, chunk->data(),
                chunk->data() + chunk_size_of({{"one"}, {"two", "", "more"}, {std::string(300, 'x')}}), 3);
    chunk->release();
    CHECK(one.messages() == 3);
    CHECK(take(one) == parts{"one"});
    CHECK(take(one) == parts{"two", "", "more"});
    CHECK(take(one) == parts{std::string(300, 'x')});
    CHECK(one.empty());
}

TEST_CASE("received parts that span chunks wait for their message's end") {
    lane one;
    auto* first = chunk_of(wire_of_part("one", true));
    auto* second = chunk_of(wire_of_part("two", false));
    publish_all(one, first, 0);
    CHECK(one.empty());
    CHECK_FALSE(take(one));
    publish_all(one, second, 1);
    CHECK(one.messages() == 1);
    CHECK(take(one) == parts{"one", "two"});
    CHECK(first->unique());
    first->release();
    second->release();
}

TEST_CASE("a rollback leaves received frames alone: they are not of the lane's making") {
    lane one;
    auto* chunk = chunk_of(wire_of({{"one"}, {"two"}}) + wire_of_part("half", true));
    publish_all(one, chunk, 2);
    one.rollback();
    auto* rest = chunk_of(wire_of_part("end", false));
    publish_all(one, rest, 1);
    CHECK(take(one) == parts{"one"});
    CHECK(take(one) == parts{"two"});
    CHECK(take(one) == parts{"half", "end"});
    chunk->release();
    rest->release();
}

TEST_CASE("a large body may follow its header in a block of its own") {
    lane one;
    auto* header = chunk_of(wire_of_part(huge, false).substr(0, 9));
    auto* body = chunk_of(huge);
    publish_all(one, header, 0);
    CHECK(one.empty());
    publish_all(one, body, 1);
    header->release();
    const auto* where = body->data();
    body->release();
    zmtp::message part;
    REQUIRE(one.take(part));
    CHECK((part.text() == huge));
    CHECK(part.data() == where);
    CHECK(one.empty());
}

TEST_CASE("what a lost connection left unfinished is dropped, and no other message") {
    const bool behind_another = GENERATE(false, true);
    const bool large_rest = GENERATE(false, true);
    lane one;
    std::vector<parts> expected;
    if (behind_another) expected = {{"whole", ""}, {std::string(300, 'x')}};
    auto* first = chunk_of(wire_of(expected) + wire_of_part("half", true));
    publish_all(one, first, static_cast<std::uint32_t>(expected.size()));
    if (large_rest) {
        auto* header = chunk_of(wire_of_part(huge, true).substr(0, 9));
        publish_all(one, header, 0);
        header->release();
    }
    one.drop_unfinished();
    one.drop_unfinished();
    CHECK(one.messages() == expected.size());

    auto* second = chunk_of(wire_of({{"next"}}));
    publish_all(one, second, 1);
    expected.push_back({"next"});
    for (const auto& each : expected) CHECK(take(one) == each);
    CHECK(one.empty());
    CHECK(first->unique());
    CHECK(second->unique());
    first->release();
    second->release();
}

TEST_CASE("a chunk goes when the lane and every message cut from it are gone") {
    auto* chunk = chunk_of(wire_of({{std::string(100, 'x')}, {"small"}}));
    {
        lane one;
        publish_all(one, chunk, 2);
        zmtp::message large;
        REQUIRE(one.take(large));
        CHECK_FALSE(chunk->unique());
        zmtp::message little;
        REQUIRE(one.take(little));
        CHECK(one.empty());
        CHECK(chunk->references() == 2);
        large = zmtp::message();
        CHECK(chunk->unique());
        CHECK(little.text() == "small");
    }
    chunk->release();
}
