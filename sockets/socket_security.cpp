// Who may come in: what a socket's connections ask ZAP's handler, and what becomes of the answers.
#include "zither/sockets/socket_object.hpp"
#include "zither/sockets/zap_client.hpp"

#include <asio/post.hpp>

namespace zither::sockets {

errc socket_object::serve_curve(std::shared_ptr<const zmtp::curve_keyring> by) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    if (!by) return errc::invalid_argument;
    sockets::serve_curve(options_, std::move(by));
    return errc::ok;
}

errc socket_object::allow_curve_clients(std::shared_ptr<const zmtp::curve_allow_list> listed) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    sockets::allow_curve_clients(options_, std::move(listed));
    return errc::ok;
}

void socket_object::asks(transport::connection& which) {
    if (!zap_) {
        zap_ = std::make_shared<zap_client>(
            context_, [weak = weak_from_this()](std::uint64_t asked, zmtp::zap_reply reply) {
                if (const auto self = weak.lock()) self->hear_handler(asked, std::move(reply));
            });
    }
    zap_->expect(which.number);
    // Not here: the handler's socket has a mutex of its own.
    asio::post(loop(), [weak = weak_from_this(), number = which.number, request = which.session.request()] {
        const auto self = weak.lock();
        if (!self || transport::within_memory([&] { self->ask_handler(number, request); })) return;
        lock held(self->engine_.mutex());
        self->engine_.give_up_asking(held, number);
        self->finish_surely(held);
    });
}

void socket_object::ask_handler(std::uint64_t number, const zmtp::zap_request& request) {
    lock held(engine_.mutex());
    const auto client = ended_ ? nullptr : zap_;
    held.unlock();
    if (client) client->ask(number, request);
}

void socket_object::hear_handler(std::uint64_t number, zmtp::zap_reply reply) {
    lock held(engine_.mutex());
    engine_.answer(held, number, std::move(reply));
    finish_surely(held);
}

void socket_object::end_asking() {
    if (!zap_) return;
    auto& memory = zap_->close_memory;
    asio::post(loop(), transport::placed_handler(memory, [client = std::move(zap_)] { client->close(); }));
}

}  // namespace zither::sockets
