// Subscriptions against a map of topics.
#include "fuzz.hpp"

#include "../sockets/pattern/fake_pipe.hpp"

#include "zither/sockets/pattern/subscription_trie.hpp"

#include <array>
#include <map>
#include <set>

using namespace zither;
using namespace zither::fuzz;
using sockets::pattern::subscription_trie;
using sockets::pattern::topic_counts;
using sockets::pattern::test::fake_pipe;

namespace {

constexpr unsigned pipes_max = 4;

struct model {
    std::map<std::string, std::set<const void*>> wanted;
    std::map<std::string, unsigned> counts;

    std::set<const void*> match(std::string_view text) const {
        std::set<const void*> found;
        for (const auto& [topic, pipes] : wanted)
            if (text.starts_with(topic)) found.insert(pipes.begin(), pipes.end());
        return found;
    }
    bool matches(std::string_view text) const {
        return std::ranges::any_of(counts, [&](const auto& each) { return text.starts_with(each.first); });
    }
};

struct both {
    std::array<fake_pipe, pipes_max> pipes;
    subscription_trie trie;
    topic_counts own;
    model naive;

    void add(const std::string& topic, fake_pipe& by) {
        using addition = subscription_trie::addition;
        auto& wanting = naive.wanted[topic];
        const auto expected = wanting.contains(&by) ? addition::again
                              : wanting.empty()     ? addition::first
                                                    : addition::another;
        wanting.insert(&by);
        must(trie.add(as_bytes(topic), by) == expected, "the first to want a topic is news");
        must(own.add(as_bytes(topic)) == (naive.counts[topic]++ == 0), "so is a subscriber's own first");
    }
    void remove(const std::string& topic, fake_pipe& by) {
        using removal = subscription_trie::removal;
        auto expected = removal::unknown;
        if (const auto at = naive.wanted.find(topic); at != naive.wanted.end() && at->second.erase(&by)) {
            expected = at->second.empty() ? removal::last : removal::others_remain;
            if (at->second.empty()) naive.wanted.erase(at);
        }
        must(trie.remove(as_bytes(topic), by) == expected, "a removal says what it left");
        const auto count = naive.counts.find(topic);
        const bool last = count != naive.counts.end() && --count->second == 0;
        if (last) naive.counts.erase(count);
        must(own.remove(as_bytes(topic)) == last, "the last of a count is news");
    }
    void forget(fake_pipe& gone) {
        std::map<std::string, bool> expected;
        for (auto& [topic, by] : naive.wanted)
            if (by.erase(&gone) > 0) expected[topic] = by.empty();
        std::erase_if(naive.wanted, [](const auto& each) { return each.second.empty(); });
        std::map<std::string, bool> told;
        trie.remove(gone, [&](bytes topic, bool last) {
            must(told.emplace(as_text(topic), last).second, "each topic is told once");
        });
        must(told == expected, "a pipe that goes takes its topics along");
    }
    void check(const std::string& text) {
        std::set<const void*> found;
        trie.match(as_bytes(text),
                   [&](sockets::pattern::pipe& each) { found.insert(static_cast<fake_pipe*>(&each)); });
        must(found == naive.match(text), "who wants it gets it");
        must(own.matches(as_bytes(text)) == naive.matches(text), "a subscriber knows its own");
        must(trie.size() == naive.wanted.size() && own.size() == naive.counts.size(), "topics are counted");
        // A node per topic and a fork per pair of them, and the root; of long ones any two neighbouring
        // pieces are longer than one may be.
        std::size_t octets = 0;
        for (const auto& [topic, by] : naive.wanted) octets += topic.size();
        must(trie.node_count() <= 2 * naive.wanted.size() + 1 + octets / 32, "no node outlives its topic");
    }
};

/// Longer than one node holds.
std::string stretched(const std::string& topic) {
    std::string made;
    for (const char each : topic) made.append(70, each);
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    both sides;
    while (!from.empty()) {
        const auto what = from.octet();
        auto& by = sides.pipes[what >> 2 & 3];
        auto topic = from.text(what & 0x80 ? 40 : 4);
        if (what & 0x20) topic = stretched(topic);
        switch (what & 3) {
            case 0:
            case 1: sides.add(topic, by); break;
            case 2: sides.remove(topic, by); break;
            default:
                if (what & 0x40) sides.forget(by);
        }
        sides.check(topic + from.text(4));
    }
    return 0;
}
