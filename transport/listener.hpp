#pragma once

#include "zither/transport/endpoint.hpp"
#include "zither/transport/reactor.hpp"
#include "zither/transport/stream_options.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace zither::transport {

/// A bound endpoint of streams (tcp, ipc, tipc, vsock) that accepts on a reactor. Made on any thread; `close`
/// may be called from any.
class listener final : public std::enable_shared_from_this<listener>, public overdue {
public:
    struct events {
        /// The descriptor is the callee's, even if it throws.
        std::function<void(int descriptor, const address& peer)> accepted;  ///< on the reactor, no lock held
        std::function<void(int error)> failed;  ///< an accept failed or was refused
    };

    /// Binds and listens at once; the error says why not, and then nothing is left of it.
    static errc open(const std::shared_ptr<reactor>& by, const endpoint& at, const stream_options& options,
                     std::shared_ptr<listener>& out);
    ~listener();

    /// The bound address with wildcards filled in.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_number_; }
    void start(events tell);
    void close();
    void make_up() override;

private:
    listener(const std::shared_ptr<reactor>& by, int descriptor, const stream_options& options);
    void watch();
    static errc take_over(const std::shared_ptr<reactor>& by, const stream_options& options,
                          std::shared_ptr<listener>& out);
    bool learn_text(int descriptor);
    void wait();
    void accept_all();
    void fail(int error);
    void pause();

    std::shared_ptr<reactor> reactor_;
    int descriptor_number_;
    asio::posix::stream_descriptor descriptor_;
    asio::steady_timer pause_;
    stream_options options_;
    std::string text_;
    std::string unlink_path_;    // the ipc file to remove
    std::string unlink_folder_;  // the folder a wildcard made
    events tell_;                // the reactor's thread, after start
    handler_memory wait_memory_;
    handler_memory close_memory_;
    std::atomic<bool> closing_{false};
    bool closed_ = false;  // the reactor's thread
};

}  // namespace zither::transport
