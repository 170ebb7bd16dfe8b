#include "zither/transport/reactor.hpp"

#include "zither/transport/process_fence.hpp"

#include <asio/post.hpp>

#include <algorithm>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace zither::transport {

namespace {
// How long a socket may lie untended before the reactor acts for it; where all are tended it asks less and
// less often, for its looks disturb who does the work. A thread that goes round many of them comes back to
// each only so much later.
constexpr auto lease_min = std::chrono::milliseconds(1);
constexpr auto lease_max = std::chrono::milliseconds(8);
constexpr auto lease_share = std::chrono::microseconds(50);
constexpr std::size_t lease_shares_max = 1000;
// Memory that ran out may be there again after this.
constexpr timespec shortage_pause{0, 1'000'000};
constexpr itimerspec never{};
// The alarm's place in the books, which no engine has.
constexpr std::uint64_t alarm_number = 0;

std::chrono::microseconds with_shares(std::chrono::milliseconds length, std::size_t sockets) {
    return length + lease_share * std::min(sockets, lease_shares_max);
}
}  // namespace

reactor::reactor(asio::io_context& context, tails how)
    : context_(context), waits_(std::in_place, context), tails_are_(how) {
    process_fence::prepare_if_cheap();
    outer_ = ::epoll_create1(EPOLL_CLOEXEC);  // last: what is above may throw
}

reactor::~reactor() {
    if (alarm_ >= 0) ::close(alarm_);
}

void reactor::start() {
    if (outer_ < 0) return;
    alarm_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = alarm_number;
    const bool alarmed = alarm_ >= 0 && ::epoll_ctl(outer_, EPOLL_CTL_ADD, alarm_, &event) == 0;
    asio::error_code error;
    if (alarmed && within_memory([&] { waits_->outer.assign(outer_, error); }) && !error) return;
    ::close(outer_);
    outer_ = -1;
}

void reactor::stop() {
    std::shared_ptr<overdue> owed;  // let go of without the mutex
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
        owed = std::move(owed_);
    }
    waits_.reset();  // closes outer_ too
    leased_.clear();
    tails_.clear();
    swap_poked(taken_, false);
    taken_.clear();
}

bool reactor::watch(const std::shared_ptr<engine>& one) {
    {
        std::lock_guard lock(mutex_);
        one->number = next_number_++;
        engines_[one->number] = one;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = one->number;
    if (::epoll_ctl(outer_, EPOLL_CTL_ADD, one->set(), &event) == 0 &&
        within_memory([&] { asio::post(context_, [self = shared_from_this()] { self->wait(); }); }))
        return true;
    unlist(*one);
    return false;
}

void reactor::unlist(engine& one) {
    ::epoll_ctl(outer_, EPOLL_CTL_DEL, one.set(), nullptr);
    std::lock_guard lock(mutex_);
    engines_.erase(one.number);
}

void reactor::forget(engine& one) {
    unlist(one);
    const bool posted = within_memory([&] {
        asio::post(context_, [self = shared_from_this(), number = one.number] { self->clean_up(number); });
    });
    if (posted) return;
    std::lock_guard lock(mutex_);
    unclean_ = true;
    set_alarm();
}

bool reactor::rearm(engine& one) noexcept {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = one.number;
    if (::epoll_ctl(outer_, EPOLL_CTL_MOD, one.set(), &event) == 0) return true;
    // It left the set for a lease, or for good; once stopped, the descriptor may be a stranger's.
    std::lock_guard lock(mutex_);
    return stopped_ || !engines_.contains(one.number) ||
           ::epoll_ctl(outer_, EPOLL_CTL_ADD, one.set(), &event) == 0;
}

void reactor::look_away(engine& one) noexcept { ::epoll_ctl(outer_, EPOLL_CTL_DEL, one.set(), nullptr); }

std::shared_ptr<engine> reactor::find(std::uint64_t number) {
    std::lock_guard lock(mutex_);
    const auto place = engines_.find(number);
    return place == engines_.end() ? nullptr : place->second.lock();
}

bool reactor::has_engines() {
    std::lock_guard lock(mutex_);
    return !engines_.empty();
}

bool reactor::has_work() {
    std::lock_guard lock(mutex_);
    return !engines_.empty() || owed_ || unclean_;
}

void reactor::wait() {
    if (waiting_ || !waits_ || !has_work()) return;
    waits_->outer.async_wait(
        asio::posix::stream_descriptor::wait_read,
        placed_handler(outer_memory_, [self = shared_from_this()](const asio::error_code& error) {
            self->waiting_ = false;
            if (!error) self->on_fired();
            self->wait();
        }));
    waiting_ = true;
}

void reactor::clean_up(std::uint64_t forgotten) {
    if (!waits_) return;
    waits_->engines.erase(forgotten);
    std::erase_if(leased_, [&](const auto& one) { return one->number == forgotten; });
    if (has_engines()) return;
    // A user's loop may end once its last socket has.
    asio::error_code ignored;
    waits_->outer.cancel(ignored);
}

void reactor::clean_up_all() {
    std::lock_guard lock(mutex_);
    if (!std::exchange(unclean_, false) || !waits_) return;
    std::erase_if(waits_->engines, [&](const auto& one) { return !engines_.contains(one.first); });
}

void reactor::on_fired() {
    epoll_event events[64];
    const int count = ::epoll_wait(outer_, events, 64, 0);
    for (int i = 0; i < count; ++i) {
        if (events[i].data.u64 == alarm_number) {
            make_up_all();
            continue;
        }
        const auto one = find(events[i].data.u64);
        if (one && !within_memory([&] { look_at(one); })) owe(one);
    }
}

void reactor::look_at(const std::shared_ptr<engine>& one) {
    engine::lock held(one->mutex());
    if (!one->fired(held)) return;
    start_leases(lease_min);
    leased_.push_back(one);
}

std::uint64_t reactor::looks_due(std::chrono::milliseconds length, std::size_t sockets) noexcept {
    return static_cast<std::uint64_t>(with_shares(length, sockets) / with_shares(lease_min, sockets));
}

void reactor::start_leases(std::chrono::milliseconds length) {
    if (!waits_ || (lease_ticking_ && lease_length_ <= length)) return;
    lease_ticking_ = false;
    try {
        waits_->lease.expires_after(with_shares(length, on_lease_));
        waits_->lease.async_wait([self = shared_from_this()](const asio::error_code& error) {
            if (!error) self->end_leases();
        });
    } catch (const std::exception&) {
        owe_all(leased_);
        throw;
    }
    lease_length_ = length;
    lease_ticking_ = true;
}

void reactor::end_leases() {
    lease_ticking_ = false;
    // A socket is in use for longer. What this may take is nothing for a loop that has other work.
    if (tails_are_ == tails::timed) process_fence::prepare();
    // It may have been set again while this end of it was on its way.
    if (waits_) waits_->lease.cancel();
    const auto looks = looks_due(lease_length_, on_lease_);
    on_lease_ = leased_.size();
    keep(leased_, [&](engine& one) {
        if (one.tended_well(looks)) return true;
        engine::lock held(one.mutex());
        return one.fired(held, looks);
    });
    if (leased_.empty()) return;
    const bool all = leased_.size() == on_lease_;
    within_memory([&] { start_leases(all ? std::min(2 * lease_length_, lease_max) : lease_min); });
}

void reactor::owe_all(std::vector<std::shared_ptr<engine>>& list) noexcept {
    for (const auto& one : list) owe(one);
    list.clear();
}

void reactor::schedule(const std::shared_ptr<engine>& one, time_point when) {
    const bool posted = within_memory([&] {
        asio::post(context_, [self = shared_from_this(), number = one->number, when] {
            const auto alive = self->find(number);
            if (alive && !within_memory([&] { self->set_timer(alive, when); })) self->owe(alive);
        });
    });
    if (!posted) owe(one);
}

void reactor::set_timer(const std::shared_ptr<engine>& one, time_point when) {
    if (!waits_) return;
    auto& timer = waits_->engines.try_emplace(one->number, context_, time_point::max()).first->second;
    // What the context's own thread posts, it sees last: a later wish may come after an earlier one.
    if (timer.expiry() <= when) return;
    timer.expires_at(when);
    try {
        timer.async_wait([self = shared_from_this(), number = one->number](const asio::error_code& error) {
            if (!error) self->tick(number);
        });
    } catch (const std::exception&) {
        timer.expires_at(time_point::max());
        throw;
    }
}

void reactor::tick(std::uint64_t number) {
    const auto alive = find(number);
    if (!alive || !waits_) return;
    waits_->engines.at(number).expires_at(time_point::max());
    const bool done = within_memory([&] {
        engine::lock held(alive->mutex());
        alive->tick(held, zmtp::clock::now());
    });
    if (!done) owe(alive);
}

void reactor::await_answer(std::chrono::microseconds time) noexcept {
    if (!context_.get_executor().running_in_this_thread()) return;
    const bool awake = awake_until_ != time_point{};
    if (awake) spins_.ended(spin_habit::outcome::came);
    const bool worthwhile = time.count() > 0 && (awake || spins_.worthwhile());
    awake_until_ = worthwhile ? zmtp::clock::now() + time : time_point{};
}

bool reactor::stays_awake() noexcept {
    if (awake_until_ == time_point{}) return false;
    if (zmtp::clock::now() < awake_until_) return true;
    awake_until_ = {};
    spins_.ended(spin_habit::outcome::nothing);
    return false;
}

void reactor::owe(const std::shared_ptr<overdue>& one) noexcept {
    {
        std::lock_guard lock(mutex_);
        if (stopped_) return;
        if (!std::exchange(one->listed_, true)) one->next_ = std::exchange(owed_, one);
        set_alarm();
    }
    // It may be the first thing that is expected of this loop.
    if (context_.get_executor().running_in_this_thread()) wait();
}

void reactor::make_up_all() {
    std::shared_ptr<overdue> all;
    {
        std::lock_guard lock(mutex_);
        alarmed_ = false;
        // Unread it would stay ready, and the loop awake.
        (void)::timerfd_settime(alarm_, 0, &never, nullptr);
        all = std::exchange(owed_, nullptr);
    }
    while (all) {
        const auto one = std::move(all);
        {
            std::lock_guard lock(mutex_);
            one->listed_ = false;
            all = std::move(one->next_);
        }
        if (!within_memory([&] { one->make_up(); })) owe(one);
    }
    clean_up_all();
}

/// Once for all that are owed, so that a new one does not put off the others.
void reactor::set_alarm() noexcept {
    if (std::exchange(alarmed_, true)) return;
    const itimerspec soon{{}, shortage_pause};
    (void)::timerfd_settime(alarm_, 0, &soon, nullptr);
}

}  // namespace zither::transport
