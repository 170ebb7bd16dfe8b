#pragma once

#include "zither/transport/engine.hpp"
#include "zither/transport/handler_memory.hpp"
#include "zither/transport/overdue.hpp"
#include "zither/transport/spin_habit.hpp"

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace zither::transport {

/// What an I/O thread (or a user's own io_context) does for sockets: watches all their sets through one outer
/// epoll and steps in only where nobody tends them; flushes the tails of floods; keeps their timers.
/// `watch`, `forget`, `rearm`, `poke_tail`, `schedule` and `owe` are thread-safe; all else runs on the
/// context. Memory that runs out delays its work by a millisecond, and no longer than the shortage lasts.
class reactor final : public std::enable_shared_from_this<reactor> {
public:
    /// How a flood's tail is flushed: by a timer that gives it time to grow, or, on a user's loop, as soon as
    /// the handler that is running returns.
    enum class tails { timed, posted };

    reactor(asio::io_context& context, tails how);
    ~reactor();

    /// Must be called once before use. The context has work of ours while a set is watched.
    void start();
    /// No handler of ours is left waiting afterwards. Runs on the context.
    void stop();

    [[nodiscard]] asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] bool usable() const noexcept { return outer_ >= 0; }

    /// False when the system is short of what it takes.
    [[nodiscard]] bool watch(const std::shared_ptr<engine>& one);
    void forget(engine& one);
    /// Watches a set again after it fired. False when the system has no memory for it.
    [[nodiscard]] bool rearm(engine& one) noexcept;
    /// A set that others tend for a while is not watched until `rearm`: each message would cost the system a
    /// call into the outer set, be that waiting for it or not.
    void look_away(engine& one) noexcept;
    /// The set may have fired: somebody tends it, or it is driven.
    void look_at(const std::shared_ptr<engine>& one);
    /// A flood left a tail.
    void poke_tail(const std::shared_ptr<engine>& one);
    /// `tick` is wanted at `when`; an earlier wish replaces a later one.
    void schedule(const std::shared_ptr<engine>& one, time_point when);
    /// A step of a handshake was made, and the peer's next is due: an I/O thread stays awake for it for up to
    /// so long. Zero: nothing more is due. On another thread nothing happens.
    void await_answer(std::chrono::microseconds time) noexcept;
    /// True as long as the thread that runs the context shall not sleep. Asked there.
    [[nodiscard]] bool stays_awake() noexcept;
    /// Memory ran out: `make_up` is called in a millisecond. Takes no memory itself.
    void owe(const std::shared_ptr<overdue>& one) noexcept;
    /// How often callers have looked at least at one of so many sockets, in a lease of that length, for
    /// another: once for each of the shortest. Both are longer by a share for each socket.
    [[nodiscard]] static std::uint64_t looks_due(std::chrono::milliseconds length,
                                                 std::size_t sockets) noexcept;

private:
    void wait();
    bool has_engines();
    bool has_work();
    void unlist(engine& one);
    void clean_up(std::uint64_t forgotten);
    void clean_up_all();
    void on_fired();
    void start_leases(std::chrono::milliseconds length);
    void end_leases();
    void await_tails();
    void start_tails(std::chrono::microseconds length);
    void end_tails();
    void take_poked() noexcept;
    void swap_poked(std::vector<std::shared_ptr<engine>>& with, bool awaited) noexcept;
    void owe_poked() noexcept;
    /// Looks at each, and keeps those that shall be looked at again.
    template <class Look>
    void keep(std::vector<std::shared_ptr<engine>>& list, Look&& look) {
        std::erase_if(list, [&](const auto& one) {
            bool again = false;
            if (!within_memory([&] { again = look(*one); })) owe(one);
            return !again;
        });
    }
    void owe_all(std::vector<std::shared_ptr<engine>>& list) noexcept;
    void set_timer(const std::shared_ptr<engine>& one, time_point when);
    void tick(std::uint64_t number);
    void make_up_all();
    void set_alarm() noexcept;
    std::shared_ptr<engine> find(std::uint64_t number);

    asio::io_context& context_;
    int outer_ = -1;  // the outer epoll descriptor
    int alarm_ = -1;  // a timer in it: what is owed is to be made up for
    handler_memory outer_memory_;
    /// What belongs to the context, and must be gone before it is; a closed socket may still hold us then.
    struct waits {
        explicit waits(asio::io_context& context) : outer(context), lease(context), tail(context) {}
        asio::posix::stream_descriptor outer;
        asio::steady_timer lease;
        asio::steady_timer tail;
        std::unordered_map<std::uint64_t, asio::steady_timer> engines;  // one per engine
    };
    std::optional<waits> waits_;  // the context's thread; none once stopped
    const tails tails_are_;
    std::vector<std::shared_ptr<engine>> leased_;  // the context's thread
    std::size_t on_lease_ = 0;                     // at the last look at them; the context's thread
    std::vector<std::shared_ptr<engine>> tails_;   // that may have one; the context's thread
    std::vector<std::shared_ptr<engine>> taken_;   // out of poked_, which gets its memory back; the same
    bool waiting_ = false;
    bool lease_ticking_ = false;
    std::chrono::milliseconds lease_length_{};
    std::chrono::microseconds tail_length_{};
    time_point awake_until_{};  // none while it may sleep; the context's thread
    spin_habit spins_;          // the context's thread

    std::mutex mutex_;  // the books; never held while an engine's mutex is taken
    std::unordered_map<std::uint64_t, std::weak_ptr<engine>> engines_;
    std::uint64_t next_number_ = 1;
    std::shared_ptr<overdue> owed_;
    std::vector<std::shared_ptr<engine>> poked_;  // left a tail since the last look at tails_
    bool tails_awaited_ = false;                  // the next one is on its way, or was asked for
    bool unclean_ = false;                        // a timer of an engine that is no more may be left
    bool alarmed_ = false;
    bool stopped_ = false;
};

/// How an I/O thread is scheduled and named.
struct thread_settings {
    int priority = -1;        ///< of `policy`; -1: as the thread that starts it
    int policy = -1;          ///< SCHED_OTHER, SCHED_FIFO...; -1: as the thread that starts it
    std::set<int> cores;      ///< where it may run; empty: anywhere
    std::string name_prefix;  ///< "<prefix>/zither/io" when there is one
};

/// A reactor with a thread of its own (ZMQ_IO_THREADS): runs one io_context, signals blocked.
class io_thread {
public:
    explicit io_thread(const thread_settings& settings);
    ~io_thread();
    [[nodiscard]] const std::shared_ptr<reactor>& work() const noexcept { return reactor_; }

private:
    void run(const thread_settings& settings);
    void serve();

    asio::io_context context_{1};
    handler_memory stop_memory_;
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::shared_ptr<reactor> reactor_;
    std::thread thread_;
};

}  // namespace zither::transport
