// What a socket tells its monitor.
#include "zither/sockets/complaint.hpp"
#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <cstring>

#include <sys/socket.h>

namespace zither::sockets {

namespace {

using name_call = int(int, sockaddr*, socklen_t*);

std::string name_by(name_call* call, const transport::connection& of) {
    transport::address at;
    at.size = sizeof at.storage;
    if (call(of.descriptor, at.get(), &at.size) != 0) return {};
    return (of.sealed ? "tls+" : "") + transport::endpoint_text(at);
}

template <class Number>
zmtp::message number_part(Number value) {
    zmtp::message made(sizeof value);
    std::memcpy(made.data(), &value, sizeof value);
    return made;
}

}  // namespace

/// An event without a connection: of a listener, whose end is ours, or of a connector, whose end is not.
void socket_object::tell(int event_number, std::uint32_t value, const std::string& endpoint, bool local) {
    if (!tells(event_number)) return;
    transport::within_memory([&] {
        both_ends at{local ? endpoint : std::string(), local ? std::string() : endpoint, local};
        note_event({event_number, {value}, std::move(at)});
    });
}

void socket_object::tell_of(int event_number, std::uint32_t value, transport::connection& of) {
    if (!tells(event_number)) return;
    transport::within_memory([&] { note_event({event_number, {value}, ends_of(of)}); });
}

/// For whoever listens (log.hpp): silence and the ends of streams are everyday matters.
void socket_object::note_complaint(const transport::connection& of) {
    using enum zmtp::blame;
    if (of.reason.who == nobody || of.reason.who == silent || !complaints_are_heard()) return;
    news_ |=
        transport::within_memory([&] { complaints_.push_back(about_peer(of.endpoint, of.reason.text)); });
}

/// The system forgets the far end of a lost connection, so its name is kept from the first time on.
socket_object::both_ends socket_object::ends_of(transport::connection& of) const {
    const bool both = monitor_version_ == 2;
    if (both && of.local.empty()) of.local = name_by(::getsockname, of);
    if (both && of.remote.empty()) of.remote = of.accepted ? name_by(::getpeername, of) : of.endpoint;
    if (both) return {of.local, of.remote, of.accepted};
    return of.accepted ? both_ends{of.endpoint, "", true} : both_ends{"", of.endpoint, false};
}

socket_object::both_ends socket_object::ends_of(peer& of) {
    if (auto* over = dynamic_cast<network_pipe*>(&of); over && over->link) return ends_of(*over->link);
    const auto by = std::ranges::find_if(attachments_, [&](const auto& one) { return one.pipe == &of; });
    const auto text = by == attachments_.end() ? std::string() : by->text;
    const bool bound = by != attachments_.end() && by->bound;
    return {bound ? text : std::string(), bound ? std::string() : text, bound};
}

void socket_object::tell_monitor(socket_object& monitor, int version, const event& one) {
    std::vector<zmtp::message> parts;
    if (version == 1) {
        auto& first = parts.emplace_back(sizeof(std::uint16_t) + sizeof(std::uint32_t));
        const auto event_number = static_cast<std::uint16_t>(one.number);
        const auto value = static_cast<std::uint32_t>(one.values.front());
        std::memcpy(first.data(), &event_number, sizeof event_number);
        std::memcpy(first.data() + sizeof event_number, &value, sizeof value);
        parts.emplace_back(std::string_view(one.at.given_local ? one.at.local : one.at.remote));
    } else {
        parts.push_back(number_part(static_cast<std::uint64_t>(one.number)));
        parts.push_back(number_part(static_cast<std::uint64_t>(one.values.size())));
        for (const auto value : one.values) parts.push_back(number_part(value));
        parts.emplace_back(std::string_view(one.at.local));
        parts.emplace_back(std::string_view(one.at.remote));
    }
    monitor.offer(std::move(parts));
}

/// Sends all parts as one message, whoever else does so at the time; a monitor that nobody reads drops events
/// and never blocks the stack.
void socket_object::offer(std::vector<zmtp::message> parts) {
    lock held(engine_.mutex());
    if (check() != errc::ok) return;
    catch_up();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].set_more(i + 1 < parts.size());
        // Only the first part can find no room.
        if (pattern_->send(parts[i]) != errc::ok) break;
    }
    finish(held);
}

errc socket_object::monitor(const char* where, std::uint64_t events_wanted, int version, socket_type type) {
    // Version 1 has two octets for the event.
    if (version < 1 || version > 2 || (version == 1 && events_wanted >> 16 != 0))
        return errc::invalid_argument;
    transport::endpoint parsed;
    if (where) {
        if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
        if (parsed.protocol != transport::endpoint::kind::inproc) return errc::protocol_not_supported;
        if (type != socket_type::pair && type != socket_type::pub && type != socket_type::push)
            return errc::invalid_argument;
    }
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    // The one before goes first: the new one may have its name.
    stop_monitor(held);
    held.unlock();
    if (!where) return errc::ok;
    std::shared_ptr<socket_object> made;
    if (const auto error = context_->make_socket(type, made); error != errc::ok) return error;
    const int no_linger = 0;
    (void)made->set(17, &no_linger, sizeof no_linger);
    auto error = made->bind(where);
    held.lock();
    if (error == errc::ok) error = check();
    if (error == errc::ok) {
        monitor_events_ = events_wanted;
        monitor_version_ = version;
        std::swap(monitor_, made);
    }
    held.unlock();
    if (made) made->close();  // it failed, or another thread was quicker
    return error;
}

void socket_object::stop_monitor(lock& held) {
    tell(monitor_event::stopped, 0, "");
    deliver(held);
    const auto before = std::exchange(monitor_, nullptr);
    held.unlock();
    if (before) before->close();
    held.lock();
}

errc socket_object::monitor_pipes() {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    if (!tells(monitor_event::pipes_stats)) return errc::invalid_argument;
    engine_.tended();
    engine_.drive(held);
    settle(held);
    if (peers_.empty()) return errc::again;
    // In the order in which they connected, whoever was first done with shaking hands.
    std::vector<peer*> in_order;
    for (const auto& one : peers_) in_order.push_back(one.get());
    std::ranges::stable_sort(in_order, {}, &peer::connection_number);
    for (auto* one : in_order) {
        const auto [out, in] = one->queued();
        note_event({monitor_event::pipes_stats, {out, in}, ends_of(*one)});
    }
    finish(held);
    return errc::ok;
}

}  // namespace zither::sockets
