#pragma once

#include "zither/sockets/context_object.hpp"
#include "zither/zmtp/zap.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace zither::sockets {

/// Asks the authentication handler of a context about peers (RFC 27), for one socket. It has a DEALER of its
/// own, made when first needed. `ask` and `close` are called on the asking socket's loop only, `expect` and
/// `forget` under that socket's mutex; the replies come on any of the context's loops.
class zap_client final : public std::enable_shared_from_this<zap_client>, public transport::overdue {
public:
    using answered = std::function<void(std::uint64_t number, zmtp::zap_reply)>;

    zap_client(std::shared_ptr<context_object> context, answered on_answer)
        : context_(std::move(context)), on_answer_(std::move(on_answer)) {}

    /// A question about the connection of that number, which lives, will be asked.
    void expect(std::uint64_t number);
    /// The connection has ended: no answer is waited for, and one that comes is dropped.
    void forget(std::uint64_t number);
    /// The answer to `number`, which is expected, follows, unless the handler never gives one: the
    /// handshake's time is limited. A reply that belongs to no question comes with the number 0.
    void ask(std::uint64_t number, const zmtp::zap_request& request);
    /// Lets go of the handler. No answer follows.
    void close();
    void make_up() override;

    /// For the post that ends it, which must not fail.
    transport::handler_memory close_memory;

private:
    class reception;

    void receive_next(const std::shared_ptr<socket_object>& on);

    /// Makes the DEALER, or connects it anew to the handler that is there now.
    errc reach_handler();
    errc send(std::uint64_t number, const zmtp::zap_request& request);
    /// Notes that the question goes to the handler, or did not; false when it is not expected any more.
    bool note_sent(std::uint64_t number, bool sent);
    void hear(const std::vector<zmtp::message>& parts);
    /// The handler went with questions unanswered. As with libzmq, their peers wait until their time is up.
    void forget_sent();
    [[nodiscard]] bool waits() const;

    const std::shared_ptr<context_object> context_;
    const answered on_answer_;
    std::shared_ptr<socket_object> dealer_;

    transport::handler_memory reception_memory_;
    mutable std::mutex mutex_;                // held for no call
    std::shared_ptr<socket_object> unheard_;  // guarded by mutex_; what to receive from once there is memory
    std::map<std::uint64_t, bool> asked_;     // guarded by mutex_; of connections that live: was it sent?
    // Guarded by mutex_; of connections that have ended: their answers may come late.
    std::map<std::uint64_t, bool> forgotten_;
};

}  // namespace zither::sockets
