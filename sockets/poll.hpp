#pragma once

#include "zither/sockets/socket_object.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>

#include <signal.h>

namespace zither::sockets {

/// What `poll` waits for, with zmq_poll's numbers.
namespace poll_event {
constexpr short input = 1, output = 2, error = 4, priority = 8;
}  // namespace poll_event

/// One socket, or one descriptor of the operating system's, to wait for.
struct poll_item {
    std::shared_ptr<socket_object> socket;  ///< null: `descriptor` counts
    int descriptor = -1;
    short wanted = 0;
    short ready = 0;  ///< set by `poll`
};

/// Waits until an item is ready, `timeout` has passed (none: for ever) or a signal arrives. `count` is how
/// many are ready. The calling thread does the I/O of the sockets it waits for.
///
/// With `mask` the call's signals are those for as long as it waits, as ppoll's are.
errc poll(std::span<poll_item> items, std::optional<std::chrono::milliseconds> timeout, int& count,
          const sigset_t* mask = nullptr);

}  // namespace zither::sockets
