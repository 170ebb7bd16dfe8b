// What it takes to find one of very many subscriptions at all, in an order that no cache foresees: the
// standard library's hash table, asked once for each length that a topic has. It knows nobody, and sends
// nothing.
#include "common.h"
#include "topics.h"

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace {

struct topic {
    char text[topic_bytes + 1];
    [[nodiscard]] std::string_view view() const { return {text, topic_bytes}; }
};

}  // namespace

int main(int argc, char** argv) {
    const auto o = parse_options(argc, argv);
    std::vector<topic> topics(o.topics), wanted(1000);
    std::unordered_set<std::string_view> table{"begin", "end"};
    table.reserve(o.topics + 2);
    for (std::size_t i = 0; i < topics.size(); i++) {
        make_topic(topics[i].text, i);
        table.insert(topics[i].view());
    }
    const auto end = now_ns() + static_cast<std::uint64_t>(o.seconds * 1e9);
    std::uint64_t found = 0, looked = 0, busy = 0, pick = 1;
    do {
        for (auto& one : wanted) make_topic(one.text, any_topic(&pick, o.topics));
        const auto start = cpu_ns();
        for (const auto& one : wanted)
            for (const std::size_t length : {3, 5, int{topic_bytes}})
                found += table.count(one.view().substr(0, length));
        busy += cpu_ns() - start;
        looked += wanted.size();
    } while (now_ns() < end);
    if (found != looked) fail("lookup", "a topic is not found");
    std::printf("result {\"looked\": %llu, \"match_ns\": %.1f}\n", static_cast<unsigned long long>(looked),
                static_cast<double>(busy) / static_cast<double>(looked));
}
