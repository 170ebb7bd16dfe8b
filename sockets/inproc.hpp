#pragma once

#include "zither/transport/backlog.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <string>

namespace zither::sockets {

class socket_object;
class inproc_pipe;

/// Two inproc sockets' pipe: a lane each way under a mutex of its own, the last in the order socket, link.
/// Each end acts under its own socket's mutex and never takes the other's; what the other must hear goes
/// through `socket_object::post_notice` once its own mutex is free.
struct inproc_link {
    /// One direction; `reader` and `writer` are the ends' numbers.
    struct direction {
        transport::lane lane;
        transport::backlog waiting;
        std::size_t mark = 0;  // messages; 0: no limit
        bool reader_idle = true;
        bool writer_blocked = false;
        bool conflate = false;
    };
    struct end {
        std::weak_ptr<socket_object> socket;
        inproc_pipe* pipe = nullptr;  // valid under its socket's mutex
        std::string routing_id;
        std::size_t send_mark = 0;
        std::size_t receive_mark = 0;
        bool conflate = false;
        bool closed = false;
    };

    /// Both marks of a direction count together: the messages of either queue lie in its lane.
    void join_marks() noexcept;

    std::mutex mutex;                     // guards everything below
    std::array<direction, 2> directions;  // [n] is written by end n
    std::array<end, 2> ends;              // [0] connected, [1] bound
};

/// What one end must hear of the other.
struct inproc_notice {
    enum class kind : std::uint8_t { attach, connected, readable, writable, closed } what;
    std::shared_ptr<inproc_link> link;
    int to = 0;  // the end that hears it
};

}  // namespace zither::sockets
