// What a connection costs the system while its callers tend it, and that none of it is missed afterwards.
#include "engine_probe.hpp"
#include "lane_probe.hpp"
#include "shaken.hpp"

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {

bool fires(int descriptor) {
    pollfd look{descriptor, POLLIN, 0};
    return ::poll(&look, 1, 0) == 1;
}

/// A PULL's connection in traffic.
struct tended : shaken {
    tended() : shaken(settings_of(zmtp::socket_type::pull), "PUSH") {}
    void say(const std::string& text) const { shaken::say(wire_of({{text}})); }
    /// The set fired, and somebody uses the socket.
    bool lease() {
        engine::lock held(itself().mutex());
        itself().tended();
        return itself().fired(held);
    }
    [[nodiscard]] int polled() {
        engine::lock held(itself().mutex());
        return itself().to_poll().fd;
    }
};

}  // namespace

TEST_CASE("what comes by a lone connection on lease calls into no set, until one is needed") {
    tended us;
    us.say("before");
    CHECK(fires(us.itself().set()));
    us.drive();
    REQUIRE(us.lease());
    us.say("one");
    CHECK_FALSE(fires(us.itself().set()));
    CHECK(fires(us.polled()));
    SECTION("its callers look") {
        us.drive();
        CHECK(us.pipe.messages() == std::vector<parts>{{"before"}, {"one"}});
    }
    SECTION("another connection comes") {
        const auto first = std::move(us.far);
        us.connect();
        CHECK(us.polled() == us.itself().set());
        CHECK(fires(us.itself().set()));
    }
    SECTION("its descriptor is handed out") {
        engine::lock held(us.itself().mutex());
        const int descriptor = us.itself().hand_out_descriptor();
        us.itself().silence();
        CHECK(fires(descriptor));
    }
    SECTION("nobody tends it any more") {
        {
            engine::lock held(us.itself().mutex());
            CHECK_FALSE(us.itself().fired(held));
        }
        CHECK(us.pipe.messages() == std::vector<parts>{{"before"}, {"one"}});
        us.say("two");
        CHECK(fires(us.itself().set()));
    }
    SECTION("it is lost, and the next is its heir") {
        us.hang_up();
        us.shake();
        CHECK(us.pipe.messages() == std::vector<parts>{{"before"}, {"one"}});
        us.say("two");
        CHECK(fires(us.itself().set()));
    }
}

TEST_CASE("a lone connection on lease that is full is not polled, and is again when there is room") {
    tended us;
    us.pipe.receive_mark = 2;
    REQUIRE(us.lease());
    for (int i = 0; i < 3; ++i) us.say("x");
    // Whoever polls looks as long as there is something.
    int looks = 0;
    for (; looks < 10 && fires(us.polled()); ++looks) us.drive();
    CHECK(looks < 10);
    us.say("last");
    CHECK_FALSE(fires(us.polled()));
    CHECK(us.pipe.messages().size() == 3);
    us.resume();
    CHECK(fires(us.polled()));
    us.drive();
    CHECK(us.pipe.messages() == std::vector<parts>{{"last"}});
}

TEST_CASE("who sleeps on the set when a lease begins hears what comes") {
    half_of_a_socket us(settings_of(zmtp::socket_type::pull));
    sleeper me{bell::mine_shared(), {}, true, false};
    const auto watched = [&] {
        engine::lock held(us.itself().mutex());
        return us.itself().to_watch(me).fd;
    };
    {
        engine::lock held(us.itself().mutex());
        us.itself().add_sleeper(me);
    }
    REQUIRE(watched() == us.itself().set());
    us.connect();
    us.hear(opening("PUSH"));
    const bool looked = GENERATE(false, true);
    const int polled = looked ? watched() : us.itself().set();
    {
        engine::lock held(us.itself().mutex());
        REQUIRE(us.itself().fired(held));
    }
    us.say(wire_of({{"one"}}));
    CHECK(fires(polled));
    CHECK(fires(us.itself().set()) != looked);
    engine::lock held(us.itself().mutex());
    us.itself().remove_sleeper(me);
}
