// Socket types over peers that cost nothing: what the choice of the peer costs.
#include "fixed_pipe.hpp"
#include "zither/sockets/pattern/pattern.hpp"

#include <cstdlib>
#include <deque>
#include <memory>

#include <benchmark/benchmark.h>

namespace {

using namespace zither;

/// A pattern with some peers, all of them there to read and to write.
struct stage {
    stage(socket_type type, std::int64_t peers, std::string_view what = "sixteen octets..",
          bench::fixed_pipe::says how = bench::fixed_pipe::says::always)
        : pattern(sockets::pattern::make_pattern(type, settings)) {
        for (std::int64_t i = 0; i < peers; ++i) {
            auto& pipe = pipes.emplace_back(what, how);
            pattern->attached(pipe, true);
            if (!pattern->connected(pipe)) std::abort();
            pattern->readable(pipe);
        }
    }
    ~stage() {
        for (auto& pipe : pipes) pattern->detached(pipe);
    }

    sockets::pattern::settings settings;
    std::unique_ptr<sockets::pattern::pattern> pattern;
    std::deque<bench::fixed_pipe> pipes;
};

void send_by(benchmark::State& state, socket_type type) {
    stage on(type, state.range(0));
    for (auto _ : state) {
        zmtp::message part("sixteen octets..");
        if (on.pattern->send(part) != errc::ok) {
            state.SkipWithError("not sent");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(send_by, push, socket_type::push)->Arg(1)->Arg(100);
BENCHMARK_CAPTURE(send_by, dealer, socket_type::dealer)->Arg(1)->Arg(100);

void receive_by(benchmark::State& state, socket_type type) {
    stage on(type, state.range(0));
    zmtp::message part;
    for (auto _ : state) {
        if (on.pattern->receive(part) != errc::ok) {
            state.SkipWithError("nothing received");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(receive_by, pull, socket_type::pull)->Arg(1)->Arg(100);
BENCHMARK_CAPTURE(receive_by, router, socket_type::router)->Arg(1)->Arg(100);

/// PUB to peers that have all subscribed to everything.
void publish(benchmark::State& state) {
    stage pub(socket_type::pub, state.range(0), std::string_view("\1", 1), bench::fixed_pipe::says::once);
    for (auto _ : state) {
        zmtp::message part("sixteen octets..");
        if (pub.pattern->send(part) != errc::ok) {
            state.SkipWithError("not sent");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(publish)->Arg(32)->Arg(1000);

}  // namespace
