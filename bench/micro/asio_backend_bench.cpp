// What Asio's two backends cost, epoll and io_uring: the program is built once with each
// (docs/decisions/0011-zerocopy-and-io-uring.md).
#include <array>
#include <cstdint>
#include <functional>

#include <benchmark/benchmark.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <asio.hpp>

namespace {

/// As our reactor uses Asio: a set of descriptors is waited for, and what is ready in it is seen to directly.
void wait_for_a_set(benchmark::State& state) {
    asio::io_context loop(1);
    auto goes_on = asio::make_work_guard(loop);
    const int bell = ::eventfd(0, EFD_CLOEXEC), set = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    ::epoll_ctl(set, EPOLL_CTL_ADD, bell, &wanted);
    {
        asio::posix::stream_descriptor watched(loop, set);
        for (auto _ : state) {
            bool fired = false;
            watched.async_wait(asio::posix::stream_descriptor::wait_read, [&](const asio::error_code&) {
                epoll_event event;
                eventfd_t count = 0;
                if (::epoll_wait(set, &event, 1, 0) == 1) ::eventfd_read(bell, &count);
                fired = true;
            });
            ::eventfd_write(bell, 1);
            while (!fired) loop.run_one();
        }
    }
    ::close(bell);
}
BENCHMARK(wait_for_a_set);

/// As a library would that leaves its sockets to Asio: 64 octets there and back over TCP.
void ping_pong_by_asio(benchmark::State& state) {
    using asio::ip::tcp;
    asio::io_context loop(1);
    auto goes_on = asio::make_work_guard(loop);
    tcp::acceptor door(loop, {asio::ip::address_v4::loopback(), 0});
    tcp::socket asks(loop), answers(loop);
    asks.connect(door.local_endpoint());
    door.accept(answers);
    for (auto* each : {&asks, &answers}) each->set_option(tcp::no_delay(true));
    std::array<char, 64> asked{}, answered{};
    std::function<void()> answer = [&] {
        asio::async_read(answers, asio::buffer(answered), [&](const asio::error_code& failed, std::size_t) {
            if (failed) return;
            asio::async_write(answers, asio::buffer(answered),
                              [&](const asio::error_code&, std::size_t) { answer(); });
        });
    };
    answer();
    for (auto _ : state) {
        bool back = false;
        asio::async_write(asks, asio::buffer(asked), [&](const asio::error_code&, std::size_t) {
            asio::async_read(asks, asio::buffer(asked),
                             [&](const asio::error_code&, std::size_t) { back = true; });
        });
        while (!back) loop.run_one();
    }
    asks.close();
    goes_on.reset();
    loop.run();
}
BENCHMARK(ping_pong_by_asio);

}  // namespace
