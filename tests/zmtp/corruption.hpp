#pragma once

#include "script.hpp"
#include "second_opinion.hpp"

namespace zither::zmtp::test {

/// Whatever was said: no message but those that are in the octets, and no end without a reason.
inline void check_against_second_opinion(listening_side& us, const octets& all) {
    if (us.shook_hands()) {
        const auto opinion = judge(us.talk().peer().speaks, bytes(all).subspan(us.handshake_size()));
        CHECK(us.messages() == opinion.messages);
        CHECK(us.closed() == opinion.broken);
        if (us.closed()) check_named(us.reason());
        return;
    }
    CHECK(us.messages().empty());
    if (!us.closed()) us.talk().tick(us.talk().next_deadline());
    CHECK(us.closed());
    check_named(us.reason());
}

}  // namespace zither::zmtp::test
