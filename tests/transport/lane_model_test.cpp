// A lane against a deque of messages: whatever is done to both, they say the same.
#include "lane_probe.hpp"

#include <deque>
#include <random>

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {

/// Even numbers below a bound, the same on every machine.
struct dice {
    explicit dice(std::uint32_t seed) : engine(seed) {}
    std::size_t below(std::size_t bound) { return engine() % bound; }
    bool one_in(std::size_t count) { return below(count) == 0; }
    std::mt19937 engine;
};

/// Sizes on both sides of every limit: inline bodies, short frames, copies, small and large chunks.
std::string some_body(dice& random) {
    static constexpr std::size_t sizes[]{0,    1,    39,   40,   41,   254,  255,   256,   257,   2000,
                                         4086, 4087, 4088, 4095, 4096, 4097, 16384, 65535, 65536, 70000};
    const auto size = random.one_in(6) ? sizes[random.below(std::size(sizes))] : random.below(60);
    std::string made(size, '\0');
    for (auto& each : made) each = static_cast<char>('a' + random.below(26));
    return made;
}

/// Foreign memory that is freed exactly once, or the test fails.
struct foreign_memory {
    std::size_t lent = 0;
    std::size_t returned = 0;

    zmtp::message lend(const std::string& body) {
        struct loan {
            foreign_memory* from;
            std::string memory;
        };
        auto* one = new loan{this, body};
        zmtp::message part;
        REQUIRE(zmtp::message::adopt(
            part, one->memory.data(), one->memory.size(),
            [](void*, void* hint) {
                auto* back = static_cast<loan*>(hint);
                ++back->from->returned;
                delete back;
            },
            one));
        ++lent;
        return part;
    }
};

/// The lane under test and what it should hold.
struct pair_of_lanes {
    explicit pair_of_lanes(std::uint32_t seed) : random(seed) {}

    void append_one() {
        const auto body = some_body(random);
        const bool more = random.one_in(3);
        auto part = random.one_in(4) ? memory.lend(body) : zmtp::message(body);
        part.set_more(more);
        if (random.one_in(8)) sharing = !sharing;
        if (sharing && body.size() <= zmtp::message::copied_max)
            share(part);
        else
            REQUIRE(tested.append(std::move(part)));
        open.push_back(body);
        if (!more) model.push_back(std::exchange(open, {}));
    }

    /// Now and then a frame of the log is for others only.
    void share(const zmtp::message& part) {
        if (random.one_in(6)) REQUIRE(log.append(zmtp::message("for others")));
        const auto* const frame = log.append(part);
        REQUIRE(frame);
        tested.append_shared(*frame);
    }

    void roll_back() {
        tested.rollback();
        open.clear();
    }

    void check_both() {
        REQUIRE(tested.open() == !open.empty());
        REQUIRE(tested.empty() == (tested.messages() == 0));
    }

    dice random;
    foreign_memory memory;
    zmtp::frame_log log;
    bool sharing = false;
    lane tested;
    std::deque<parts> model;
    parts open;
};

/// The lane's consumer is a connection that writes its log.
struct writing : pair_of_lanes {
    using pair_of_lanes::pair_of_lanes;

    std::string expected() const { return wire_of({model.begin(), model.end()}).substr(written); }

    void look_and_write() {
        std::vector<iovec> list(1 + random.below(8));
        const auto count = tested.gather(list.data(), list.size());
        const auto shown = text_of(list.data(), count);
        const auto all = expected();
        REQUIRE(shown.size() <= all.size());
        REQUIRE((all.compare(0, shown.size(), shown) == 0));
        REQUIRE((count == list.size() || shown.size() == all.size()));
        // What was shown stays where it is, whatever is appended meanwhile.
        for (auto i = random.below(4); i > 0; --i) append_one();
        if (random.one_in(5)) roll_back();
        REQUIRE((text_of(list.data(), count) == shown));
        if (shown.empty() || random.one_in(8)) return;
        const auto octets = random.one_in(2) ? shown.size() : 1 + random.below(shown.size());
        tested.consumed(octets);
        written += octets;
        settle();
        if (octets == all.size()) REQUIRE(tested.at_boundary());
    }

    void settle() {
        while (!model.empty() && wire_of({model.front()}).size() <= written) {
            written -= wire_of({model.front()}).size();
            model.pop_front();
        }
        if (written > 0) REQUIRE_FALSE(tested.at_boundary());
    }

    /// The caller's memory, written from where it is, and owned before the call returns.
    void write_through() {
        if (!open.empty()) return;
        std::string lent(4000 + random.below(10000), static_cast<char>('A' + random.below(26)));
        zmtp::message part;
        zmtp::message::borrow(part, lent.data(), lent.size());
        REQUIRE(tested.append(std::move(part), true));
        model.push_back({lent});
        for (auto i = random.below(3); i > 0; --i) look_and_write();
        REQUIRE(tested.own_borrowed());
        lent.assign(lent.size(), '!');
    }

    void lose_connection() {
        tested.rewind();
        written = 0;
        REQUIRE(tested.at_boundary());
        REQUIRE(tested.messages() == model.size());
    }

    void step() {
        const auto choice = random.below(20);
        if (choice < 9)
            append_one();
        else if (choice < 18)
            look_and_write();
        else if (choice == 18)
            roll_back();
        else if (random.one_in(3))
            lose_connection();
        else
            write_through();
        check_both();
        REQUIRE(tested.messages() >= model.size());
        if (model.empty() && written == 0) REQUIRE(tested.empty());
    }

    std::size_t written = 0;
};

/// The lane's consumer takes parts: inproc, or a connection that seals them.
struct taking : pair_of_lanes {
    using pair_of_lanes::pair_of_lanes;

    void take_one() {
        zmtp::message part;
        REQUIRE(tested.take(part) == !model.empty());
        if (model.empty()) return;
        auto& front = model.front();
        REQUIRE((part.text() == front.front()));
        REQUIRE(part.more() == (front.size() > 1));
        front.erase(front.begin());
        if (front.empty()) model.pop_front();
        half = part.more();
        // Some are kept while the lane goes on.
        if (random.one_in(3)) kept.emplace_back(std::string(part.text()), std::move(part));
        if (kept.size() > 20) check_kept();
    }

    void check_kept() {
        for (const auto& [body, part] : kept) REQUIRE((part.text() == body));
        kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(random.below(kept.size() + 1)));
    }

    void drop() {
        const auto count = random.below(4);
        tested.drop_until(count);
        while (model.size() > count || (half && !model.empty())) {
            model.pop_front();
            half = false;
        }
    }

    void step() {
        const auto choice = random.below(20);
        if (choice < 9)
            append_one();
        else if (choice < 17)
            take_one();
        else if (choice == 17)
            roll_back();
        else if (random.one_in(4))
            drop();
        check_both();
        REQUIRE(tested.messages() == model.size());
    }

    bool half = false;
    std::vector<std::pair<std::string, zmtp::message>> kept;
};

/// The lane's producer is a connection that reads chunks; now and then an event is appended between.
struct receiving : taking {
    using taking::taking;

    void publish_some() {
        std::string octets;
        // Where each frame ends, and how many messages have ended by then.
        std::vector<std::pair<std::size_t, std::uint32_t>> ends{{0, 0}};
        for (auto i = random.below(6); i > 0; --i) {
            const auto body = some_body(random);
            const bool more = random.one_in(3);
            octets += wire_of_part(body, more);
            open.push_back(body);
            ends.emplace_back(octets.size(), ends.back().second + (more ? 0 : 1));
            if (!more) model.push_back(std::exchange(open, {}));
        }
        if (octets.empty()) return;
        // In two goes: the second extends the first, as when a command lay between two reads.
        auto* chunk = chunk_of(octets);
        const auto [first, ended] = ends[random.below(ends.size())];
        tested.publish(chunk, chunk->data(), chunk->data() + first, ended);
        tested.publish(chunk, chunk->data() + first, chunk->data() + octets.size(),
                       ends.back().second - ended);
        chunk->release();
    }

    void publish_large() {
        const auto body = std::string(16384 + random.below(70000), 'L');
        const bool more = random.one_in(2);
        auto* header = chunk_of(wire_of_part(body, more).substr(0, 9));
        auto* rest = chunk_of(body);
        publish_all(tested, header, 0);
        header->release();
        if (random.one_in(2)) take_one();
        publish_all(tested, rest, more ? 0 : 1);
        rest->release();
        open.push_back(body);
        if (!more) model.push_back(std::exchange(open, {}));
    }

    void lose_connection() {
        tested.drop_unfinished();
        open.clear();
    }

    void step() {
        const auto choice = random.below(20);
        if (random.one_in(20))
            lose_connection();
        else if (choice < 5)
            publish_some();
        else if (choice < 6)
            publish_large();
        else if (choice < 7 && open.empty())
            append_one();
        else if (choice < 8)
            tested.rollback();
        else if (choice < 19)
            take_one();
        else
            drop();
        // An open message from a chunk is the connection's business; one from `append` the lane's.
        while (tested.open()) append_one();
        REQUIRE(tested.messages() == model.size());
    }
};

template <typename Kind>
void play(std::uint32_t seed, int steps) {
    CAPTURE(seed);
    Kind game(seed);
    for (int step = 0; step < steps; ++step) {
        CAPTURE(step);
        game.step();
    }
    game.tested.clear();
    if constexpr (requires { game.kept; }) game.kept.clear();
    CHECK(game.memory.lent == game.memory.returned);
}

}  // namespace

TEST_CASE("a lane that is written says what a deque of messages says") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) play<writing>(seed, 400);
}

TEST_CASE("a lane that is taken from says what a deque of messages says") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) play<taking>(seed, 400);
}

TEST_CASE("a lane that is published to says what a deque of messages says") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) play<receiving>(seed, 400);
}
