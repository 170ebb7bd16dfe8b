#pragma once

#include "fair_queue.hpp"
#include "lookahead.hpp"

namespace zither::sockets::pattern {

/// Receives messages of one part from many pipes, in turn, and drops those of more: no such socket sends them
/// (RFC 41, "MUST discard any part of a multipart message"). Owned by a pattern. A message carries the number
/// of the pipe it came by as its routing id.
class single_parts {
public:
    void attach(pipe& peer) { in_.attach(peer); }
    void detach(pipe& peer) { in_.detach(peer); }
    void activate(pipe& peer) { in_.activate(peer); }

    /// The next message; false when there is none.
    bool receive(zmtp::message& whole);
    /// Would `receive` give one? Looks for it, because what is there may be of many parts.
    bool readable();

private:
    bool next(zmtp::message& whole);

    fair_queue in_;
    lookahead ahead_;
};

}  // namespace zither::sockets::pattern
