#pragma once

#include "zither/transport/backoff.hpp"
#include "zither/transport/endpoint.hpp"
#include "zither/transport/reactor.hpp"
#include "zither/transport/socks.hpp"
#include "zither/transport/stream_options.hpp"

#include <asio/ip/tcp.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace zither::transport {

/// Makes and, until closed, remakes one outgoing tcp or ipc connection: resolves anew each time without
/// blocking, tries every address, backs off between rounds. All work runs on the reactor.
class connector final : public std::enable_shared_from_this<connector>, public overdue {
public:
    struct events {
        /// The descriptor is the callee's, even if it throws.
        std::function<void(int descriptor, const address& peer)> connected;  ///< no lock held
        std::function<void(int error)> delayed;  ///< an attempt is under way or could not be finished at once
        std::function<void(int interval_ms)> retried;  ///< the next round follows in so many milliseconds
        std::function<void(int error)> failed;         ///< a round failed; false stops
    };
    struct timing {
        std::chrono::milliseconds reconnect{100};  ///< negative: never again
        std::chrono::milliseconds reconnect_max{0};
        bool stop_when_refused = false;
    };

    connector(const std::shared_ptr<reactor>& by, endpoint to, stream_options options, timing when);

    /// Checks the address's form without asking the network.
    static errc check(const endpoint& to);

    void start(events tell);
    /// The connection was lost: a new round after the back-off.
    void again();
    void close();
    void make_up() override;

private:
    /// What memory is too short for is tried again later, as a round that failed.
    template <class Step>
    void step(Step&& work) {
        if (!closed_ && !within_memory(work)) break_off();
    }
    void break_off();
    void round();
    void resolve(const host_port& target);
    void resolved(const asio::error_code& error, const asio::ip::tcp::resolver::results_type& found);
    void try_next();
    void begin_connect(const address& to);
    void on_writable(const address& to);
    void succeed(int descriptor, const address& to);
    void reached(const address& to);
    void retry_later(int error);
    [[nodiscard]] bool by_proxy() const {
        return to_.protocol == endpoint::kind::tcp && !options_.socks_proxy.empty();
    }
    void begin_proxy(const address& proxy);
    void talk_to_proxy(const address& proxy);
    void await_proxy(const address& proxy);
    void give_up(int error);

    std::shared_ptr<reactor> reactor_;
    const endpoint to_;
    const stream_options options_;
    const timing when_;
    backoff backoff_;
    asio::ip::tcp::resolver resolver_;
    asio::posix::stream_descriptor descriptor_;
    asio::steady_timer timer_;
    std::minstd_rand random_;
    events tell_;
    std::vector<address> candidates_;
    std::optional<socks_client> dialogue_;  // with a proxy, while it lasts
    address source_;
    int last_error_ = 0;
    handler_memory again_memory_;
    handler_memory close_memory_;
    std::atomic<bool> closing_{false};
    bool closed_ = false;
};

}  // namespace zither::transport
