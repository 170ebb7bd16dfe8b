#pragma once

#include <cstddef>

namespace asio {
class io_context;
}
namespace zither::transport {
class reactor;
}

namespace zither::sim {

/// The timers of a loop, by whom they belong to.
struct timer_books {
    std::size_t running = 0;  ///< all that the loop waits for
    std::size_t shared = 0;   ///< of those, the reactor's own
    std::size_t engines = 0;  ///< and those of sockets that live
    std::size_t orphans = 0;  ///< timers kept for a socket that is no more, running or not
    std::size_t sockets = 0;  ///< how many the reactor has in its list, and live
    std::size_t strays = 0;   ///< and those that do not
};
/// Nothing may be left to be done at once by the loop.
timer_books look_at_timers(asio::io_context& loop, transport::reactor& of);

}  // namespace zither::sim
