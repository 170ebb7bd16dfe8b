#include "zither/sockets/context.hpp"

#include "zither/sockets/context_object.hpp"

namespace zither {

namespace {
// libzmq's numbers.
constexpr int io_threads_option = 1, max_sockets_option = 2;

void set(sockets::context_object& in, int option, int value) {
    if (const auto error = in.set(option, value); error != errc::ok)
        throw std::system_error(make_error_code(error));
}
}  // namespace

context::context(int io_threads) : object_(std::make_shared<sockets::context_object>()) {
    set(*object_, io_threads_option, io_threads);
}

context::context(asio::io_context& loop) : object_(std::make_shared<sockets::context_object>(loop)) {}

context::~context() { terminate(); }

context::context(context&&) noexcept = default;

context& context::operator=(context&& other) noexcept {
    if (this != &other) {
        terminate();
        object_ = std::move(other.object_);
    }
    return *this;
}

void context::shutdown() noexcept {
    if (object_) object_->shutdown();
}

void context::terminate() noexcept {
    while (object_ && object_->terminate() == errc::interrupted) {
    }
}

void context::set_max_sockets(int count) { set(*object_, max_sockets_option, count); }

}  // namespace zither
