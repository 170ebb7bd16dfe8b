#pragma once

#include "both_ways.hpp"
#include "single_parts.hpp"

namespace zither::sockets::pattern {

/// CHANNEL (RFC 52): one peer at most, the first; all others are closed. A PAIR for threads.
class channel final : public one_peer<single_parts> {
public:
    using one_peer::one_peer;

    errc send(zmtp::message& whole) override {
        return whole.more() ? errc::invalid_argument : one_peer::send(whole);
    }
};

}  // namespace zither::sockets::pattern
