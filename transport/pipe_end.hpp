#pragma once

#include "zither/transport/backlog.hpp"
#include "zither/zmtp/close_reason.hpp"

namespace zither::transport {

class connection;

/// The transport's view of one pipe of a socket: its two lanes, its marks, and what to call when they change.
/// Everything, the calls included, happens under the owning socket's mutex; no call may block or unlock it.
class pipe_end {
public:
    pipe_end() = default;
    pipe_end(const pipe_end&) = delete;
    pipe_end& operator=(const pipe_end&) = delete;

    lane in;
    lane out;
    backlog waiting;                  ///< what `out` counts for against `send_mark`
    std::size_t receive_mark = 1000;  ///< messages; 0: no limit
    std::size_t send_mark = 1000;
    bool conflate = false;
    bool reader_idle = true;      ///< the last look found `in` empty: call `received` when it is not
    bool deaf = false;            ///< the socket is closed: what comes is read, and kept by nobody
    bool writer_blocked = false;  ///< the last look found `out` full: call `room` when there is
    connection* link = nullptr;   ///< the connection in traffic, if any

    [[nodiscard]] bool over_receive_mark() const noexcept {
        return receive_mark > 0 && in.messages() >= receive_mark;
    }
    [[nodiscard]] bool receive_half_empty() const noexcept { return in.messages() <= receive_mark / 2; }
    [[nodiscard]] bool full() noexcept { return !conflate && waiting.full(out, send_mark); }

    /// Tells a reader that waits, if there is something to read. True when it was told.
    bool tell_reader() {
        if (!reader_idle || in.empty()) return false;
        reader_idle = false;
        received();
        return true;
    }
    /// Messages left `out`: tells a writer that waits, if that makes room. True when it was told.
    bool tell_writer() {
        if (!waiting.shrink(out, send_mark) || !writer_blocked) return false;
        writer_blocked = false;
        room();
        return true;
    }

    /// A connection reached traffic; false refuses the peer.
    virtual bool connected(connection& by) = 0;
    /// `in` has messages after `reader_idle`.
    virtual void received() = 0;
    /// `out` has room after `writer_blocked`.
    virtual void room() = 0;
    /// The peer wants, or no longer wants, a prefix.
    virtual void subscription(zmtp::bytes topic, bool wanted) = 0;
    /// The connection is gone; `out` begins again with the first message not wholly written.
    virtual void lost(const zmtp::close_reason& reason) = 0;

protected:
    ~pipe_end() = default;
};

}  // namespace zither::transport
