#pragma once

#include "pipe.hpp"
#include "settings.hpp"

namespace zither::sockets::pattern {

/// PROBE_ROUTER: an empty message as the very first of a new pipe, so that a ROUTER peer learns of us.
inline void send_probe(const settings& options, pipe& peer) {
    if (options.probe_router && peer.writable()) peer.write(zmtp::message());
}

}  // namespace zither::sockets::pattern
