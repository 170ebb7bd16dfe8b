// Endpoints of a socket: what bind and connect make, and how it ends.
#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <algorithm>

#include <unistd.h>

namespace zither::sockets {

using std::chrono::milliseconds;

socket_object::attachment* socket_object::find(std::uint64_t which) {
    for (auto& one : attachments_)
        if (one.number == which) return &one;
    return nullptr;
}

socket_object::attachment& socket_object::add_attachment(const transport::endpoint& where,
                                                         std::string_view given, bool bound) {
    auto& added = attachments_.emplace_back();
    added.number = next_number_++;
    added.where = where;
    added.given = added.text = given;
    added.bound = bound;
    added.at_start = options_;
    return added;
}

void socket_object::withdraw(std::uint64_t number) noexcept {
    const auto at = std::ranges::find(attachments_, number, &attachment::number);
    if (at == attachments_.end()) return;
    if (at->listening) at->listening->close();
    if (at->connecting) at->connecting->close();
    if (at->pipe) {
        at->pipe->set_gone();
        at->pipe->close();
    }
    attachments_.erase(at);
}

bool socket_object::connects_already(std::string_view where) const {
    // As libzmq: where a second pipe to one peer could only double or lose messages, there is none.
    if (type_ != socket_type::dealer && type_ != socket_type::sub && type_ != socket_type::pub &&
        type_ != socket_type::req)
        return false;
    return std::any_of(attachments_.begin(), attachments_.end(),
                       [&](const attachment& one) { return !one.leaving && one.given == where; });
}

errc socket_object::bind_to(std::string_view where) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    transport::endpoint parsed;
    if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
    if (const auto error = carried_by(parsed); error != errc::ok) return error;
    auto result = errc::ok;
    if (parsed.protocol == transport::endpoint::kind::inproc) {
        held.unlock();
        result = context_->bind_inproc(parsed.address, shared_from_this());
        held.lock();
        if (result == errc::ok) attach_bound(held, parsed, where);
    } else {
        if (!context_->serves_networks()) return errc::no_io_thread;
        result = parsed.protocol == transport::endpoint::kind::udp ? attach_udp(held, parsed, where, true)
                                                                   : bind_network(held, parsed, where);
    }
    finish(held);
    return result;
}

std::shared_ptr<transport::reactor> socket_object::endpoint_reactor() {
    return options_.affinity == 0 ? engine_.by() : context_->reactor_for(options_.affinity);
}

errc socket_object::bind_network(lock&, const transport::endpoint& where, std::string_view given) {
    const auto by = endpoint_reactor();
    if (!by) return errc::no_io_thread;
    std::shared_ptr<transport::listener> listening;
    std::shared_ptr<const transport::tls_context> tls;
    auto error = make_tls(where, transport::tls_role::server, tls);
    if (error == errc::ok) error = transport::listener::open(by, where, options_.stream, listening);
    if (error != errc::ok) {
        tell(monitor_event::bind_failed, static_cast<std::uint32_t>(to_errno(error)), std::string(given));
        return error;
    }
    options_.stream.use_descriptor = -1;  // it has its owner now
    try {
        attach(where, given, true, [&](attachment& added) {
            added.listening = listening;
            added.tls = std::move(tls);
            listen_for(added);
        });
    } catch (...) {
        listening->close();
        throw;
    }
    return errc::ok;
}

/// The context knows it already.
void socket_object::attach_bound(lock& held, const transport::endpoint& where, std::string_view given) {
    try {
        attach(where, given, true, [](attachment&) {});
    } catch (...) {
        held.unlock();
        context_->unbind_inproc(where.address, *this);
        throw;
    }
}

void socket_object::listen_for(attachment& added) {
    added.text = (added.tls ? "tls+" : "") + added.listening->text();
    const auto weak = weak_from_this();
    const auto which = added.number;
    added.listening->start({[weak, which](int descriptor, const transport::address& from) {
                                if (const auto self = weak.lock())
                                    self->on_accept(which, descriptor, from);
                                else
                                    ::close(descriptor);
                            },
                            [weak, text = added.text](int error_number) {
                                const auto self = weak.lock();
                                if (!self) return;
                                lock held(self->engine_.mutex());
                                self->tell(monitor_event::accept_failed,
                                           static_cast<std::uint32_t>(error_number), text);
                                self->finish_surely(held);
                            }});
    tell(monitor_event::listening, static_cast<std::uint32_t>(added.listening->descriptor()), added.text);
}

errc socket_object::connect_numbered(std::string_view where, std::uint32_t* number) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    if (number && options_.immediate) return errc::bad_address;
    engine_.tended();
    transport::endpoint parsed;
    if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
    if (const auto error = carried_by(parsed); error != errc::ok) return error;
    auto result = errc::ok;
    if (parsed.protocol == transport::endpoint::kind::inproc) {
        result = connect_inproc(held, parsed.address, where, number);
    } else {
        if (!context_->serves_networks()) return errc::no_io_thread;
        const bool datagrams = parsed.protocol == transport::endpoint::kind::udp;
        result = datagrams ? attach_udp(held, parsed, where, false) : transport::connector::check(parsed);
        if (result == errc::ok && !datagrams && !connects_already(where))
            result = connect_network(held, parsed, where, number);
    }
    finish(held);
    return result;
}

errc socket_object::connect_network(lock&, const transport::endpoint& where, std::string_view given,
                                    std::uint32_t* number) {
    const auto by = endpoint_reactor();
    if (!by) return errc::no_io_thread;
    std::shared_ptr<const transport::tls_context> tls;
    if (const auto error = make_tls(where, transport::tls_role::client, tls); error != errc::ok) return error;
    attach(where, given, false, [&](attachment& added) {
        added.tls = std::move(tls);
        start_connecting(added, by);
        if (number) *number = added.pipe->pattern_notes().number;
    });
    return errc::ok;
}

void socket_object::start_connecting(attachment& added, const std::shared_ptr<transport::reactor>& by) {
    added.connecting = std::make_shared<transport::connector>(
        by, added.where, options_.stream,
        transport::connector::timing{milliseconds(options_.reconnect_ms),
                                     milliseconds(options_.reconnect_max_ms),
                                     (options_.reconnect_stop & reconnect_stop_on::refused) != 0});
    const auto which = added.number;
    if (!options_.immediate) added.pipe = &add_network_pipe(added.at_start, true, which);
    const auto weak = weak_from_this();
    const auto say = [weak, text = added.given](int event_number, int value) {
        const auto self = weak.lock();
        if (!self) return;
        lock held(self->engine_.mutex());
        self->tell(event_number, static_cast<std::uint32_t>(value), text, false);
        self->finish_surely(held);
    };
    added.connecting->start({[weak, which](int descriptor, const transport::address& to) {
                                 if (const auto self = weak.lock())
                                     self->on_connect(which, descriptor, to);
                                 else
                                     ::close(descriptor);
                             },
                             [say](int error) { say(monitor_event::connect_delayed, error); },
                             [say](int interval_ms) { say(monitor_event::connect_retried, interval_ms); },
                             [say](int) { say(monitor_event::closed, 0); }});
}

errc socket_object::unbind(std::string_view where) { return end_attachment(where, true); }

errc socket_object::disconnect(std::string_view where) { return end_attachment(where, false); }

errc socket_object::end_attachment(std::string_view where, bool bound) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    transport::endpoint parsed;
    if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
    if (const auto error = carried_by(parsed); error != errc::ok) return error;
    engine_.flush_tails(held);
    std::vector<attachment> ending;
    for (std::size_t i = attachments_.size(); i-- > 0;) {
        auto& one = attachments_[i];
        if (one.leaving || (one.text != where && (one.given != where || one.wildcard()))) continue;
        // libzmq ends what the name fits, whichever call made it.
        if (one.bound != bound && one.where.protocol == transport::endpoint::kind::inproc) continue;
        ending.push_back(std::move(one));
        attachments_.erase(attachments_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (auto& one : ending) leave(held, std::move(one));
    finish(held);
    return ending.empty() ? errc::no_such_endpoint : errc::ok;
}

void socket_object::leave(lock& held, attachment ending) {
    const auto origin = ending.number;
    if (ending.listening) {
        tell(monitor_event::closed, static_cast<std::uint32_t>(ending.listening->descriptor()), ending.text);
        ending.listening->close();
        engine_.close_unfinished(origin);
    }
    if (ending.bound && ending.where.protocol == transport::endpoint::kind::inproc) {
        held.unlock();
        context_->unbind_inproc(ending.where.address, *this);
        held.lock();
        return;  // its pipes stay, as libzmq's do
    }
    auto* const pipe = ending.pipe;
    const bool up = pipe && ending.connecting && static_cast<network_pipe*>(pipe)->up;
    const bool stays = up || !(ending.at_start.reconnect_stop & reconnect_stop_on::disconnect);
    if (ending.connecting && pipe && !stays) pipe->set_gone();
    if (ending.connecting && pipe && !pipe->drained() && options_.linger_ms != 0 && stays) {
        // Goes on connecting until its messages are out of our hands, or the linger time is over.
        ending.leaving = true;
        attachments_.push_back(std::move(ending));
    } else if (ending.connecting) {
        ending.connecting->close();
        engine_.close_unfinished(origin);
    }
    if (pipe) pipe->close();
    close_peers(origin);
}

void socket_object::close_peers(std::uint64_t origin) {
    bool waiting = false;
    for (auto& one : peers_) {
        if (one->origin != origin) continue;
        one->close();
        if (options_.linger_ms == 0) one->set_gone();
        waiting |= !one->over();
    }
    if (!waiting || options_.linger_ms < 0) return;
    const bool timed = transport::within_memory([&] {
        auto timer = std::make_shared<asio::steady_timer>(loop(), milliseconds(options_.linger_ms));
        timer->async_wait([weak = weak_from_this(), timer, origin](const asio::error_code& error) {
            if (const auto self = weak.lock(); self && !error) self->expire(origin);
        });
    });
    if (timed) return;
    for (auto& one : peers_)
        if (one->origin == origin) one->set_gone();  // rather than never
}

void socket_object::expire(std::uint64_t origin) {
    lock held(engine_.mutex());
    for (auto& one : peers_)
        if (one->origin == origin && one->closing()) one->set_gone();
    finish_surely(held);
}

}  // namespace zither::sockets
