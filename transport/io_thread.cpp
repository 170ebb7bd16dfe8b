// A reactor's own thread: how it is scheduled, and when it may sleep.
#include "zither/transport/reactor.hpp"

#include <asio/post.hpp>

#include <pthread.h>
#include <signal.h>

namespace zither::transport {

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

/// No signal is handled by a thread that starts meanwhile; the caller's own are as they were afterwards.
class signals_blocked {
public:
    signals_blocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t before_;
};

}  // namespace

io_thread::io_thread(const thread_settings& settings)
    : guard_(context_.get_executor()), reactor_(std::make_shared<reactor>(context_, reactor::tails::timed)) {
    reactor_->start();
    const signals_blocked meanwhile;
    thread_ = std::thread([this, settings] { run(settings); });
}

void io_thread::run(const thread_settings& settings) {
    within_memory([&] { apply(settings); });
    // A completion handler of the application's may throw; the sockets go on.
    while (!context_.stopped()) within_memory([&] { serve(); });
}

void io_thread::serve() {
    while (!context_.stopped()) {
        if (!reactor_->stays_awake())
            context_.run_one();
        else if (context_.poll() == 0)
            std::this_thread::yield();
    }
}

io_thread::~io_thread() {
    asio::post(context_, placed_handler(stop_memory_, [this] {
                   reactor_->stop();
                   guard_.reset();
                   context_.stop();
               }));
    thread_.join();
}

}  // namespace zither::transport
