#pragma once

#include "zither/sockets/socket_object.hpp"

#include <memory>

namespace zither::sockets {

/// Moves messages between two sockets, both ways, until an error, a signal, the end of the context, or
/// TERMINATE on `control`. `capture` (may be null) gets a copy of each message; `control` (may be null)
/// understands PAUSE, RESUME, TERMINATE and STATISTICS.
errc run_proxy(const std::shared_ptr<socket_object>& front, const std::shared_ptr<socket_object>& back,
               socket_object* capture, const std::shared_ptr<socket_object>& control);

}  // namespace zither::sockets
