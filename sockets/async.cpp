#include "zither/sockets/async.hpp"

#include "zither/sockets/socket_object.hpp"

namespace zither::sockets {

asio::io_context::executor_type executor_of(socket_object& on) noexcept { return on.loop().get_executor(); }

std::error_code completion_code(errc result) noexcept {
    if (result == errc::ok) return {};
    return result == errc::cancelled ? asio::error::make_error_code(asio::error::operation_aborted)
                                     : make_error_code(result);
}

errc attempt_send(pattern::pattern& on, std::vector<zmtp::message>& parts, std::size_t& sent) {
    if (parts.empty()) return errc::invalid_argument;
    for (; sent < parts.size(); ++sent) {
        if (sent + 1 < parts.size()) parts[sent].set_more(true);
        if (const auto error = on.send(parts[sent]); error != errc::ok) return error;
    }
    return errc::ok;
}

errc attempt_receive(pattern::pattern& on, zmtp::message& part) { return on.receive(part); }

errc attempt_receive(pattern::pattern& on, std::vector<zmtp::message>& parts) {
    do {
        zmtp::message part;
        if (const auto error = on.receive(part); error != errc::ok) return error;
        parts.push_back(std::move(part));
    } while (parts.back().more());
    return errc::ok;
}

void start_send_operation(socket_object& on, std::unique_ptr<operation> one) {
    on.start_send(std::move(one));
}
void start_receive_operation(socket_object& on, std::unique_ptr<operation> one) {
    on.start_receive(std::move(one));
}
void cancel_operation(socket_object& on, std::uint64_t number) { on.cancel(number); }

}  // namespace zither::sockets
