#pragma once

#include "both_ways.hpp"
#include "single_parts.hpp"

namespace zither::sockets::pattern {

/// CLIENT (RFC 41): sends to the servers with room, in turn, and receives from all, in turn.
class client final : public both_ways<single_parts> {
public:
    using both_ways::both_ways;

    errc send(zmtp::message& whole) override {
        return whole.more() ? errc::invalid_argument : both_ways::send(whole);
    }
};

}  // namespace zither::sockets::pattern
