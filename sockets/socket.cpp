#include "zither/sockets/socket.hpp"

#include "zither/sockets/context_object.hpp"
#include "zither/sockets/socket_object.hpp"
#include "zither/zmtp/secret.hpp"

#include <climits>

namespace zither {

using sockets::socket_object;
using std::chrono::milliseconds;

namespace {

// libzmq's numbers.
constexpr int last_endpoint_option = 32;

// Room for the longest text any option has: a path or a routing id.
constexpr std::size_t text_max = 1024;

void check(errc result) {
    if (result != errc::ok) throw std::system_error(make_error_code(result));
}

std::error_code code_of(errc result) {
    return result == errc::ok ? std::error_code() : make_error_code(result);
}

void check(const std::error_code& error) {
    if (error) throw std::system_error(error);
}

/// A moved-from socket is no socket.
template <class... Parameters, class... Arguments>
errc call(const std::shared_ptr<socket_object>& on, errc (socket_object::*what)(Parameters...),
          Arguments&&... arguments) {
    return on ? (*on.*what)(std::forward<Arguments>(arguments)...) : errc::not_a_socket;
}

int in_range(std::int64_t value) {
    if (value < INT_MIN || value > INT_MAX) throw std::system_error(make_error_code(errc::invalid_argument));
    return static_cast<int>(value);
}

errc send_text(const std::shared_ptr<socket_object>& to, std::string_view body, bool dont_wait) {
    if (!to) return errc::not_a_socket;
    message part;
    if (!to->lend(part, zmtp::as_bytes(body))) return errc::no_memory;
    return to->send(part, dont_wait);
}

errc send_all(const std::shared_ptr<socket_object>& to, multipart& parts, bool dont_wait) {
    if (parts.empty()) return errc::invalid_argument;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].set_more(i + 1 < parts.size());
        // Only the first part can find no room.
        if (const auto error = call(to, &socket_object::send, parts[i], dont_wait && i == 0);
            error != errc::ok)
            return error;
    }
    return errc::ok;
}

errc receive_all(const std::shared_ptr<socket_object>& from, multipart& parts, bool dont_wait) {
    do {
        message part;
        if (const auto error = call(from, &socket_object::receive, part, dont_wait && parts.empty());
            error != errc::ok)
            return error;
        parts.push_back(std::move(part));
    } while (parts.back().more());
    return errc::ok;
}

}  // namespace

socket::socket(context& in, socket_type type) { check(in.object()->make_socket(type, object_)); }
socket::~socket() { close(); }
socket::socket(socket&&) noexcept = default;

socket& socket::operator=(socket&& other) noexcept {
    if (this != &other) {
        close();
        object_ = std::move(other.object_);
    }
    return *this;
}

socket_type socket::type() const noexcept { return object_->type(); }

void socket::close() noexcept {
    if (object_) object_->close();
}

void socket::serve_curve(std::shared_ptr<const curve_keyring> by) {
    check(call(object_, &socket_object::serve_curve, std::move(by)));
}
void socket::allow_curve_clients(std::shared_ptr<const curve_allow_list> listed) {
    check(call(object_, &socket_object::allow_curve_clients, std::move(listed)));
}

void socket::cancel() {
    if (object_) object_->cancel_all();
}

// Endpoints.

void socket::bind(std::string_view endpoint) { check(call(object_, &socket_object::bind, endpoint)); }
void socket::bind(std::string_view endpoint, std::error_code& error) {
    error = code_of(call(object_, &socket_object::bind, endpoint));
}
void socket::connect(std::string_view endpoint) { check(call(object_, &socket_object::connect, endpoint)); }
void socket::connect(std::string_view endpoint, std::error_code& error) {
    error = code_of(call(object_, &socket_object::connect, endpoint));
}
void socket::unbind(std::string_view endpoint) { check(call(object_, &socket_object::unbind, endpoint)); }
void socket::unbind(std::string_view endpoint, std::error_code& error) {
    error = code_of(call(object_, &socket_object::unbind, endpoint));
}
void socket::disconnect(std::string_view endpoint) {
    check(call(object_, &socket_object::disconnect, endpoint));
}
void socket::disconnect(std::string_view endpoint, std::error_code& error) {
    error = code_of(call(object_, &socket_object::disconnect, endpoint));
}

std::uint32_t socket::connect_peer(std::string_view endpoint) {
    std::uint32_t number = 0;
    check(call(object_, &socket_object::connect_peer, endpoint, number));
    return number;
}

void socket::disconnect_peer(std::uint32_t routing_id) {
    check(call(object_, &socket_object::disconnect_peer, routing_id));
}

void socket::join(std::string_view group) { check(call(object_, &socket_object::join, group, true)); }
void socket::leave(std::string_view group) { check(call(object_, &socket_object::join, group, false)); }

std::string socket::last_endpoint() const {
    std::string text;
    get_value(last_endpoint_option, text);
    return text;
}

// Sending and receiving.

void socket::send(message&& part, wait how, std::error_code& error) {
    error = code_of(call(object_, &socket_object::send, part, how == wait::never));
}

void socket::send(message&& part, wait how) {
    check(call(object_, &socket_object::send, part, how == wait::never));
}

void socket::send(std::string_view body, wait how, std::error_code& error) {
    error = code_of(send_text(object_, body, how == wait::never));
}

void socket::send(std::string_view body, wait how) { check(send_text(object_, body, how == wait::never)); }

void socket::send(multipart&& parts, wait how, std::error_code& error) {
    error = code_of(send_all(object_, parts, how == wait::never));
}

void socket::send(multipart&& parts, wait how) { check(send_all(object_, parts, how == wait::never)); }

bool socket::send_for(message&& part, milliseconds timeout) {
    const auto result = call(object_, &socket_object::send_within, part, timeout);
    if (result != errc::again) check(result);
    return result == errc::ok;
}

void socket::receive(message& part, wait how, std::error_code& error) {
    error = code_of(call(object_, &socket_object::receive, part, how == wait::never));
}

void socket::receive(message& part, wait how) {
    check(call(object_, &socket_object::receive, part, how == wait::never));
}

message socket::receive(wait how, std::error_code& error) {
    message part;
    receive(part, how, error);
    return part;
}

message socket::receive(wait how) {
    std::error_code error;
    auto part = receive(how, error);
    check(error);
    return part;
}

multipart socket::receive_multipart(wait how, std::error_code& error) {
    multipart parts;
    error = code_of(receive_all(object_, parts, how == wait::never));
    return parts;
}

multipart socket::receive_multipart(wait how) {
    std::error_code error;
    auto parts = receive_multipart(how, error);
    check(error);
    return parts;
}

std::optional<message> socket::receive_for(milliseconds timeout) {
    std::optional<message> part(std::in_place);
    const auto result = call(object_, &socket_object::receive_within, *part, timeout);
    if (result == errc::again) return std::nullopt;
    check(result);
    return part;
}

// Options.

void socket::subscribe(std::string_view prefix) { set(option::subscribe, std::string(prefix)); }
void socket::unsubscribe(std::string_view prefix) { set(option::unsubscribe, std::string(prefix)); }

void socket::set_value(int number, int value) {
    check(call(object_, &socket_object::set, number, &value, sizeof value));
}
void socket::set_value(int number, bool value) { set_value(number, static_cast<int>(value)); }
void socket::set_value(int number, std::int64_t value) {
    check(call(object_, &socket_object::set, number, &value, sizeof value));
}
void socket::set_value(int number, milliseconds value) { set_value(number, in_range(value.count())); }
void socket::set_value(int number, std::string_view value) {
    check(call(object_, &socket_object::set, number, value.data(), value.size()));
}

void socket::get_value(int number, int& value) const {
    std::size_t size = sizeof value;
    check(call(object_, &socket_object::get, number, &value, size));
}

void socket::get_value(int number, bool& value) const {
    int plain = 0;
    get_value(number, plain);
    value = plain != 0;
}

void socket::get_value(int number, std::int64_t& value) const {
    std::size_t size = sizeof value;
    check(call(object_, &socket_object::get, number, &value, size));
}

void socket::get_value(int number, milliseconds& value) const {
    int plain = 0;
    get_value(number, plain);
    value = milliseconds(plain);
}

void socket::get_value(int number, std::string& value) const {
    using kind = sockets::option_row::kind;
    const auto* row = sockets::find_option(number);
    const bool is_key = row && row->type == kind::key;
    char text[text_max];
    std::size_t size = is_key ? zmtp::key::text_size + 1 : sizeof text;
    check(call(object_, &socket_object::get, number, text, size));
    value.assign(text, size);
    zmtp::wipe(text, size);  // a secret key, perhaps
    // Text comes with the C API's terminator, a routing id without.
    const bool terminated = number == last_endpoint_option || is_key || (row && row->type == kind::text);
    if (terminated && !value.empty()) value.pop_back();
}

}  // namespace zither
