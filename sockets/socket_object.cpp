#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <climits>
#include <cstring>

#include <asio/post.hpp>

namespace zither::sockets {

namespace {

using std::chrono::milliseconds;

// A busy caller looks at the network at least this often, so that no peer, PING or subscription starves.
constexpr std::uint64_t calls_per_drive = 128;

// libzmq's numbers.
namespace number {
constexpr int subscribe = 6, unsubscribe = 7, receive_more = 13, descriptor = 14, events = 15, type = 16;
constexpr int last_endpoint = 32, mechanism = 43, thread_safe = 81;
}  // namespace number
namespace monitor_event {
constexpr int connected = 0x1, connect_delayed = 0x2, connect_retried = 0x4, listening = 0x8,
              bind_failed = 0x10;
constexpr int accepted = 0x20, accept_failed = 0x40, closed = 0x80, disconnected = 0x200, stopped = 0x400;
constexpr int handshake_failed = 0x800, handshake_succeeded = 0x1000, handshake_failed_protocol = 0x2000;
}  // namespace monitor_event

int to_timeout_ms(milliseconds timeout) {
    return static_cast<int>(std::clamp<std::int64_t>(timeout.count(), -1, INT_MAX));
}

std::size_t joined_mark(std::size_t writer, std::size_t reader) {
    return writer == 0 || reader == 0 ? 0 : writer + reader;
}

}  // namespace

std::shared_ptr<socket_object> socket_object::make(const std::shared_ptr<context_object>& in,
                                                   socket_type type,
                                                   const std::shared_ptr<transport::reactor>& by) {
    std::shared_ptr<socket_object> made(new socket_object(in, type, by));
    made->engine_.known_as(std::shared_ptr<transport::engine>(made, &made->engine_));
    if (!made->engine_.usable()) return nullptr;
    by->watch({made, &made->engine_});
    return made;
}

socket_object::socket_object(const std::shared_ptr<context_object>& in, socket_type type,
                             const std::shared_ptr<transport::reactor>& by)
    : context_(in), type_(type), engine_(by, *this) {
    options_.stream.ipv6 = in->ipv6_default();
    if (!in->blocky()) options_.linger_ms = 0;
    pattern_ = pattern::make_pattern(type, options_.pattern);
}

socket_object::~socket_object() = default;

errc socket_object::check() const noexcept {
    if (closed_) return errc::not_a_socket;
    return stopped_ ? errc::terminated : errc::ok;
}

// Sending and receiving.

template <class Attempt>
errc socket_object::attempt_until(lock& held, bool input, bool dont_wait, int timeout_ms, Attempt&& attempt) {
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    if (++calls_ % calls_per_drive == 0) engine_.drive(held);
    auto result = attempt();
    if (result != errc::again) return result;
    finish(held);
    engine_.flush_tails(held);
    engine_.drive(held);
    result = attempt();
    if (result != errc::again || dont_wait || timeout_ms == 0) return result;

    std::optional<transport::time_point> deadline;
    if (timeout_ms > 0) deadline = zmtp::clock::now() + milliseconds(timeout_ms);
    transport::sleeper me{&transport::bell::mine(), {}, input, !input};
    engine_.add_sleeper(me);
    while (result == errc::again) {
        finish(held);
        const auto slept = engine_.sleep(held, me, deadline);
        if (const auto error = check(); error != errc::ok) {
            result = error;
            break;
        }
        result = attempt();
        if (result != errc::again) break;
        if (slept == errc::interrupted) result = slept;
        if (slept == errc::again) break;  // the deadline passed
    }
    engine_.remove_sleeper(me);
    return result;
}

errc socket_object::send_once(lock& held, zmtp::message& part, bool dont_wait, int timeout_ms) {
    const bool more = part.more();
    const auto result =
        attempt_until(held, false, dont_wait, timeout_ms, [&] { return pattern_->send(part); });
    if (result == errc::ok) {
        sending_more_ = more;
        // Room left behind is the next sleeper's.
        if (engine_.anybody_sleeps() && pattern_->can_send()) engine_.wake(false, true);
    }
    finish(held);
    return result;
}

errc socket_object::receive_once(lock& held, zmtp::message& part, bool dont_wait, int timeout_ms) {
    const auto result =
        attempt_until(held, true, dont_wait, timeout_ms, [&] { return pattern_->receive(part); });
    if (result == errc::ok) {
        receiving_more_ = part.more();
        if (engine_.anybody_sleeps() && pattern_->can_receive()) engine_.wake(true, false);
    } else if (result == errc::again) {
        engine_.silence();
    }
    finish(held);
    return result;
}

errc socket_object::send(zmtp::message& part, bool dont_wait) {
    lock held(engine_.mutex());
    return send_once(held, part, dont_wait, options_.send_timeout_ms);
}

errc socket_object::receive(zmtp::message& part, bool dont_wait) {
    lock held(engine_.mutex());
    return receive_once(held, part, dont_wait, options_.receive_timeout_ms);
}

errc socket_object::send_within(zmtp::message& part, milliseconds timeout) {
    lock held(engine_.mutex());
    return send_once(held, part, false, to_timeout_ms(timeout));
}

errc socket_object::receive_within(zmtp::message& part, milliseconds timeout) {
    lock held(engine_.mutex());
    return receive_once(held, part, false, to_timeout_ms(timeout));
}

errc socket_object::events(int& out) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    engine_.silence();
    engine_.flush_tails(held);
    engine_.drive(held);
    settle(held);
    out = (pattern_->can_receive() ? 1 : 0) | (pattern_->can_send() ? 2 : 0);
    finish(held);
    return errc::ok;
}

int socket_object::descriptor() {
    lock held(engine_.mutex());
    return engine_.hand_out_descriptor();
}

void socket_object::add_sleeper(transport::sleeper& one) {
    lock held(engine_.mutex());
    engine_.add_sleeper(one);
}

void socket_object::remove_sleeper(transport::sleeper& one) {
    lock held(engine_.mutex());
    engine_.tended();
    engine_.remove_sleeper(one);
}

bool socket_object::watches(const transport::sleeper& one) {
    lock held(engine_.mutex());
    return engine_.watches(one);
}

void socket_object::finish(lock& held) {
    engine_.flush_fresh(held);
    settle(held);
    deliver(held);
}

void socket_object::drove(lock& held) {
    settle(held);
    deliver(held);
    if (lingering_ && !ended_ && finished()) finish_close(held);
}

void socket_object::settle(lock& held) {
    while (settling_) {
        settling_ = false;
        for (std::size_t i = peers_.size(); i-- > 0;) {
            auto& one = *peers_[i];
            const bool over =
                (one.gone() && one.nothing_to_read()) || (one.closing() && (one.gone() || one.drained()));
            if (over) remove_peer(held, i);
        }
    }
}

void socket_object::remove_peer(lock& held, std::size_t place) {
    const auto one = std::move(peers_[place]);
    peers_.erase(peers_.begin() + static_cast<std::ptrdiff_t>(place));
    for (auto& each : attachments_)
        if (each.pipe == one.get()) each.pipe = nullptr;
    if (one->attached) pattern_->detached(*one);
    one->release(held);
}

void socket_object::deliver(lock& held) {
    if (notices_.empty() && events_.empty()) return;
    const auto notices = std::exchange(notices_, {});
    const auto events = std::exchange(events_, {});
    const auto monitor = monitor_;
    held.unlock();
    for (const auto& notice : notices) {
        std::shared_ptr<socket_object> other;
        {
            std::lock_guard link(notice.link->mutex);
            other = notice.link->ends[static_cast<std::size_t>(notice.to)].socket.lock();
        }
        if (other) other->hear(notice);
    }
    for (const auto& one : events) {
        if (!monitor) break;
        std::byte head[6];
        const auto event_number = static_cast<std::uint16_t>(one.number);
        std::memcpy(head, &event_number, 2);
        std::memcpy(head + 2, &one.value, 4);
        zmtp::message first{zmtp::bytes(head)};
        first.set_more(true);
        zmtp::message second(one.endpoint);
        // A monitor that nobody reads drops events; it never blocks the stack.
        if (monitor->send(first, true) == errc::ok) (void)monitor->send(second, true);
    }
    held.lock();
}

// Pipes.

bool socket_object::pipe_connected(network_pipe& which) { return pattern_->connected(which); }

void socket_object::pipe_lost(network_pipe& which) {
    if (which.attached) pattern_->disconnected(which);
    if (which.connecting && !options_.immediate && !closed_) return;
    if (which.connecting && closed_) return;  // lingering: the next connection takes what is queued
    which.set_gone();
    settling_ = true;
}

network_pipe& socket_object::add_network_pipe(const options& with, bool connecting, std::uint64_t origin) {
    auto made = std::make_unique<network_pipe>(*this);
    auto& added = *made;
    added.send_mark = static_cast<std::size_t>(options_.send_mark);
    added.receive_mark = static_cast<std::size_t>(options_.receive_mark);
    added.conflate = with.conflate;
    added.origin = origin;
    added.connecting = connecting;
    peers_.push_back(std::move(made));
    added.attached = true;
    pattern_->attached(added, connecting);
    return added;
}

inproc_pipe& socket_object::add_inproc_pipe(const std::shared_ptr<inproc_link>& link, int end,
                                            bool connecting) {
    auto made = std::make_unique<inproc_pipe>(*this, link, end);
    auto& added = *made;
    added.connecting = connecting;
    {
        std::lock_guard guard(link->mutex);
        auto& mine = link->ends[static_cast<std::size_t>(end)];
        mine.socket = weak_from_this();
        mine.pipe = &added;
        mine.routing_id = options_.routing_id;
        mine.send_mark = static_cast<std::size_t>(options_.send_mark);
        mine.receive_mark = static_cast<std::size_t>(options_.receive_mark);
        mine.conflate = options_.conflate;
        const auto& other = link->ends[static_cast<std::size_t>(1 - end)];
        const bool both = other.pipe != nullptr;
        for (std::size_t i = 0; i < 2; ++i) {
            const auto& writer = link->ends[i];
            const auto& reader = link->ends[1 - i];
            link->directions[i].mark =
                both ? joined_mark(writer.send_mark, reader.receive_mark) : writer.send_mark;
            link->directions[i].conflate = writer.conflate || reader.conflate;
        }
    }
    peers_.push_back(std::move(made));
    added.attached = true;
    pattern_->attached(added, connecting);
    return added;
}

transport::pipe_end* socket_object::accepted(transport::connection& by) {
    if (closed_) return nullptr;
    const auto* from = find(by.origin);
    return from ? &add_network_pipe(from->at_start, !by.accepted, by.origin) : nullptr;
}

void socket_object::handshake_succeeded(transport::connection& which) {
    tell(monitor_event::handshake_succeeded, 0, which.endpoint);
}

void socket_object::ended(transport::connection& which) {
    using phase = zmtp::session::phase;
    const bool shook = which.properties != nullptr;
    if (!shook && which.reason.number != zmtp::protocol_error::none)
        tell(monitor_event::handshake_failed_protocol, static_cast<std::uint32_t>(which.reason.number),
             which.endpoint);
    else if (!shook && which.session.state() != phase::traffic)
        tell(monitor_event::handshake_failed, which.reason.who == zmtp::blame::silent ? ETIMEDOUT : EPIPE,
             which.endpoint);
    tell(monitor_event::disconnected, static_cast<std::uint32_t>(which.descriptor), which.endpoint);
    if (which.accepted) return;
    if (auto* from = find(which.origin); from && from->connecting && which.reason.retry())
        from->connecting->again();
}

zmtp::session_settings socket_object::session_settings(const options& with,
                                                       const transport::address& from) const {
    zmtp::session_settings made;
    made.self = {type_, with.routing_id, with.metadata};
    made.peer_address = transport::host_text(from);
    made.message_size_max = with.message_size_max;
    made.handshake_ms = milliseconds(with.handshake_ms);
    made.heartbeat = {milliseconds(with.heartbeat_interval_ms), milliseconds(with.heartbeat_ttl_ms),
                      milliseconds(with.heartbeat_timeout_ms)};
    made.raw = type_ == socket_type::stream || (type_ == socket_type::router && with.pattern.router_raw);
    return made;
}

// Endpoints.

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

errc socket_object::bind(std::string_view where) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    transport::endpoint parsed;
    if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
    auto result = errc::ok;
    if (parsed.protocol == transport::endpoint::kind::inproc) {
        if (type_ == socket_type::stream) return errc::incompatible_protocol;
        held.unlock();
        result = context_->bind_inproc(parsed.address, shared_from_this());
        held.lock();
        if (result == errc::ok) {
            add_attachment(parsed, where, true);
            last_endpoint_ = where;
        }
    } else {
        if (type_ == socket_type::stream && parsed.protocol != transport::endpoint::kind::tcp)
            return errc::incompatible_protocol;
        result = bind_network(held, parsed, where);
    }
    finish(held);
    return result;
}

errc socket_object::bind_network(lock&, const transport::endpoint& where, std::string_view given) {
    std::shared_ptr<transport::listener> listening;
    const auto error = transport::listener::open(engine_.by(), where, options_.stream, listening);
    if (error != errc::ok) {
        tell(monitor_event::bind_failed, 0, std::string(given));
        return error;
    }
    auto& added = add_attachment(where, given, true);
    added.text = last_endpoint_ = listening->text();
    added.listening = listening;
    tell(monitor_event::listening, static_cast<std::uint32_t>(listening->descriptor()), added.text);
    const auto weak = weak_from_this();
    const auto which = added.number;
    listening->start({[weak, which](int descriptor, const transport::address& from) {
                          if (const auto self = weak.lock())
                              self->on_accept(which, descriptor, from);
                          else
                              ::close(descriptor);
                      },
                      [weak, text = added.text](int error_number) {
                          const auto self = weak.lock();
                          if (!self) return;
                          lock held(self->engine_.mutex());
                          self->tell(monitor_event::accept_failed, static_cast<std::uint32_t>(error_number),
                                     text);
                          self->finish(held);
                      }});
    return errc::ok;
}

void socket_object::on_accept(std::uint64_t which, int descriptor, const transport::address& from) {
    lock held(engine_.mutex());
    const auto* at = find(which);
    if (!at || closed_) {
        ::close(descriptor);
        return;
    }
    tell(monitor_event::accepted, static_cast<std::uint32_t>(descriptor), at->text);
    const auto text = at->text;
    engine_.adopt(held, descriptor, session_settings(at->at_start, from), [&](transport::connection& added) {
        added.accepted = true;
        added.origin = which;
        added.endpoint = text;
    });
    finish(held);
}

errc socket_object::connect(std::string_view where) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    transport::endpoint parsed;
    if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
    auto result = errc::ok;
    if (parsed.protocol == transport::endpoint::kind::inproc) {
        if (type_ == socket_type::stream) return errc::incompatible_protocol;
        result = connect_inproc(held, parsed.address, where);
    } else {
        if (type_ == socket_type::stream && parsed.protocol != transport::endpoint::kind::tcp)
            return errc::incompatible_protocol;
        result = transport::connector::check(parsed, options_.stream.ipv6);
        if (result == errc::ok) result = connect_network(held, parsed, where);
    }
    finish(held);
    return result;
}

errc socket_object::connect_network(lock&, const transport::endpoint& where, std::string_view given) {
    auto& added = add_attachment(where, given, false);
    last_endpoint_ = given;
    added.connecting = std::make_shared<transport::connector>(
        engine_.by(), where, options_.stream,
        transport::connector::timing{milliseconds(options_.reconnect_ms),
                                     milliseconds(options_.reconnect_max_ms)});
    const auto which = added.number;
    const auto connecting = added.connecting;
    if (!options_.immediate) added.pipe = &add_network_pipe(added.at_start, true, which);
    const auto weak = weak_from_this();
    const auto say = [weak, text = std::string(given)](int event_number, int value) {
        const auto self = weak.lock();
        if (!self) return;
        lock held(self->engine_.mutex());
        self->tell(event_number, static_cast<std::uint32_t>(value), text);
        self->finish(held);
    };
    connecting->start({[weak, which](int descriptor, const transport::address& to) {
                           if (const auto self = weak.lock())
                               self->on_connect(which, descriptor, to);
                           else
                               ::close(descriptor);
                       },
                       [say](int error) { say(monitor_event::connect_delayed, error); },
                       [say](int interval_ms) { say(monitor_event::connect_retried, interval_ms); },
                       [say](int) { say(monitor_event::closed, 0); }});
    return errc::ok;
}

void socket_object::on_connect(std::uint64_t which, int descriptor, const transport::address& to) {
    lock held(engine_.mutex());
    auto* from = find(which);
    if (!from || ended_) {
        ::close(descriptor);
        return;
    }
    tell(monitor_event::connected, static_cast<std::uint32_t>(descriptor), from->text);
    engine_.adopt(held, descriptor, session_settings(from->at_start, to), [&](transport::connection& added) {
        added.origin = which;
        added.endpoint = from->text;
        if (from->pipe) added.pipe = static_cast<network_pipe*>(from->pipe);
    });
    finish(held);
}

errc socket_object::connect_inproc(lock& held, const std::string& name, std::string_view given) {
    const auto link = std::make_shared<inproc_link>();
    auto& pipe = add_inproc_pipe(link, 0, true);
    add_attachment({transport::endpoint::kind::inproc, name}, given, false).pipe = &pipe;
    last_endpoint_ = given;
    held.unlock();
    if (const auto other = context_->find_inproc(name, link))
        other->hear({inproc_notice::kind::attach, link, 1});
    held.lock();
    return errc::ok;
}

void socket_object::attach_inproc(lock& held, const std::shared_ptr<inproc_link>& link) {
    bool waiting = false;
    {
        std::lock_guard guard(link->mutex);
        if (link->ends[0].closed && link->directions[0].lane.empty()) return;
    }
    auto& pipe = add_inproc_pipe(link, 1, false);
    pipe.learn_routing_id();
    pipe.up = true;
    post_notice({inproc_notice::kind::connected, link, 0});
    if (!pattern_->connected(pipe)) {
        pipe.set_gone();
        pipe.close();
    }
    {
        std::lock_guard guard(link->mutex);
        waiting = !link->directions[0].lane.empty();
        if (waiting) link->directions[0].reader_idle = false;
        if (link->ends[0].closed) {
            pipe.set_gone();
            settling_ = true;
        }
    }
    if (waiting) pattern_->readable(pipe);
    engine_.wake(waiting, true);
    (void)held;
}

void socket_object::hear(const inproc_notice& notice) {
    lock held(engine_.mutex());
    if (notice.what == inproc_notice::kind::attach) {
        if (!closed_) attach_inproc(held, notice.link);
        finish(held);
        return;
    }
    inproc_pipe* pipe = nullptr;
    {
        std::lock_guard guard(notice.link->mutex);
        pipe = notice.link->ends[static_cast<std::size_t>(notice.to)].pipe;
    }
    if (!pipe) return;
    switch (notice.what) {
        case inproc_notice::kind::readable:
            pattern_->readable(*pipe);
            engine_.wake(true, false);
            break;
        case inproc_notice::kind::writable:
            pattern_->writable(*pipe);
            engine_.wake(false, true);
            break;
        case inproc_notice::kind::connected:
            pipe->learn_routing_id();
            pipe->up = true;
            if (!pattern_->connected(*pipe)) pipe->close();
            // The reader's side may have raised the mark.
            pattern_->writable(*pipe);
            engine_.wake(false, true);
            break;
        case inproc_notice::kind::closed:
            pattern_->disconnected(*pipe);
            pipe->set_gone();
            settling_ = true;
            engine_.wake(true, true);
            break;
        case inproc_notice::kind::attach: break;
    }
    finish(held);
}

errc socket_object::unbind(std::string_view where) { return end_attachment(where, true); }
errc socket_object::disconnect(std::string_view where) { return end_attachment(where, false); }

errc socket_object::end_attachment(std::string_view where, bool bound) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    transport::endpoint parsed;
    if (const auto error = transport::parse_endpoint(where, parsed); error != errc::ok) return error;
    engine_.flush_tails(held);
    bool found = false;
    for (std::size_t i = attachments_.size(); i-- > 0;) {
        auto& one = attachments_[i];
        if (one.text != where && one.given != where) continue;
        // libzmq ends what the name fits, whichever call made it.
        if (one.bound != bound && one.where.protocol == transport::endpoint::kind::inproc) continue;
        found = true;
        const auto ending = std::move(one);
        attachments_.erase(attachments_.begin() + static_cast<std::ptrdiff_t>(i));
        if (ending.listening) {
            tell(monitor_event::closed, static_cast<std::uint32_t>(ending.listening->descriptor()),
                 ending.text);
            ending.listening->close();
        }
        if (ending.connecting) ending.connecting->close();
        if (ending.bound && ending.where.protocol == transport::endpoint::kind::inproc) {
            held.unlock();
            context_->unbind_inproc(ending.where.address, *this);
            held.lock();
        }
        for (auto& each : peers_)
            if (each.get() == ending.pipe || (each->origin == ending.number && !ending.bound)) each->close();
    }
    finish(held);
    return found ? errc::ok : errc::no_such_endpoint;
}

// Options.

errc socket_object::set(int option, const void* value, std::size_t size) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    if (!value && size > 0) return errc::invalid_argument;
    if (option == number::subscribe || option == number::unsubscribe) {
        const auto result =
            pattern_->subscribe({static_cast<const std::byte*>(value), size}, option == number::subscribe);
        finish(held);
        return result;
    }
    const auto result = set_option(options_, option, value, size);
    if (result == errc::ok)
        for (auto& one : peers_)
            if (auto* over = dynamic_cast<network_pipe*>(one.get())) {
                over->send_mark = static_cast<std::size_t>(options_.send_mark);
                over->receive_mark = static_cast<std::size_t>(options_.receive_mark);
            }
    return result;
}

errc socket_object::get(int option, void* value, std::size_t& size) {
    using kind = option_row::kind;
    if (option == number::events) {
        int now = 0;
        if (const auto error = events(now); error != errc::ok) return error;
        return answer_integer(now, kind::integer, value, size);
    }
    if (option == number::descriptor) return answer_integer(descriptor(), kind::integer, value, size);
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    switch (option) {
        case number::receive_more: return answer_integer(receiving_more_, kind::integer, value, size);
        case number::type: return answer_integer(static_cast<int>(type_), kind::integer, value, size);
        case number::last_endpoint: return answer_text(last_endpoint_, true, value, size);
        case number::mechanism:
        case number::thread_safe: return answer_integer(0, kind::integer, value, size);
        default: return get_option(options_, option, value, size);
    }
}

// Monitoring.

void socket_object::tell(int event_number, std::uint32_t value, const std::string& endpoint) {
    if (monitor_ && (monitor_events_ & event_number)) events_.push_back({event_number, value, endpoint});
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

// The end.

void socket_object::stop() {
    lock held(engine_.mutex());
    stopped_ = true;
    auto abandoned = abandon(errc::terminated);
    engine_.wake_all();
    held.unlock();
    complete(abandoned);
}

void socket_object::close() {
    const auto self = shared_from_this();
    lock held(engine_.mutex());
    if (closed_) return;
    engine_.flush_fresh(held);
    engine_.flush_tails(held);
    closed_ = true;
    for (auto& one : peers_) one->rollback();
    for (auto& one : attachments_)
        if (one.listening) one.listening->close();
    held.unlock();
    context_->forget_inproc(*this);
    held.lock();
    tell(monitor_event::stopped, 0, "");
    deliver(held);
    const auto watching = std::exchange(monitor_, nullptr);
    auto abandoned = abandon(errc::cancelled);
    begin_linger(held);
    engine_.wake_all();
    held.unlock();
    complete(abandoned);
    if (watching) watching->close();
}

bool socket_object::finished() const {
    return std::ranges::all_of(peers_, [](const auto& one) { return one->drained() || one->gone(); }) &&
           engine_.all_drained();
}

void socket_object::begin_linger(lock& held) {
    lingering_ = true;
    if (options_.linger_ms == 0 || finished()) {
        finish_close(held);
        return;
    }
    if (options_.linger_ms < 0) return;
    linger_timer_ = std::make_shared<asio::steady_timer>(loop(), milliseconds(options_.linger_ms));
    linger_timer_->async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (!error) self->end_now();
    });
}

void socket_object::end_now() {
    lock held(engine_.mutex());
    if (lingering_ && !ended_) finish_close(held);
}

void socket_object::finish_close(lock& held) {
    ended_ = true;
    if (linger_timer_) asio::post(loop(), [timer = linger_timer_] { timer->cancel(); });
    for (auto& one : attachments_)
        if (one.connecting) one.connecting->close();
    attachments_.clear();
    while (!peers_.empty()) remove_peer(held, peers_.size() - 1);
    engine_.close_all(held);
    deliver(held);
    engine_.by()->forget(engine_);
    const auto context = std::move(context_);
    context->socket_ended(*this);
}

}  // namespace zither::sockets
