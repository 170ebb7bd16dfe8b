#pragma once

#include "zither/sockets/operation.hpp"
#include "zither/zmtp/message.hpp"

#include <cstdint>
#include <memory>
#include <vector>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

// What turns a completion token into an `operation`. Users call `socket::async_send` and `async_receive`.

namespace zither::sockets {

class socket_object;

asio::io_context::executor_type executor_of(socket_object& on) noexcept;
/// `cancelled` becomes Asio's own operation_aborted.
std::error_code completion_code(errc result) noexcept;
errc attempt_send(pattern::pattern& on, std::vector<zmtp::message>& parts, std::size_t& sent);
errc attempt_receive(pattern::pattern& on, zmtp::message& part);
errc attempt_receive(pattern::pattern& on, std::vector<zmtp::message>& parts);
void start_send_operation(socket_object& on, std::unique_ptr<operation> one);
void start_receive_operation(socket_object& on, std::unique_ptr<operation> one);
void cancel_operation(socket_object& on, std::uint64_t number);

/// A completion handler with what it needs to be called: both executors kept busy until then.
template <class Handler>
class completion_handler {
public:
    completion_handler(Handler handler, const asio::io_context::executor_type& loop)
        : loop_(loop), own_(asio::get_associated_executor(handler, loop)), handler_(std::move(handler)) {}

    template <class... Result>
    void post(Result... result) {
        asio::post(own_.get_executor(),
                   [handler = std::move(handler_), ... values = std::move(result)]() mutable {
                       if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
                           slot.clear();
                       handler(std::move(values)...);
                   });
        own_.reset();
        loop_.reset();
    }
    void on_cancel(const std::shared_ptr<socket_object>& on, std::uint64_t number) {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        slot.assign([on = std::weak_ptr(on), number](asio::cancellation_type) {
            if (const auto alive = on.lock()) cancel_operation(*alive, number);
        });
    }

private:
    using executor_type = asio::associated_executor_t<Handler, asio::io_context::executor_type>;
    asio::executor_work_guard<asio::io_context::executor_type> loop_;
    asio::executor_work_guard<executor_type> own_;
    Handler handler_;
};

template <class Handler>
class send_operation final : public operation {
public:
    send_operation(Handler handler, const asio::io_context::executor_type& loop,
                   std::vector<zmtp::message> parts)
        : handler_(std::move(handler), loop), parts_(std::move(parts)) {}
    errc attempt(pattern::pattern& on) override { return attempt_send(on, parts_, sent_); }
    void complete(errc result) override { handler_.post(completion_code(result)); }

    completion_handler<Handler> handler_;

private:
    std::vector<zmtp::message> parts_;
    std::size_t sent_ = 0;
};

template <class Received, class Handler>
class receive_operation final : public operation {
public:
    receive_operation(Handler handler, const asio::io_context::executor_type& loop)
        : handler_(std::move(handler), loop) {}
    errc attempt(pattern::pattern& on) override { return attempt_receive(on, received_); }
    void complete(errc result) override { handler_.post(completion_code(result), std::move(received_)); }

    completion_handler<Handler> handler_;

private:
    Received received_;
};

template <class Handler>
void start_send(const std::shared_ptr<socket_object>& on, Handler handler, std::vector<zmtp::message> parts) {
    auto made =
        std::make_unique<send_operation<Handler>>(std::move(handler), executor_of(*on), std::move(parts));
    made->handler_.on_cancel(on, made->number());
    start_send_operation(*on, std::move(made));
}

template <class Received, class Handler>
void start_receive(const std::shared_ptr<socket_object>& on, Handler handler) {
    auto made = std::make_unique<receive_operation<Received, Handler>>(std::move(handler), executor_of(*on));
    made->handler_.on_cancel(on, made->number());
    start_receive_operation(*on, std::move(made));
}

}  // namespace zither::sockets
