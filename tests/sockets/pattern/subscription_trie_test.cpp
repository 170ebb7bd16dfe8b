#include "fake_pipe.hpp"

#include "zither/sockets/pattern/fan_out.hpp"
#include "zither/sockets/pattern/subscription_trie.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;
using zmtp::as_bytes;
using zmtp::as_text;

namespace {

std::set<peer_pipe*> matches(const subscription_trie& trie, std::string_view text) {
    std::set<peer_pipe*> found;
    trie.match(as_bytes(text), [&](peer_pipe& peer) { found.insert(&peer); });
    return found;
}

std::map<std::string, bool> remove_all(subscription_trie& trie, peer_pipe& peer) {
    std::map<std::string, bool> told;
    trie.remove(peer, [&](zmtp::bytes topic, bool last) {
        CHECK(told.emplace(std::string(as_text(topic)), last).second);
    });
    return told;
}

/// Short topics of few letters, so that they share prefixes, split each other and join again.
std::string random_topic(std::mt19937& random) {
    std::string topic(random() % 7, '\0');
    for (auto& letter : topic) letter = "ab\xff"[random() % 3];
    return topic;
}

}  // namespace

TEST_CASE("a topic matches every message that begins with it") {
    subscription_trie trie;
    fake_pipe a, b, all;
    trie.add(as_bytes("weather.paris"), a);
    trie.add(as_bytes("weather"), b);
    trie.add(as_bytes(""), all);
    CHECK((matches(trie, "weather.paris.today") == std::set<peer_pipe*>{&a, &b, &all}));
    CHECK((matches(trie, "weather.paris") == std::set<peer_pipe*>{&a, &b, &all}));
    CHECK((matches(trie, "weather.pari") == std::set<peer_pipe*>{&b, &all}));
    CHECK((matches(trie, "weathe") == std::set<peer_pipe*>{&all}));
    CHECK((matches(trie, "") == std::set<peer_pipe*>{&all}));
}

TEST_CASE("the first pipe and the last one of a topic are told apart") {
    using addition = subscription_trie::addition;
    using removal = subscription_trie::removal;
    subscription_trie trie;
    fake_pipe a, b, c;
    CHECK(trie.add(as_bytes("t"), a) == addition::first);
    CHECK(trie.add(as_bytes("t"), b) == addition::another);
    CHECK(trie.add(as_bytes("t"), a) == addition::again);
    CHECK(trie.size() == 1);
    CHECK(trie.remove(as_bytes("t"), c) == removal::unknown);
    CHECK(trie.remove(as_bytes("other"), a) == removal::unknown);
    CHECK(trie.remove(as_bytes("t"), a) == removal::others_remain);
    CHECK(trie.remove(as_bytes("t"), a) == removal::unknown);
    CHECK(trie.remove(as_bytes("t"), b) == removal::last);
    CHECK(trie.remove(as_bytes("t"), b) == removal::unknown);
    CHECK(trie.size() == 0);
}

TEST_CASE("the pipes of a topic come in the order in which they were attached, wherever they lie in memory") {
    std::array<fake_pipe, 4> pipes;
    const std::array<std::size_t, 4> order{2, 0, 3, 1};
    fan_out out;
    for (const auto each : order) out.attach(pipes[each]);
    subscription_trie trie;
    for (auto& each : pipes) trie.add(as_bytes("a"), each);
    std::vector<peer_pipe*> told;
    trie.match(as_bytes("a"), [&](peer_pipe& peer) { told.push_back(&peer); });
    CHECK((told == std::vector<peer_pipe*>{&pipes[2], &pipes[0], &pipes[3], &pipes[1]}));
}

TEST_CASE("a pipe that leaves takes its topics with it and tells which became unused") {
    subscription_trie trie;
    fake_pipe a, b;
    for (auto topic : {"", "x", "xyz", "xyw", "q"}) trie.add(as_bytes(topic), a);
    for (auto topic : {"x", "q"}) trie.add(as_bytes(topic), b);
    const std::map<std::string, bool> expected{
        {"", true}, {"x", false}, {"xyz", true}, {"xyw", true}, {"q", false}};
    CHECK(remove_all(trie, a) == expected);
    CHECK(remove_all(trie, a).empty());
    CHECK((matches(trie, "xyz") == std::set<peer_pipe*>{&b}));
    CHECK(remove_all(trie, b).size() == 2);
    CHECK(trie.size() == 0);
    CHECK(trie.node_count() == 1);
}

TEST_CASE("a long topic is held in pieces, and those that differ late share all but the last") {
    constexpr std::size_t size = 3'000'000, piece = 256;
    constexpr std::size_t pieces = (size + piece - 1) / piece;
    subscription_trie trie;
    fake_pipe a;
    const std::string long_topic(size, 'x');
    trie.add(as_bytes(long_topic), a);
    CHECK(trie.node_count() == 1 + pieces);
    auto other = long_topic;
    other.back() = 'y';
    trie.add(as_bytes(other), a);
    CHECK(trie.node_count() == 1 + pieces + 2);
    CHECK(matches(trie, long_topic).size() == 1);
    trie.remove(as_bytes(other), a);
    CHECK(trie.node_count() == 1 + pieces);
    CHECK(matches(trie, long_topic + "tail").size() == 1);
    CHECK(matches(trie, other).empty());
    CHECK((remove_all(trie, a) == std::map<std::string, bool>{{long_topic, true}}));
    CHECK(trie.node_count() == 1);
}

TEST_CASE("what was taken out of a long topic leaves no more nodes than its pieces need, in any order") {
    std::mt19937 random(GENERATE(1u, 2u, 3u));
    constexpr std::size_t size = 5000;
    subscription_trie trie;
    fake_pipe a, b;
    std::vector<std::string> shorts;
    for (std::size_t i = 1; i < size; i += 1 + random() % 9) shorts.emplace_back(i, 'x');
    const bool before = GENERATE(true, false);
    if (!before) trie.add(as_bytes(std::string(size, 'x')), a);
    for (const auto& each : shorts) trie.add(as_bytes(each), b);
    if (before) trie.add(as_bytes(std::string(size, 'x')), a);
    std::shuffle(shorts.begin(), shorts.end(), random);
    for (const auto& each : shorts) trie.remove(as_bytes(each), b);
    // Any two neighbours are longer than one piece may be.
    CHECK(trie.node_count() <= 1 + 2 * (size / 256 + 1));
    CHECK(trie.size() == 1);
    CHECK((matches(trie, std::string(size, 'x')) == std::set<peer_pipe*>{&a}));
    CHECK((remove_all(trie, a) == std::map<std::string, bool>{{std::string(size, 'x'), true}}));
    CHECK(trie.node_count() == 1);
}

TEST_CASE("a chain of nested topics is walked and destroyed without deep calls") {
    topic_counts topics;
    std::string topic;
    for (int depth = 0; depth < 3000; ++depth) {
        topic += 'z';
        topics.add(as_bytes(topic));
    }
    CHECK(topics.size() == 3000);
    std::size_t total = 0;
    topics.for_each([&](zmtp::bytes each) { total += each.size(); });
    CHECK(total == 3000u * 3001 / 2);
    CHECK(topics.matches(as_bytes("z")));
    CHECK_FALSE(topics.matches(as_bytes("y")));
}

TEST_CASE("all 256 first octets have their own place") {
    subscription_trie trie;
    std::array<fake_pipe, 256> peers;
    for (unsigned i = 0; i < 256; ++i) {
        const char octet = static_cast<char>(i);
        trie.add(as_bytes({&octet, 1}), peers[i]);
    }
    for (unsigned i = 0; i < 256; ++i) {
        const std::string text{static_cast<char>(i), 'x'};
        CHECK((matches(trie, text) == std::set<peer_pipe*>{&peers[i]}));
    }
}

TEST_CASE("topics of a subscriber count and can be listed") {
    topic_counts topics;
    CHECK(topics.add(as_bytes("a")));
    CHECK_FALSE(topics.add(as_bytes("a")));
    CHECK(topics.add(as_bytes("ab")));
    std::set<std::string> listed;
    topics.for_each([&](zmtp::bytes topic) { listed.emplace(as_text(topic)); });
    CHECK((listed == std::set<std::string>{"a", "ab"}));
    CHECK_FALSE(topics.remove(as_bytes("a")));
    CHECK(topics.matches(as_bytes("a")));
    CHECK(topics.remove(as_bytes("a")));
    CHECK_FALSE(topics.matches(as_bytes("a")));
    CHECK_FALSE(topics.remove(as_bytes("a")));
    CHECK_FALSE(topics.remove(as_bytes("abc")));
    CHECK(topics.size() == 1);
}

TEST_CASE("the subscription trie agrees with a list of pairs over random changes") {
    std::mt19937 random(GENERATE(1u, 2u, 3u, 4u));
    subscription_trie trie;
    std::array<fake_pipe, 6> peers;
    std::map<std::string, std::set<peer_pipe*>> model;

    for (int step = 0; step < 20000; ++step) {
        auto& peer = peers[random() % peers.size()];
        const auto topic = random_topic(random);
        const auto action = random() % 100;
        if (action < 45) {
            auto& pipes = model[topic];
            const auto expected = pipes.contains(&peer) ? subscription_trie::addition::again
                                  : pipes.empty()       ? subscription_trie::addition::first
                                                        : subscription_trie::addition::another;
            CHECK(trie.add(as_bytes(topic), peer) == expected);
            pipes.insert(&peer);
        } else if (action < 90) {
            auto expected = subscription_trie::removal::unknown;
            if (const auto found = model.find(topic); found != model.end() && found->second.erase(&peer)) {
                expected = found->second.empty() ? subscription_trie::removal::last
                                                 : subscription_trie::removal::others_remain;
                if (found->second.empty()) model.erase(found);
            }
            CHECK(trie.remove(as_bytes(topic), peer) == expected);
        } else if (action < 91) {
            std::map<std::string, bool> expected;
            for (auto at = model.begin(); at != model.end();) {
                if (at->second.erase(&peer)) expected[at->first] = at->second.empty();
                at = at->second.empty() ? model.erase(at) : std::next(at);
            }
            CHECK(remove_all(trie, peer) == expected);
        } else {
            std::set<peer_pipe*> expected;
            for (const auto& [prefix, pipes] : model)
                if (topic.starts_with(prefix)) expected.insert(pipes.begin(), pipes.end());
            CHECK(matches(trie, topic) == expected);
        }
        CHECK(trie.size() == model.size());
        // A radix tree: a topic, or a fork of at least two.
        CHECK(trie.node_count() <= 2 * model.size() + 1);
    }
}

TEST_CASE("the counted topics agree with a multiset over random changes") {
    std::mt19937 random(GENERATE(5u, 6u));
    topic_counts topics;
    std::map<std::string, int> model;
    for (int step = 0; step < 20000; ++step) {
        const auto topic = random_topic(random);
        if (random() % 2) {
            CHECK(topics.add(as_bytes(topic)) == (model[topic]++ == 0));
        } else {
            const auto found = model.find(topic);
            const bool last = found != model.end() && --found->second == 0;
            if (last) model.erase(found);
            CHECK(topics.remove(as_bytes(topic)) == last);
        }
        const auto text = random_topic(random);
        const bool expected = std::any_of(model.begin(), model.end(),
                                          [&](const auto& each) { return text.starts_with(each.first); });
        CHECK(topics.matches(as_bytes(text)) == expected);
        CHECK(topics.size() == model.size());
    }
}
