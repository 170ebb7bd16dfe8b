#pragma once

#include "pipe.hpp"

#include <deque>
#include <string>

namespace zither::sockets::pattern {

/// STREAM_NOTIFY: a message of routing id and empty part when a raw connection begins and when it ends.
/// Owned by a STREAM or raw ROUTER, which asks it before its pipes; a pipe's `notes.flag` says that its
/// beginning was told and its end is owed.
class connection_notices {
public:
    void began(pipe& peer);
    /// The connection is lost but the pipe lives: what it still has to read goes before the notice of its
    /// end, for a next connection may come by the same pipe. So this holds as much as the pipe's lane did.
    void lost(pipe& peer);
    /// The pipe itself is gone and must not be read.
    void gone(pipe& peer);

    [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
    /// The next part, id and body in turn; false when there is none.
    bool receive(zmtp::message& part);

private:
    struct notice {
        std::string routing_id;
        zmtp::message body;
    };
    std::deque<notice> messages_;
    bool id_given_ = false;
};

/// Makes `part` the routing id before a message. Throws std::bad_alloc.
void write_routing_id(zmtp::message& part, const std::string& routing_id);

}  // namespace zither::sockets::pattern
