#pragma once

#include "zither/sockets/socket.hpp"

namespace zither {

/// Moves messages between two sockets, both ways, until a call fails: `terminated` when the context ends,
/// `interrupted` at a signal. `capture` (may be null) gets a copy of every message. `control` (may be null)
/// takes PAUSE, RESUME, TERMINATE, after which the call returns without an error, and STATISTICS, which it
/// answers with eight 64-bit numbers: messages and octets in and out of the front, then of the back.
void proxy(socket& front, socket& back, std::error_code& error, socket* capture = nullptr,
           socket* control = nullptr);

}  // namespace zither
