// What a flood leaves behind its last batch: who may write it, and how the reactor sees that it is written.
#include "zither/transport/reactor.hpp"

#include <asio/post.hpp>

#include <algorithm>

namespace zither::transport {

namespace {
// Looks that find nothing old become rarer by a part of their distance, so that the last of a flood waits for
// no more than some part of what the flood took, and rare when it takes long: each costs who floods a core.
constexpr auto look_min = engine::tail_time;
constexpr auto look_max = engine::tail_time_tended;
constexpr int rarer_by = 16;
}  // namespace

/// Those that leave one in the same while wake the thread once.
void reactor::poke_tail(const std::shared_ptr<engine>& one) {
    const bool noted = within_memory([&] {
        bool awaited = false;
        {
            std::lock_guard lock(mutex_);
            poked_.push_back(one);
            awaited = std::exchange(tails_awaited_, true);
        }
        if (!awaited) asio::post(context_, [self = shared_from_this()] { self->await_tails(); });
    });
    if (noted) return;
    owe(one);
    owe_poked();
}

void reactor::await_tails() {
    // Once stopped, nobody would come back to them.
    if (tails_are_ == tails::timed && waits_) {
        if (!within_memory([&] { start_tails(look_min); })) owe_poked();
        return;
    }
    swap_poked(taken_, false);
    keep(taken_, [](engine& one) {
        engine::lock held(one.mutex());
        one.flush_all_tails(held);
        return false;
    });
}

void reactor::start_tails(std::chrono::microseconds length) {
    if (!waits_) return;
    tail_length_ = length;
    waits_->tail.expires_after(length);
    waits_->tail.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (!error) self->end_tails();
    });
}

/// Where those who send write their tails themselves, they are looked at less and less often.
void reactor::end_tails() {
    // It may have been set again while this end of it was on its way.
    if (waits_) waits_->tail.cancel();
    take_poked();
    const auto now = zmtp::clock::now();
    bool any_old = false;
    keep(tails_, [&](engine& one) {
        const auto found = one.look_at_tails(now);
        if (found == engine::tails_are::old) {
            any_old = true;
            engine::lock held(one.mutex());
            one.flush_old_tails(held, now);
        }
        return found != engine::tails_are::gone;
    });
    {
        std::lock_guard lock(mutex_);
        tails_awaited_ = !tails_.empty() || !poked_.empty();
        if (!tails_awaited_) return;
    }
    const auto longer = std::min(tail_length_ + tail_length_ / rarer_by, look_max);
    if (within_memory([&] { start_tails(any_old ? tail_length_ : longer); })) return;
    owe_all(tails_);
    owe_poked();
}

void reactor::take_poked() noexcept {
    swap_poked(taken_, true);
    if (within_memory([&] { tails_.insert(tails_.end(), taken_.begin(), taken_.end()); }))
        taken_.clear();
    else
        owe_all(taken_);
}

/// `awaited`: a look at those that leave a tail from now on is on its way.
void reactor::swap_poked(std::vector<std::shared_ptr<engine>>& with, bool awaited) noexcept {
    std::lock_guard lock(mutex_);
    with.swap(poked_);
    tails_awaited_ = awaited;
}

void reactor::owe_poked() noexcept {
    std::vector<std::shared_ptr<engine>> all;
    swap_poked(all, false);
    owe_all(all);
}

}  // namespace zither::transport
