#include "zither/transport/reactor.hpp"

#include <asio/post.hpp>

#include <algorithm>

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace zither::transport {

namespace {
// How long a socket may lie untended before the reactor acts for it.
constexpr auto lease_time = std::chrono::milliseconds(1);
// How long a flood's tail may wait for company.
constexpr auto tail_time = std::chrono::microseconds(100);
}  // namespace

reactor::reactor(asio::io_context& context, tails how)
    : context_(context), outer_(-1), waits_(std::in_place, context), tails_are_(how) {
    outer_ = ::epoll_create1(EPOLL_CLOEXEC);  // last: what is above may throw
}

reactor::~reactor() = default;

void reactor::start() {
    if (outer_ < 0) return;
    asio::error_code error;
    waits_->outer.assign(outer_, error);
    if (!error) return;
    ::close(outer_);
    outer_ = -1;
}

void reactor::stop() {
    waits_.reset();  // closes outer_ too
    leased_.clear();
    tails_.clear();
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
    if (::epoll_ctl(outer_, EPOLL_CTL_ADD, one->set(), &event) != 0) {
        std::lock_guard lock(mutex_);
        engines_.erase(one->number);
        return false;
    }
    asio::post(context_, [self = shared_from_this()] { self->wait(); });
    return true;
}

void reactor::forget(engine& one) {
    ::epoll_ctl(outer_, EPOLL_CTL_DEL, one.set(), nullptr);
    {
        std::lock_guard lock(mutex_);
        engines_.erase(one.number);
    }
    asio::post(context_, [self = shared_from_this(), number = one.number] { self->clean_up(number); });
}

void reactor::rearm(engine& one) noexcept {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLONESHOT;
    event.data.u64 = one.number;
    ::epoll_ctl(outer_, EPOLL_CTL_MOD, one.set(), &event);
}

std::shared_ptr<engine> reactor::find(std::uint64_t number) {
    std::lock_guard lock(mutex_);
    const auto place = engines_.find(number);
    return place == engines_.end() ? nullptr : place->second.lock();
}

bool reactor::has_engines() {
    std::lock_guard lock(mutex_);
    return !engines_.empty();
}

void reactor::wait() {
    if (waiting_ || !waits_ || !has_engines()) return;
    waiting_ = true;
    waits_->outer.async_wait(asio::posix::stream_descriptor::wait_read,
                             [self = shared_from_this()](const asio::error_code& error) {
                                 self->waiting_ = false;
                                 if (!error) self->on_fired();
                                 self->wait();
                             });
}

void reactor::clean_up(std::uint64_t forgotten) {
    if (!waits_) return;
    waits_->engines.erase(forgotten);
    if (has_engines()) return;
    // A user's loop may end once its last socket has.
    asio::error_code ignored;
    waits_->outer.cancel(ignored);
}

void reactor::on_fired() {
    epoll_event events[64];
    const int count = ::epoll_wait(outer_, events, 64, 0);
    for (int i = 0; i < count; ++i)
        if (const auto one = find(events[i].data.u64)) look_at(one);
}

void reactor::look_at(const std::shared_ptr<engine>& one) {
    engine::lock held(one->mutex());
    if (!one->fired(held)) return;
    leased_.push_back(one);
    start_leases();
}

void reactor::start_leases() {
    if (lease_ticking_ || !waits_) return;
    lease_ticking_ = true;
    waits_->lease.expires_after(lease_time);
    waits_->lease.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (error) return;
        self->lease_ticking_ = false;
        const auto leased = std::exchange(self->leased_, {});
        for (const auto& one : leased) self->look_at(one);
    });
}

void reactor::poke_tail(const std::shared_ptr<engine>& one) {
    asio::post(context_, [self = shared_from_this(), one] {
        if (self->tails_are_ == tails::posted) {
            engine::lock held(one->mutex());
            one->flush_all_tails(held);
            return;
        }
        self->tails_.push_back(one);
        self->start_tails();
    });
}

void reactor::start_tails() {
    if (tail_ticking_ || !waits_) return;
    tail_ticking_ = true;
    waits_->tail.expires_after(tail_time);
    waits_->tail.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (error) return;
        self->tail_ticking_ = false;
        std::erase_if(self->tails_, [](const auto& one) {
            engine::lock held(one->mutex());
            return !one->flush_old_tails(held);
        });
        if (!self->tails_.empty()) self->start_tails();
    });
}

void reactor::schedule(const std::shared_ptr<engine>& one, time_point when) {
    asio::post(context_, [self = shared_from_this(), number = one->number, when] {
        if (!self->waits_ || !self->find(number)) return;
        auto& timer =
            self->waits_->engines.try_emplace(number, self->context_, time_point::max()).first->second;
        // What the context's own thread posts, it sees last: a later wish may come after an earlier one.
        if (timer.expiry() <= when) return;
        timer.expires_at(when);
        timer.async_wait([self, number](const asio::error_code& error) {
            const auto alive = error ? nullptr : self->find(number);
            if (!alive || !self->waits_) return;
            self->waits_->engines.at(number).expires_at(time_point::max());
            engine::lock held(alive->mutex());
            alive->tick(held, zmtp::clock::now());
        });
    });
}

namespace {

// What the system refuses is left as it was, as libzmq does with a priority it may not set.
void apply(const thread_settings& settings) {
    const pthread_t self = ::pthread_self();
    int policy = 0;
    sched_param parameters{};
    if ((settings.policy >= 0 || settings.priority >= 0) &&
        ::pthread_getschedparam(self, &policy, &parameters) == 0) {
        if (settings.policy >= 0) policy = settings.policy;
        if (settings.priority >= 0) parameters.sched_priority = settings.priority;
        (void)::pthread_setschedparam(self, policy, &parameters);
    }
    if (!settings.cores.empty()) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        for (const int core : settings.cores) CPU_SET(static_cast<std::size_t>(core), &cores);
        (void)::pthread_setaffinity_np(self, sizeof cores, &cores);
    }
    // The system takes 15 characters.
    auto name = settings.name_prefix.empty() ? std::string() : settings.name_prefix + "/";
    name = (name + "zither/io").substr(0, 15);
    (void)::pthread_setname_np(self, name.c_str());
}

}  // namespace

io_thread::io_thread(const thread_settings& settings)
    : guard_(context_.get_executor()), reactor_(std::make_shared<reactor>(context_, reactor::tails::timed)) {
    reactor_->start();
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([this, settings] {
        apply(settings);
        // Out of memory, a handler leaves its work undone; the process and the other sockets go on.
        for (bool done = false; !done;) {
            try {
                context_.run();
                done = true;
            } catch (const std::exception&) {
                done = context_.stopped();
            }
        }
    });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

io_thread::~io_thread() {
    asio::post(context_, [this] {
        reactor_->stop();
        guard_.reset();
        context_.stop();
    });
    thread_.join();
}

}  // namespace zither::transport
