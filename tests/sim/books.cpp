// What a loop and a reactor keep is nobody's business but theirs, and the library has no door for a test. But
// in an explicit instantiation private names may be used ([temp.spec]), and a friend that is defined by one
// may use what it was given.
#include "books.hpp"

#include "zither/transport/reactor.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>

namespace zither::sim {

namespace {

using clock = std::chrono::steady_clock;
using traits = asio::detail::chrono_time_traits<clock, asio::wait_traits<clock>>;
using timer_service = asio::detail::deadline_timer_service<traits>;
using timer_queue = asio::detail::timer_queue<traits>;

std::size_t timers_in(const timer_service& service);
timer_books books_of(const transport::reactor& of);

template <auto Queue, auto Timers>
struct loop_opened {
    friend std::size_t timers_in(const timer_service& service) { return (service.*Queue.*Timers).size(); }
};
template struct loop_opened<&timer_service::timer_queue_, &timer_queue::heap_>;

template <class Timers, class Living>
timer_books sorted(const Timers& timers, const Living& living, std::size_t shared) {
    timer_books made;
    made.shared = shared;
    for (const auto& each : living) ++(each.second.expired() ? made.strays : made.sockets);
    for (const auto& [number, timer] : timers) {
        const auto owner = living.find(number);
        if (owner == living.end() || owner->second.expired())
            ++made.orphans;
        else if (timer.expiry() != clock::time_point::max())
            ++made.engines;
    }
    return made;
}

template <auto Waits, auto Leasing, auto Tailing, auto Engines>
struct reactor_opened {
    friend timer_books books_of(const transport::reactor& of) {
        return sorted((of.*Waits)->engines, of.*Engines, std::size_t{of.*Leasing} + std::size_t{of.*Tailing});
    }
};
template struct reactor_opened<&transport::reactor::waits_, &transport::reactor::lease_ticking_,
                               &transport::reactor::tails_awaited_, &transport::reactor::engines_>;

}  // namespace

timer_books look_at_timers(asio::io_context& loop, transport::reactor& of) {
    auto made = books_of(of);
    made.running = timers_in(asio::use_service<timer_service>(loop));
    return made;
}

}  // namespace zither::sim
