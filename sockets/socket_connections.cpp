// Connections of a socket's endpoints: how they come, what becomes of them, and of their pipes.
#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"
#include "zither/sockets/zap_client.hpp"

#include <algorithm>

#include <unistd.h>

namespace zither::sockets {

using std::chrono::milliseconds;

bool socket_object::pipe_connected(network_pipe& which) { return pattern_->connected(which); }

void socket_object::pipe_lost(network_pipe& which) {
    if (which.attached) transport::within_memory([&] { pattern_->disconnected(which); });
    // The next connection takes what is queued, if there will be one.
    const auto* from = find(which.origin);
    const bool stops =
        from && from->leaving && (from->at_start.reconnect_stop & reconnect_stop_on::disconnect);
    if (which.connecting && !stops && reconnects(which.origin) && (!options_.immediate || closed_)) return;
    which.set_gone();
}

bool socket_object::reconnects(std::uint64_t origin) {
    const auto* from = find(origin);
    return from && from->at_start.reconnect_ms >= 0;
}

network_pipe& socket_object::add_network_pipe(const options& with, bool connecting, std::uint64_t origin) {
    auto made = std::make_unique<network_pipe>(*this);
    auto& added = *made;
    added.set_marks(static_cast<std::size_t>(options_.send_mark),
                    static_cast<std::size_t>(options_.receive_mark));
    added.conflate = with.conflate;
    added.owning = !with.zero_copy_receive;
    added.origin = origin;
    added.connecting = connecting;
    add_peer(std::move(made));
    added.attached = true;
    try {
        pattern_->attached(added, connecting);
    } catch (const std::exception&) {
        added.set_gone();
        added.close();
        throw;
    }
    return added;
}

transport::pipe_end* socket_object::accepted(transport::connection& by) {
    if (closed_) return nullptr;
    const auto* from = find(by.origin);
    return from ? &add_network_pipe(from->at_start, !by.accepted, by.origin) : nullptr;
}

void socket_object::handshake_succeeded(transport::connection& which) {
    gate_.finished_handshake(which);
    tell_of(monitor_event::handshake_succeeded, 0, which);
}

void socket_object::leave_gate(transport::connection& which) noexcept {
    auto* const pipe = which.accepted ? static_cast<network_pipe*>(which.pipe) : nullptr;
    if (pipe && !pipe->nothing_to_read())
        pipe->gate_place = gate_.left_unread(which);
    else
        gate_.left(which);
}

void socket_object::ended(transport::connection& which) {
    using phase = zmtp::session::phase;
    leave_gate(which);
    if (zap_) zap_->forget(which.number);
    const bool shook = which.properties != nullptr;
    if (!shook && which.reason.status != 0)
        tell_of(monitor_event::handshake_failed_auth, static_cast<std::uint32_t>(which.reason.status), which);
    else if (!shook && which.reason.number != zmtp::protocol_error::none)
        tell_of(monitor_event::handshake_failed_protocol, static_cast<std::uint32_t>(which.reason.number),
                which);
    else if (!shook && which.session.state() != phase::traffic)
        tell_of(monitor_event::handshake_failed, static_cast<std::uint32_t>(handshake_errno(which)), which);
    tell_of(monitor_event::disconnected, static_cast<std::uint32_t>(which.descriptor), which);
    note_complaint(which);
    if (which.accepted) return;
    auto* from = find(which.origin);
    if (!from || !from->connecting) return;
    if (!reconnects(which.origin)) {
        // As with libzmq the endpoint is free for another connect.
        from->connecting->close();
        std::erase_if(attachments_, [&](const auto& one) { return one.number == which.origin; });
    } else if (which.reason.retry() &&
               (shook || !(from->at_start.reconnect_stop & reconnect_stop_on::handshake_failed))) {
        from->connecting->again();
    }
}

zmtp::session_settings socket_object::session_settings(const options& with, int descriptor,
                                                       const transport::address& from) const {
    zmtp::session_settings made;
    made.descriptor = descriptor;
    made.self = {type_, with.routing_id, with.metadata, with.security};
    made.peer_address = transport::host_text(from);
    made.message_size_max = with.message_size_max;
    made.handshake_ms = milliseconds(with.handshake_ms);
    made.heartbeat = {milliseconds(with.heartbeat_interval_ms), milliseconds(with.heartbeat_ttl_ms),
                      milliseconds(with.heartbeat_timeout_ms)};
    made.raw = type_ == socket_type::stream || (type_ == socket_type::router && with.pattern.router_raw);
    return made;
}

void socket_object::on_accept(std::uint64_t which, transport::owned_descriptor made,
                              const transport::address& from) {
    const int descriptor = made.get();
    lock held(engine_.mutex());
    const auto* at = find(which);
    if (!at || closed_) return;
    const auto text = at->text;
    std::unique_ptr<transport::sealed_stream> sealed;
    int refused = accept_gate::to_errno(gate_.ask(options_.accepts, from, zmtp::clock::now()));
    if (refused == 0 && !seal_with(*at, sealed)) refused = ENOMEM;
    if (refused != 0) {
        ::close(made.release());
        tell(monitor_event::accept_failed, static_cast<std::uint32_t>(refused), text);
        finish_surely(held);
        return;
    }
    engine_.adopt(held, std::move(made), session_settings(at->at_start, descriptor, from),
                  [&](transport::connection& added) {
                      added.sealed = std::move(sealed);
                      added.accepted = true;
                      added.batches(at->at_start.in_batch_octets, at->at_start.out_batch_octets);
                      added.origin = which;
                      added.patience = at->at_start.handshake_patience();
                      added.endpoint = text;
                      gate_.entered(added, from);
                      tell_of(monitor_event::accepted, static_cast<std::uint32_t>(descriptor), added);
                  });
    finish_surely(held);
}

void socket_object::on_connect(std::uint64_t which, transport::owned_descriptor made,
                               const transport::address& to) {
    const int descriptor = made.get();
    lock held(engine_.mutex());
    auto* from = find(which);
    if (!from || ended_) return;
    std::unique_ptr<transport::sealed_stream> sealed;
    if (!seal_with(*from, sealed)) {
        from->connecting->again();
        return;
    }
    engine_.adopt(held, std::move(made), session_settings(from->at_start, descriptor, to),
                  [&](transport::connection& added) {
                      added.sealed = std::move(sealed);
                      added.batches(from->at_start.in_batch_octets, from->at_start.out_batch_octets);
                      added.origin = which;
                      added.patience = from->at_start.handshake_patience();
                      if (from->pipe) added.pipe = static_cast<network_pipe*>(from->pipe);
                      added.endpoint = from->text;
                      tell_of(monitor_event::connected, static_cast<std::uint32_t>(descriptor), added);
                  });
    finish_surely(held);
}

}  // namespace zither::sockets
