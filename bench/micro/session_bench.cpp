// A session's traffic: a chunk scanned, parts sealed; in the clear, as ZMTP 1.0 and with CURVE's box.
#include "zither/zmtp/curve_box.hpp"
#include "zither/zmtp/session.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace zither::zmtp;

constexpr std::size_t chunk_size = 64 * 1024;

session_settings settings_of(zither::socket_type type) {
    session_settings settings;
    settings.self.type = type;
    return settings;
}

// Two sessions say to each other what they have to until both are in traffic.
void shake_hands(session& one, session& other, time_point now) {
    while (one.state() != session::phase::traffic || other.state() != session::phase::traffic) {
        for (auto [from, to] : {std::pair{&one, &other}, std::pair{&other, &one}}) {
            std::vector<std::byte> wire;
            from->take_output(wire);
            to->receive_handshake(wire, now);
        }
    }
}

std::vector<std::byte> frames_of(std::size_t body_size) {
    std::vector<std::byte> chunk;
    while (chunk.size() + header_size_of(body_size) + body_size <= chunk_size) {
        std::byte header[frame_header_max];
        chunk.insert(chunk.end(), header, header + write_header(header, 0, body_size));
        chunk.resize(chunk.size() + body_size);
    }
    return chunk;
}

void complete_handshake(benchmark::State& state) {
    for (auto _ : state) {
        session push(settings_of(zither::socket_type::push), time_point{});
        session pull(settings_of(zither::socket_type::pull), time_point{});
        shake_hands(push, pull, time_point{});
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(complete_handshake);

void scan_a_chunk(benchmark::State& state) {
    session push(settings_of(zither::socket_type::push), time_point{});
    session pull(settings_of(zither::socket_type::pull), time_point{});
    shake_hands(push, pull, time_point{});
    auto chunk = frames_of(static_cast<std::size_t>(state.range(0)));
    std::int64_t messages = 0;
    for (auto _ : state) messages += pull.scan(chunk).messages;
    state.SetItemsProcessed(messages);
}
BENCHMARK(scan_a_chunk)->Arg(16)->Arg(64)->Arg(1024);

void seal_a_box(benchmark::State& state) {
    const std::vector<std::byte> body(static_cast<std::size_t>(state.range(0)));
    curve_box box(key{}, curve_box::side::client, 0, 0);
    std::vector<std::byte> wire;
    for (auto _ : state) {
        wire.clear();
        box.seal(curve_box::last, body, wire);
        benchmark::DoNotOptimize(wire.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(seal_a_box)->Arg(16)->Arg(1024)->Arg(65536);

}  // namespace
