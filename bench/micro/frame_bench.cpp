// Frame headers, written and parsed.
#include "zither/zmtp/frame.hpp"

#include <array>

#include <benchmark/benchmark.h>

namespace {

using namespace zither::zmtp;

void write_a_header(benchmark::State& state) {
    std::array<std::byte, frame_header_max> octets{};
    auto size = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        benchmark::DoNotOptimize(size);
        benchmark::DoNotOptimize(write_header(octets.data(), 0, size));
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(write_a_header)->Arg(16)->Arg(1024);

void parse_a_header(benchmark::State& state) {
    std::array<std::byte, frame_header_max> octets{};
    write_header(octets.data(), 0, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(octets);
        benchmark::DoNotOptimize(parse_header(octets));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_a_header)->Arg(16)->Arg(1024);

void make_a_message(benchmark::State& state) {
    const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) {
        message made(body);
        benchmark::DoNotOptimize(made);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(make_a_message)->Arg(16)->Arg(64)->Arg(1024);

}  // namespace
