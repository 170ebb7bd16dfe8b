// What a call does that finds nothing to receive, or no room to send: it looks, stays awake for a moment, and
// sleeps.
#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <climits>
#include <thread>
#include <utility>

namespace zither::sockets {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using transport::time_point;
using outcome = transport::spin_habit::outcome;

constexpr unsigned sleeps_per_look = 16;
// A thread that stays awake lets others run between two looks: a peer on another core gets on meanwhile, one
// on the same core gets to answer. Longer than this, and others needed the core: then sleeping is better,
// which the system favours at wake-up.
constexpr auto others_limit = microseconds(100);
// So often a pipe is looked at whose writer has no question to answer, which takes some ten microseconds.
constexpr int stream_looks_max = 30;

/// Looks until a look found something, but not after `until` and not more than so often.
template <class Look>
outcome stay_awake(time_point until, int looks_max, Look&& look) {
    auto now = zmtp::clock::now();
    bool came = false;
    bool others_ran = false;
    for (int i = 0; i < looks_max && now < until && !came; ++i) {
        came = look();
        const auto before = std::exchange(now, zmtp::clock::now());
        others_ran |= now - before > others_limit;
    }
    if (others_ran) return outcome::others_ran;
    return came ? outcome::came : outcome::nothing;
}

}  // namespace

errc socket_object::attempt_until(lock& held, bool input, zmtp::message& part, int timeout_ms) {
    finish(held);
    engine_.flush_tails(held);
    std::optional<time_point> deadline;
    if (timeout_ms > 0) deadline = zmtp::clock::now() + milliseconds(timeout_ms);
    if (input && timeout_ms != 0 && watched_) watch_pipe(held);
    // A sender has room where a tail was.
    auto result = catch_up() || !input ? attempt(input, part) : errc::again;
    if (result != errc::again) return result;
    if (input && timeout_ms != 0 && worth_spinning()) {
        spins_.ended(spin(held, microseconds(options_.spin_us), deadline, [&] {
            result = attempt(true, part);
            return result != errc::again;
        }));
        if (result != errc::again) return result;
    } else {
        // Where looks before a sleep were in vain the next ones would be, too: the sleep itself sees what is
        // there, at the price of one call more.
        const bool look = timeout_ms == 0 || vain_looks_++ % sleeps_per_look == 0;
        if (look && engine_.drive(held)) vain_looks_ = 0;
        // The mutex may have been free in any case.
        result = attempt(input, part);
        if (result != errc::again || timeout_ms == 0) return result;
    }
    transport::sleeper me{transport::bell::mine_shared(), {}, input, !input};
    engine_.add_sleeper(me);
    try {
        result = sleep_until(held, me, input, part, deadline);
    } catch (...) {
        if (!held.owns_lock()) held.lock();
        engine_.remove_sleeper(me);
        throw;
    }
    engine_.remove_sleeper(me);
    mind_inbox();
    return result;
}

errc socket_object::sleep_until(lock& held, transport::sleeper& me, bool input, zmtp::message& part,
                                std::optional<time_point> deadline) {
    auto result = errc::again;
    if (mind_inbox()) result = attempt(input, part);
    // The mutex was free meanwhile; from here on whoever ends the socket rings.
    if (const auto error = check(); error != errc::ok) result = error;
    while (result == errc::again) {
        finish(held);
        (void)engine_.shook();  // what was before is over
        const auto slept = engine_.sleep(held, me, deadline);
        if (const auto error = check(); error != errc::ok) {
            result = error;
            break;
        }
        result = attempt(input, part);
        const auto patience = options_.handshake_patience();
        if (result == errc::again && input && slept == errc::ok && engine_.shook() && patience.count() > 0 &&
            handshakes_.worthwhile()) {
            const auto how = spin(held, patience, deadline, [&] {
                result = attempt(input, part);
                return result != errc::again;
            });
            handshakes_.ended(how == outcome::came ? how : outcome::nothing);
        }
        if (result != errc::again) break;
        if (slept == errc::interrupted) result = slept;
        if (slept == errc::again) break;  // the deadline passed
    }
    return result;
}

void socket_object::await_answer(std::optional<time_point> deadline) {
    lock held(engine_.mutex());
    if (check() != errc::ok || pattern_->can_receive() || !worth_spinning()) return;
    spins_.ended(
        spin(held, microseconds(options_.spin_us), deadline, [&] { return pattern_->can_receive(); }));
    finish(held);
}

bool socket_object::worth_spinning() noexcept {
    return answer_due_ && !watched_ && options_.spin_us > 0 && engine_.connection_count() > 0 &&
           spins_.worthwhile();
}

template <class Came>
transport::spin_habit::outcome socket_object::spin(lock& held, microseconds time,
                                                   std::optional<time_point> deadline, Came&& came) {
    const auto until = std::min(zmtp::clock::now() + time, deadline.value_or(time_point::max()));
    // One takes a microsecond at least.
    const auto looks_max = static_cast<int>(std::min<std::int64_t>(time.count(), INT_MAX));
    return stay_awake(until, looks_max, [&] {
        finish(held);
        held.unlock();
        std::this_thread::yield();
        held.lock();
        if (check() != errc::ok) return true;
        engine_.tended();
        engine_.drive(held);
        return came();
    });
}

void socket_object::watch_pipe(lock& held) {
    const auto& queue = watched_->incoming();
    // A large body is read best while it is in the cache; a batch of them is more than fits.
    if (queue.took_large() || options_.spin_us == 0 || !spins_.worthwhile()) return;
    const auto link = watched_->link();
    const auto taken = queue.taken();
    const auto until = zmtp::clock::now() + (answer_due_ ? microseconds(options_.spin_us) : others_limit);
    const int looks_max = answer_due_ ? INT_MAX : stream_looks_max;
    held.unlock();
    const auto how = stay_awake(until, looks_max, [&] {
        std::this_thread::yield();
        return queue.has_after(taken);
    });
    held.lock();
    spins_.ended(how);
}

}  // namespace zither::sockets
