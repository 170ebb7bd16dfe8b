// Memory runs out at any request of a conversation over the network: a call says so, or the conversation goes
// on, and nothing is left behind.
#include "apart.hpp"
#include "memory.hpp"
#include "scene.hpp"

#include <catch2/catch.hpp>

using namespace zither;
using namespace zither::faults;

namespace {

struct outcome {
    end of{};
    bool reached = false;  // there were so many requests
};

outcome play_short(trust by, way met, std::uint64_t nth, std::uint64_t times) {
    outcome made;
    sim::apart([&] {
        sim::machine on(1, {.capacity = 16384, .partial = true});
        const shortage at(nth, times);
        made.of = scene(on, by, met).play();
        made.reached = shortage::asked_for() > nth;
    });
    return made;
}

}  // namespace

namespace {

void play_short_at_each(trust by, way met, std::uint64_t times) {
    std::uint64_t runs = 0;
    for (bool more = true; more; ++runs) {
        const auto [one, reached] = play_short(by, met, runs, times);
        more = reached;
        CAPTURE(by, met, runs, times, one.refused.message());
        CHECK(one.thrown == 0);
        CHECK(one.descriptors == 0);
        CHECK(one.files == 0);
        CHECK(one.strange_questions == 0);
        if (!one.refused) CHECK(one.heard_at_last);
        REQUIRE(runs < 20000);
    }
    CHECK(runs > 100);
}

}  // namespace

TEST_CASE("memory runs out at any request of a conversation: a call says so, or the conversation goes on") {
    const auto by = GENERATE(trust::null, trust::plain, trust::curve);
    const auto times = GENERATE(std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{7}, std::uint64_t{50});
    play_short_at_each(by, way::tcp, times);
}

TEST_CASE("over ipc, too, and no file is left behind") {
    const playground here;
    play_short_at_each(trust::null, GENERATE(way::ipc, way::ipc_wildcard), 1);
}
