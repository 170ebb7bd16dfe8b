// Who would keep a closed socket alive, or fill it: with LINGER -1 it waits for what is owed, and for nothing
// else.
#include "raw_peer.hpp"

#include "zither/sockets/socket_object.hpp"

#include <memory>
#include <thread>

using namespace zither;
using namespace zither::hostile;

namespace {

/// Closes it by letting go of it.
std::weak_ptr<sockets::socket_object> leave(std::unique_ptr<zither::socket> which) {
    std::weak_ptr<sockets::socket_object> watched = which->object();
    which.reset();
    return watched;
}

/// So that a failure is one, and no hang.
bool gone(const std::weak_ptr<sockets::socket_object>& which) {
    if (test::eventually([&] { return which.expired(); })) return true;
    if (const auto left = which.lock()) left->end_now();
    return false;
}

std::unique_ptr<zither::socket> patient(context& in, socket_type type) {
    auto made = std::make_unique<zither::socket>(test::make(in, type));
    made->set(option::linger, forever);
    made->bind(own_door());
    return made;
}

// More than anybody says before somebody else has closed a socket.
constexpr int talk_max = 5000;

/// Subscriptions to topics nobody asked for before, and the ends of some.
class torrent {
public:
    std::string next() {
        std::string many;
        for (int i = 0; i < 1000; ++i, ++count_) {
            many += command("SUBSCRIBE", "topic" + std::to_string(count_));
            if (count_ % 3 == 0) many += command("CANCEL", "topic" + std::to_string(count_));
        }
        return many;
    }

private:
    std::uint64_t count_ = 0;
};

}  // namespace

TEST_CASE("hostile 30: a closed XPUB waits for who is owed messages, hears nobody, and lets all others go") {
    context in;
    auto publisher = patient(in, socket_type::xpub);
    publisher->set(option::send_high_water_mark, 0);
    publisher->set(option::xpub_verbose, true);
    const auto where = publisher->last_endpoint();
    const raw_peer slow(where);
    auto owed = std::make_unique<raw_peer>(where);
    for (const raw_peer* each : {&slow, static_cast<const raw_peer*>(owed.get())}) {
        REQUIRE(each->give(handshake("SUB") + command("SUBSCRIBE", "story")));
        CHECK(test::received(*publisher) == "\1story");
    }
    // More than the system holds for the two of them.
    const std::string story = "story" + test::body_of(1u << 20);
    constexpr std::size_t stories = 16;
    for (std::size_t i = 0; i < stories; ++i) publisher->send(story);

    std::atomic<bool> talking{false}, shut_out{false};
    std::thread talker([&, peer = raw_peer(where)] {
        torrent words;
        bool heard = peer.give(handshake("SUB"));
        for (int i = 0; heard && i < talk_max; ++i, talking = true) heard = peer.give(words.next());
        shut_out = !heard;
    });
    CHECK(test::eventually([&] { return talking.load(); }));
    const auto left = leave(std::move(publisher));
    talker.join();
    CHECK(shut_out);

    const auto before = memory_in_use();
    torrent words;
    for (int i = 0; i < 300; ++i) REQUIRE(owed->give(words.next()));
    const auto after = memory_in_use();
    CHECK((after < before || after - before < growth_max / 4));
    CHECK_FALSE(left.expired());

    std::size_t heard = 0;
    for (auto news = slow.hear(); !news.empty(); news = slow.hear()) heard += news.size();
    CHECK(heard > stories * story.size());
    CHECK_FALSE(left.expired());  // it has not read a word of it
    owed.reset();
    CHECK(gone(left));
}

TEST_CASE("hostile 31: answers that a peer does not read keep no closed socket") {
    context in;
    auto pull = patient(in, socket_type::pull);
    const raw_peer peer(pull->last_endpoint());
    REQUIRE(peer.give(handshake("PUSH")));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += command("PING", number(0, 2) + std::string(16, 'c'));
    for (int i = 0; i < 600; ++i) REQUIRE(peer.give(many));
    CHECK(gone(leave(std::move(pull))));
}

TEST_CASE("hostile 32: a closed DEALER that owes one peer takes no more memory from another, marks or none") {
    context in;
    auto dealer = patient(in, socket_type::dealer);
    dealer->set(option::send_high_water_mark, 0);
    dealer->set(option::receive_high_water_mark, 0);
    const auto where = dealer->last_endpoint();
    auto owed = std::make_unique<raw_peer>(where);
    REQUIRE(owed->give(handshake("DEALER") + frame(0, "here")));
    CHECK(test::received(*dealer) == "here");
    for (int i = 0; i < 16; ++i) dealer->send(test::body_of(1u << 20));
    const auto left = leave(std::move(dealer));
    const auto before = memory_in_use();
    const auto part = frame(0, test::body_of(60'000));
    for (int i = 0; i < 2000; ++i) REQUIRE(owed->give(part));
    const auto after = memory_in_use();
    CHECK((after < before || after - before < growth_max / 4));
    CHECK_FALSE(left.expired());
    owed.reset();
    CHECK(gone(left));
}
