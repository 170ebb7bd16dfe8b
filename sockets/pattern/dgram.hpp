#pragma once

#include "both_ways.hpp"
#include "fair_queue.hpp"

namespace zither::sockets::pattern {

/// DGRAM: datagrams of anybody, as two parts, whose address and the body. One endpoint at most, the first.
class dgram final : public one_peer<fair_queue> {
public:
    using one_peer::one_peer;

    errc send(zmtp::message& part) override {
        const bool is_address = part.more();
        if (is_address == inside_) return errc::invalid_argument;
        const auto result = one_peer::send(part);
        if (result == errc::ok) inside_ = is_address;
        return result;
    }

private:
    bool inside_ = false;  // a body must follow
};

}  // namespace zither::sockets::pattern
