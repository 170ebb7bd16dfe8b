// The end of a socket: close, linger, gone.
#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <algorithm>

#include <asio/post.hpp>

namespace zither::sockets {

using std::chrono::milliseconds;

void socket_object::stop() {
    lock held(engine_.mutex());
    stopped_ = true;
    step(held, [&] { abandon(held, errc::terminated); });
    engine_.wake_all();
}

void socket_object::close() {
    const auto self = shared_from_this();
    if (left_behind()) {
        if (std::exchange(closed_, true)) return;
        engine_.close_descriptors();
        transport::keep_for_ever(self);
        return;
    }
    lock held(engine_.mutex());
    if (closed_) return;
    step(held, [&] { engine_.flush_fresh(held); });
    step(held, [&] { engine_.flush_tails(held); });
    if (std::exchange(closed_, true)) return;  // another thread closed it meanwhile
    for (auto& one : peers_) one->rollback();
    for (auto& one : attachments_) {
        if (!one.listening) continue;
        tell(monitor_event::closed, static_cast<std::uint32_t>(one.listening->descriptor()), one.text);
        one.listening->close();
    }
    held.unlock();
    context_->forget_inproc(*this);
    held.lock();
    tell(monitor_event::stopped, 0, "");
    deliver(held);
    const auto watching = std::exchange(monitor_, nullptr);
    step(held, [&] { abandon(held, errc::cancelled); });
    begin_linger(held);
    engine_.wake_all();
    held.unlock();
    if (watching) watching->close();
}

bool socket_object::finished() const {
    return std::ranges::all_of(peers_, [](const auto& one) { return one->drained() || one->gone(); });
}

void socket_object::begin_linger(lock& held) {
    lingering_ = true;
    // As libzmq: who has all that was for it is let go, and nobody is listened to. What peers go on saying
    // costs no memory and keeps nothing alive.
    for (auto& one : peers_) {
        step(held, [&] { one->stop_listening(); });
        one->close();
    }
    for (auto& one : attachments_)
        if (one.connecting && !one.pipe) one.connecting->close();
    if (options_.linger_ms != 0) step(held, [&] { settle(held); });
    if (options_.linger_ms == 0 || finished()) {
        finish_close(held);
        return;
    }
    if (options_.linger_ms < 0) return;
    const bool timed = transport::within_memory([&] {
        linger_timer_ = std::make_shared<asio::steady_timer>(loop(), milliseconds(options_.linger_ms));
        linger_timer_->async_wait([self = shared_from_this()](const asio::error_code& error) {
            if (!error) self->end_now();
        });
    });
    if (!timed) finish_close(held);  // rather than never
}

/// Whoever wrote last ends it: a call that was under way at the close, too. Its caller may have let go of the
/// socket since, so that ours would be the last hold on it.
void socket_object::end_if_sent(lock& held) {
    if (ended_ || !finished()) return;
    if (loop().get_executor().running_in_this_thread()) {
        finish_close(held);
        return;
    }
    // When it cannot be posted, another one is under way.
    transport::within_memory([&] {
        asio::post(loop(), transport::placed_handler(end_memory_, [self = shared_from_this()] {
                       lock later(self->engine_.mutex());
                       if (!self->ended_ && self->finished()) self->finish_close(later);
                   }));
    });
}

void socket_object::end_now() {
    lock held(engine_.mutex());
    if (lingering_ && !ended_) finish_close(held);
}

void socket_object::finish_close(lock& held) {
    ended_ = true;
    end_asking();
    // A timer that goes ends its wait as well.
    if (linger_timer_)
        step(held, [&] { asio::post(loop(), [timer = std::move(linger_timer_)] { timer->cancel(); }); });
    for (auto& one : attachments_)
        if (one.connecting) one.connecting->close();
    attachments_.clear();
    while (!peers_.empty()) step(held, [&] { remove_peer(held, peers_.size() - 1); });
    step(held, [&] { engine_.close_all(held); });
    deliver(held);
    engine_.by()->forget(engine_);
    const auto context = std::move(context_);
    context->socket_ended(*this);
}

}  // namespace zither::sockets
