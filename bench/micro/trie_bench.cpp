// The subscriptions of a publisher: made, and matched, few and very many.
#include "fixed_pipe.hpp"
#include "zither/sockets/pattern/subscription_trie.hpp"

#include <cstdio>

#include <benchmark/benchmark.h>

namespace {

using namespace zither;
using sockets::pattern::subscription_trie;

// Scattered, as names are that people choose.
std::string topic(std::uint64_t number) {
    char text[32];
    std::snprintf(text, sizeof text, "prices/%08x/tick", static_cast<unsigned>(number * 2654435761U));
    return text;
}

void subscribe_to_many(benchmark::State& state) {
    bench::fixed_pipe pipe;
    for (auto _ : state) {
        subscription_trie trie;
        for (std::int64_t i = 0; i < state.range(0); ++i)
            trie.add(zmtp::as_bytes(topic(static_cast<std::uint64_t>(i))), pipe);
        benchmark::DoNotOptimize(trie.size());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(subscribe_to_many)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void match_one_of_many(benchmark::State& state) {
    bench::fixed_pipe pipe;
    subscription_trie trie;
    const auto many = static_cast<std::uint64_t>(state.range(0));
    for (std::uint64_t i = 0; i < many; ++i) trie.add(zmtp::as_bytes(topic(i)), pipe);
    std::vector<std::string> texts;  // made before the clock runs
    for (std::uint64_t i = 0, pick = 1; i < 4096; ++i) {
        pick = pick * 6364136223846793005U + 1442695040888963407U;
        texts.push_back(topic((pick >> 33) % many));
    }
    std::size_t next = 0, found = 0;
    for (auto _ : state) {
        trie.match(zmtp::as_bytes(texts[next++ % texts.size()]), [&](sockets::pattern::pipe&) { ++found; });
    }
    if (found != static_cast<std::size_t>(state.iterations())) state.SkipWithError("a topic was not matched");
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(match_one_of_many)->Arg(1)->Arg(1000)->Arg(1'000'000);

}  // namespace
