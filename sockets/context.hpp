#pragma once

#include <memory>

#include <asio/io_context.hpp>

namespace zither {

namespace sockets {
class context_object;
}

/// What a group of sockets shares: I/O threads, the names of inproc endpoints, and one end. Thread-safe.
///
/// A program has one, usually; it must outlive its sockets. Sockets of a context run on its I/O threads, or
/// on a loop of the user's own and then make no thread.
class context {
public:
    /// With `io_threads` threads of its own (0 to 65535), started with the first socket. Callers do the I/O
    /// of the sockets they use; the threads connect, accept, and step in where nobody calls. 0 is for inproc
    /// alone.
    explicit context(int io_threads = 1);
    /// On a user's loop: connecting, accepting and timers run wherever `loop` runs. `loop` must outlive the
    /// context and its sockets; its `run` returns once they are closed.
    explicit context(asio::io_context& loop);
    /// As `terminate`.
    ~context();
    context(context&&) noexcept;
    context& operator=(context&&) noexcept;

    /// Calls that wait, on any socket and thread, end with `errc::terminated` from now on.
    void shutdown() noexcept;
    /// `shutdown`, then waits until every socket is closed and has sent what is queued for up to its linger
    /// time. On a user's loop nothing waits: what is unsent then is lost.
    void terminate() noexcept;

    /// At most this many sockets at once (default 1023; at least 1). Throws std::system_error.
    void set_max_sockets(int count);

    [[nodiscard]] const std::shared_ptr<sockets::context_object>& object() const noexcept { return object_; }

private:
    std::shared_ptr<sockets::context_object> object_;
};

}  // namespace zither
