// What a socket tells its monitor.
#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <cstring>

namespace zither::sockets {

void socket_object::tell(int event_number, std::uint32_t value, const std::string& endpoint) {
    if (monitor_ && (monitor_events_ & event_number)) events_.push_back({event_number, value, endpoint});
}

void socket_object::tell_monitor(socket_object& monitor, const event& one) {
    std::byte head[6];
    const auto event_number = static_cast<std::uint16_t>(one.number);
    std::memcpy(head, &event_number, 2);
    std::memcpy(head + 2, &one.value, 4);
    zmtp::message first{zmtp::bytes(head)};
    first.set_more(true);
    zmtp::message second(one.endpoint);
    // A monitor that nobody reads drops events; it never blocks the stack.
    if (monitor.send(first, true) == errc::ok) (void)monitor.send(second, true);
}

errc socket_object::monitor(const char* where, int events_wanted) {
    std::shared_ptr<socket_object> made;
    if (where) {
        transport::endpoint parsed;
        if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
        if (parsed.protocol != transport::endpoint::kind::inproc) return errc::protocol_not_supported;
        if (const auto error = context_->make_socket(socket_type::pair, made); error != errc::ok)
            return error;
        const int no_linger = 0;
        (void)made->set(17, &no_linger, sizeof no_linger);
        if (const auto error = made->bind(where); error != errc::ok) {
            made->close();
            return error;
        }
    }
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) {
        held.unlock();
        if (made) made->close();
        return error;
    }
    tell(monitor_event::stopped, 0, "");
    deliver(held);
    const auto before = std::exchange(monitor_, made);
    monitor_events_ = events_wanted;
    held.unlock();
    if (before) before->close();
    return errc::ok;
}

}  // namespace zither::sockets
