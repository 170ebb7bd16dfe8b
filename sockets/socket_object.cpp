#include "zither/sockets/socket_object.hpp"

#include "zither/sockets/complaint.hpp"

#include <algorithm>
#include <climits>
#include <cstring>

namespace zither::sockets {

namespace {

using std::chrono::milliseconds;

// A busy caller looks at the network at least this often, so that no peer, PING or subscription starves.
// Where so many calls take longer than a lease, the reactor looks (engine::fired).
constexpr std::uint64_t calls_per_drive = 4096;

// What the system may hold back for each of many peers: their buffers together would fit no cache, and what
// it sends later is sent in the readers' time (docs/decisions/0014-unsent.md).
constexpr int unsent_max_each = 128 * 1024;

// libzmq's numbers.
namespace number {
constexpr int subscribe = 6, unsubscribe = 7, receive_more = 13, descriptor = 14, events = 15, type = 16;
constexpr int send_mark = 23, receive_mark = 24;
constexpr int routing_id = 5, last_endpoint = 32, thread_safe = 81, topics_count = 116;
}  // namespace number

int to_timeout_ms(milliseconds timeout) {
    return static_cast<int>(std::clamp<std::int64_t>(timeout.count(), -1, INT_MAX));
}

}  // namespace

std::shared_ptr<socket_object> socket_object::make(const std::shared_ptr<context_object>& in,
                                                   socket_type type,
                                                   const std::shared_ptr<transport::reactor>& by) {
    std::shared_ptr<socket_object> made(new socket_object(in, type, by));
    made->engine_.known_as(std::shared_ptr<transport::engine>(made, &made->engine_));
    if (!made->engine_.usable()) return nullptr;
    return by->watch({made, &made->engine_}) ? made : nullptr;
}

socket_object::socket_object(const std::shared_ptr<context_object>& in, socket_type type,
                             const std::shared_ptr<transport::reactor>& by)
    : context_(in), type_(type), engine_(by, *this) {
    options_.stream.ipv6 = in->ipv6_default();
    options_.zero_copy_receive = in->zero_copy_receive();
    if (fans_out()) options_.stream.unsent_max = unsent_max_each;
    // A subscriber has nothing that would be worth waiting for.
    if (!in->blocky() || type == socket_type::sub || type == socket_type::xsub) options_.linger_ms = 0;
    pattern_ = pattern::make_pattern(type, options_.pattern);
}

socket_object::~socket_object() {
    if (inbox_) inbox_->shut();
}

errc socket_object::check() const noexcept {
    if (closed_) return errc::not_a_socket;
    return stopped_ ? errc::terminated : errc::ok;
}

// Sending and receiving.

inline errc socket_object::attempt_once(lock& held, bool input, zmtp::message& part) {
    if (closed_ || stopped_) [[unlikely]]
        return check();
    engine_.tended();
    catch_up();
    if (++calls_ % calls_per_drive == 0) engine_.drive_in_passing(held);
    return attempt(input, part);
}

inline errc socket_object::send_once(lock& held, zmtp::message& part, int timeout_ms) {
    const bool more = part.more();
    auto result = attempt_once(held, false, part);
    if (result == errc::again) result = attempt_until(held, false, part, timeout_ms);
    if (result == errc::ok) {
        sending_more_ = more;
        answer_due_ = true;
        // Room left behind is the next sleeper's.
        if (engine_.anybody_sleeps() && pattern_->can_send()) engine_.wake(false, true);
    }
    finish(held);
    return result;
}

inline errc socket_object::receive_once(lock& held, zmtp::message& part, int timeout_ms) {
    auto result = attempt_once(held, true, part);
    if (result == errc::again) result = attempt_until(held, true, part, timeout_ms);
    if (result == errc::ok) {
        receiving_more_ = part.more();
        answer_due_ = false;
        if (engine_.anybody_sleeps() && pattern_->can_receive()) engine_.wake(true, false);
    } else if (result == errc::again) {
        engine_.silence();
    }
    finish(held);
    return result;
}

errc socket_object::send(zmtp::message& part, bool dont_wait) {
    lock held(engine_.mutex());
    return send_once(held, part, dont_wait ? 0 : options_.send_timeout_ms);
}

errc socket_object::receive(zmtp::message& part, bool dont_wait) {
    lock held(engine_.mutex());
    return receive_once(held, part, dont_wait ? 0 : options_.receive_timeout_ms);
}

errc socket_object::send_within(zmtp::message& part, milliseconds timeout) {
    lock held(engine_.mutex());
    return send_once(held, part, to_timeout_ms(timeout));
}

errc socket_object::receive_within(zmtp::message& part, milliseconds timeout) {
    lock held(engine_.mutex());
    return receive_once(held, part, to_timeout_ms(timeout));
}

errc socket_object::events(int& out, bool with_pass) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    catch_up();
    engine_.silence();
    engine_.flush_tails(held);
    if (with_pass)
        engine_.drive(held);
    else
        engine_.looked();
    settle(held);
    out = (pattern_->can_receive() ? 1 : 0) | (pattern_->can_send() ? 2 : 0);
    finish(held);
    return errc::ok;
}

bool socket_object::has_room() {
    lock held(engine_.mutex());
    catch_up();
    const bool room = pattern_->can_send();
    finish(held);
    return room;
}

int socket_object::descriptor() {
    lock held(engine_.mutex());
    const int descriptor = engine_.hand_out_descriptor();
    mind_inbox();
    finish(held);
    return descriptor;
}

void socket_object::add_sleeper(transport::sleeper& one) {
    lock held(engine_.mutex());
    engine_.add_sleeper(one);
    mind_inbox();
    finish(held);
}

void socket_object::remove_sleeper(transport::sleeper& one) {
    lock held(engine_.mutex());
    engine_.tended();
    engine_.remove_sleeper(one);
    mind_inbox();
    finish(held);
}

pollfd socket_object::to_poll(const transport::sleeper* one) {
    lock held(engine_.mutex());
    return one ? engine_.to_watch(*one) : engine_.to_poll();
}

void socket_object::finish_now(lock& held) {
    engine_.flush_fresh(held);
    drove(held);
}

void socket_object::finish_surely(lock& held) {
    if (transport::within_memory([&] { finish(held); })) return;
    if (!held.owns_lock()) held.lock();
    engine_.make_up_later();
}

void socket_object::drove(lock& held) {
    settle(held);
    deliver(held);
    if (lingering_) end_if_sent(held);
}

void socket_object::settle(lock& held) {
    if (!settling_) return;
    while (std::exchange(settling_, false)) {
        for (std::size_t i = leaving_.size(); i-- > 0;) {
            if (i >= leaving_.size()) continue;
            auto& one = *leaving_[i];
            const bool over = one.over();
            // Who has something left to write is looked at again next time; who is gone, when it was read
            // out.
            if (!over && !one.gone()) continue;
            leaving_[i] = leaving_.back();
            leaving_.pop_back();
            one.noted = false;
            if (!over) continue;
            const auto place = std::ranges::find(peers_, &one, &std::unique_ptr<peer>::get);
            remove_peer(held, static_cast<std::size_t>(place - peers_.begin()));
        }
    }
    settling_ = !leaving_.empty();
}

void socket_object::add_peer(std::unique_ptr<peer> added) {
    if (leaving_.capacity() <= peers_.size()) leaving_.reserve(2 * (peers_.size() + 1));
    peers_.push_back(std::move(added));
}

void socket_object::remove_peer(lock& held, std::size_t place) {
    const auto one = std::move(peers_[place]);
    // From here on it is not noted again.
    if (std::exchange(one->noted, true)) std::erase(leaving_, one.get());
    peers_.erase(peers_.begin() + static_cast<std::ptrdiff_t>(place));
    for (auto& each : attachments_) {
        if (each.pipe != one.get()) continue;
        each.pipe = nullptr;
        if (each.connecting && (each.leaving || closed_)) each.connecting->close();
    }
    std::erase_if(attachments_, [](const auto& each) { return each.leaving && !each.pipe; });
    if (one->attached) pattern_->detached(*one);
    step(held, [&] { one->release(held); });
}

void socket_object::deliver(lock& held) {
    if (!std::exchange(news_, false)) return;
    auto notices = std::exchange(notices_, {});
    auto leaving = std::exchange(farewells_, {});
    const auto complaints = std::exchange(complaints_, {});
    const auto events = std::exchange(events_, {});
    const auto monitor = monitor_;
    const auto version = monitor_version_;
    held.unlock();
    using transport::within_memory;  // what cannot be heard is lost, and nothing else
    const auto tell = [](const inproc_notice& notice) {
        std::shared_ptr<socket_object> other;
        {
            std::lock_guard link(notice.link->mutex);
            other = notice.link->ends[static_cast<std::size_t>(notice.to)].socket.lock();
        }
        return !other || within_memory([&] { other->hear(notice); });
    };
    std::erase_if(notices, [&](const auto& notice) {
        // Nobody else would tell it that it is connected.
        return tell(notice) || notice.what != inproc_notice::kind::connected;
    });
    for (auto each = leaving.take(); each.link; each = leaving.take()) tell(each);
    if (monitor)
        for (const auto& one : events) within_memory([&] { tell_monitor(*monitor, version, one); });
    for (const auto& one : complaints) within_memory([&] { complain(one); });
    held.lock();
    if (notices.empty()) return;
    if (notices_.empty())
        notices_.swap(notices);
    else
        within_memory([&] { notices_.insert(notices_.begin(), notices.begin(), notices.end()); });
    news_ = true;
    engine_.make_up_later();
}

// Options.

errc socket_object::set_value(int option, const void* value, std::size_t size) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    if (!value && size > 0) return errc::invalid_argument;
    if (option == number::subscribe || option == number::unsubscribe) {
        const auto result =
            pattern_->subscribe({static_cast<const std::byte*>(value), size}, option == number::subscribe);
        finish(held);
        return result;
    }
    if (!applies_to(option, type_)) return errc::invalid_argument;
    const auto result = set_option(options_, option, value, size);
    // A STREAM says the id of its newest peer until it is given one of its own.
    if (result == errc::ok && option == number::routing_id) options_.pattern.stream_routing_id.clear();
    if (result == errc::ok && (option == number::send_mark || option == number::receive_mark))
        for (auto& one : peers_)
            one->set_marks(static_cast<std::size_t>(options_.send_mark),
                           static_cast<std::size_t>(options_.receive_mark));
    return result;
}

errc socket_object::get_value(int option, void* value, std::size_t& size) {
    using kind = option_row::kind;
    if (option == number::events) {
        int now = 0;
        if (const auto error = events(now); error != errc::ok) return error;
        return answer_integer(now, kind::integer, value, size);
    }
    // A descriptor tells one thread; these types are for many.
    if (option == number::descriptor && zmtp::single_part(type_)) return errc::invalid_argument;
    if (option == number::descriptor) return answer_integer(descriptor(), kind::integer, value, size);
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    switch (option) {
        case number::receive_more: return answer_integer(receiving_more_, kind::integer, value, size);
        case number::type:
            if (size != sizeof(int)) return errc::invalid_argument;
            return answer_integer(static_cast<int>(type_), kind::integer, value, size);
        case number::last_endpoint: return answer_text(last_endpoint_, true, value, size);
        case number::routing_id:
            if (options_.pattern.stream_routing_id.empty()) return get_option(options_, option, value, size);
            return answer_text(options_.pattern.stream_routing_id, false, value, size);
        case number::topics_count: {
            const auto topics = pattern_->topics();
            if (!topics || size != sizeof(int)) return errc::invalid_argument;
            return answer_integer(static_cast<std::int64_t>(*topics), kind::integer, value, size);
        }
        case number::thread_safe: return answer_integer(zmtp::single_part(type_), kind::integer, value, size);
        default: return get_option(options_, option, value, size);
    }
}

}  // namespace zither::sockets
