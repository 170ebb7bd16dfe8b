#pragma once

#include "both_ways.hpp"
#include "fair_queue.hpp"

namespace zither::sockets::pattern {

/// PAIR (RFC 31): one peer at most, the first; all others are closed.
class pair final : public one_peer<fair_queue> {
public:
    using one_peer::one_peer;
};

}  // namespace zither::sockets::pattern
