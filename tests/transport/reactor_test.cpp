// What the reactor does on its own: ticks, and the work of sockets nobody tends.
#include "loop.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <thread>

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {

/// An engine without connections, which counts how often it is driven.
class ticking : public engine_owner {
public:
    explicit ticking(loop& turns) : turns_(turns), engine_(std::make_shared<engine>(turns.work, *this)) {
        engine_->known_as(engine_);
        REQUIRE(turns_.work->watch(engine_));
    }
    ~ticking() { turns_.work->forget(*engine_); }
    ticking(const ticking&) = delete;
    ticking& operator=(const ticking&) = delete;

    [[nodiscard]] engine& itself() noexcept { return *engine_; }
    void look() { turns_.work->look_at(engine_); }
    void wish(std::chrono::hours from_now) { turns_.work->schedule(engine_, zmtp::clock::now() + from_now); }

    pipe_end* accepted(connection&) override { return nullptr; }
    void ended(connection&) override {}
    void handshake_succeeded(connection&) override {}
    void asks(connection&) override {}
    void drove(engine::lock&) override { ++ticks; }

    int ticks = 0;

private:
    loop& turns_;
    std::shared_ptr<engine> engine_;
};

}  // namespace

TEST_CASE("the earliest wish for a tick counts, whoever's the loop hears of first") {
    using std::chrono::hours;
    const bool late_first = GENERATE(true, false);
    loop turns;
    ticking one(turns);
    // A context for one thread puts what that thread posts behind what others post meanwhile.
    asio::post(turns.context, [&] {
        one.wish(hours(late_first ? 1 : 0));
        std::thread([&] { one.wish(hours(late_first ? 0 : 1)); }).join();
    });
    CHECK(turns.until([&] { return one.ticks == 1; }));
    // And a wish after the tick is one of its own.
    one.wish(hours(0));
    CHECK(turns.until([&] { return one.ticks == 2; }));
}

TEST_CASE("a socket is left to whoever looks, and to no one else") {
    loop turns;
    ticking one(turns);
    auto& it = one.itself();
    engine::lock held(it.mutex());
    it.tended();
    CHECK(it.fired(held));  // somebody uses it: he has a moment
    it.looked();
    CHECK(it.fired(held));  // he looked: another
    it.looked();
    it.looked();
    CHECK(it.fired(held, 2));  // for a longer one he must have looked as often as for two
    it.tended();
    CHECK(one.ticks == 0);
    CHECK_FALSE(it.fired(held));  // he sends, and does not look
    CHECK(one.ticks == 1);
    CHECK_FALSE(it.fired(held));  // he is gone
    CHECK(one.ticks == 2);
}

TEST_CASE("who looks seldom loses a long lease, and who sleeps in it keeps it") {
    loop turns;
    ticking one(turns);
    auto& it = one.itself();
    sleeper me{bell::mine_shared(), {}, true, false};
    const bool asleep = GENERATE(false, true);
    engine::lock held(it.mutex());
    it.tended();
    CHECK(it.fired(held));
    if (asleep) it.add_sleeper(me);
    it.looked();
    CHECK(it.fired(held, 2) == asleep);
    CHECK(one.ticks == (asleep ? 0 : 1));
    if (asleep) it.remove_sleeper(me);
}

TEST_CASE("who goes round many sockets looks at each less often in a long lease") {
    using namespace std::chrono_literals;
    CHECK(reactor::looks_due(8ms, 0) == 8);
    CHECK(reactor::looks_due(2ms, 1) == 1);
    CHECK(reactor::looks_due(8ms, 100) == 2);
    const auto length = GENERATE(1ms, 2ms, 8ms);
    CHECK(reactor::looks_due(length, 1000) == 1);
}

TEST_CASE("who tends a socket well is not disturbed in it, unless somebody sleeps there") {
    loop turns;
    ticking one(turns);
    auto& it = one.itself();
    sleeper me{bell::mine_shared(), {}, true, false};
    engine::lock held(it.mutex());
    CHECK_FALSE(it.tended_well(1));
    it.looked();
    CHECK_FALSE(it.tended_well(2));
    it.looked();
    CHECK(it.tended_well(2));
    CHECK_FALSE(it.tended_well(1));  // not since
    it.looked();
    it.add_sleeper(me);
    CHECK_FALSE(it.tended_well(1));
    it.remove_sleeper(me);
    CHECK(it.tended_well(1));
}

TEST_CASE("a socket that was left to callers is driven once they are gone, however long they were there") {
    loop turns;
    ticking one(turns);
    auto& it = one.itself();
    // Somebody looks, again and again, and asks for no turn of the loop.
    asio::steady_timer looks(turns.context);
    int left = 200;
    std::function<void()> look = [&] {
        it.tended();
        it.looked();
        looks.expires_after(std::chrono::microseconds(300));
        if (--left > 0) looks.async_wait([&](const asio::error_code&) { look(); });
    };
    look();
    one.look();
    CHECK(turns.until([&] { return left == 0; }));
    CHECK(turns.until([&] { return one.ticks > 0; }));
}

TEST_CASE("the thread of the loop stays awake while a handshake's next step is due, and no longer") {
    using std::chrono::microseconds;
    constexpr auto for_ever = std::chrono::hours(1);
    loop turns;
    auto& work = *turns.work;
    const auto on_loop = [&](microseconds time) {
        asio::post(turns.context, [&work, time] { work.await_answer(time); });
        turns.settle();
    };
    const auto falls_asleep = [&] { return turns.until([&] { return !work.stays_awake(); }); };
    CHECK_FALSE(work.stays_awake());
    work.await_answer(for_ever);  // another thread's handshake
    CHECK_FALSE(work.stays_awake());
    on_loop(for_ever);
    CHECK(work.stays_awake());
    on_loop(microseconds(0));
    CHECK_FALSE(work.stays_awake());
    for (int i = 0; i < 4; ++i) {
        on_loop(microseconds(1));
        REQUIRE(falls_asleep());
    }
    // Four times in vain: now it is tried once in a while.
    on_loop(for_ever);
    CHECK_FALSE(work.stays_awake());
    for (int i = 0; i < 63; ++i) on_loop(for_ever);
    CHECK(work.stays_awake());
}
