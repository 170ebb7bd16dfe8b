#pragma once

#include "zither/transport/bell.hpp"
#include "zither/transport/biased_mutex.hpp"
#include "zither/transport/connection.hpp"
#include "zither/transport/overdue.hpp"
#include "zither/transport/owned_descriptor.hpp"
#include "zither/transport/udp_link.hpp"
#include "zither/transport/write_credit.hpp"
#include "zither/zmtp/error.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <poll.h>

namespace zither::transport {

class reactor;

using zmtp::time_point;

/// Somebody who waits for a socket: a thread with its bell, or an asynchronous operation with a function that
/// posts. It stands in one list per socket it waits for; each list is guarded by that socket's mutex.
struct sleeper {
    std::shared_ptr<const bell> rings;
    std::function<void()> calls;  ///< instead of a bell; must only post
    bool for_input = false;
    bool for_output = false;

    void wake() const {
        if (rings)
            rings->ring();
        else
            calls();
    }
};

/// Bells to be rung when it goes. Made before the mutex is taken, so that who is woken finds it free.
struct wake_up {
    std::array<std::shared_ptr<const bell>, 2> bells;  // a receiver's, a sender's
    wake_up() = default;
    wake_up(const wake_up&) = delete;
    wake_up& operator=(const wake_up&) = delete;
    ~wake_up() {
        for (const auto& one : bells)
            if (one) one->ring();
    }
};

/// What an engine tells the socket that owns it. Every call is made under the engine's mutex.
class engine_owner {
public:
    /// An accepted connection reached traffic: its new pipe, or null to refuse it.
    virtual pipe_end* accepted(connection& by) = 0;
    /// A connection ended, in whatever phase, after its pipe was told.
    virtual void ended(connection& which) = 0;
    virtual void handshake_succeeded(connection& which) = 0;
    /// The connection's session wants ZAP's handler asked about the peer; `engine::answer` brings the reply.
    virtual void asks(connection& which) = 0;
    /// True when messages wait for the application that no look at the network is needed for.
    virtual bool has_unread() { return false; }
    /// A pass is over: the socket may do what a pattern or a pipe asked for meanwhile.
    virtual void drove(std::unique_lock<biased_mutex>& held) = 0;

protected:
    ~engine_owner() = default;
};

/// One socket's share of the transport: its mutex, its set of connections, who sleeps for it, and `drive`,
/// the one pass that everybody who acts for it makes.
///
/// Locks: everything is guarded by `mutex()` except where a connection's `reading` and `writing` flags say
/// otherwise. A function that takes a `lock&` wants it held and holds it on return, but may let go in
/// between.
class engine final : public overdue {
public:
    using lock = std::unique_lock<biased_mutex>;

    engine(std::shared_ptr<reactor> by, engine_owner& owner);
    ~engine();
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// What keeps the engine (and its owner) alive while the reactor acts for it.
    void known_as(std::weak_ptr<engine> self) noexcept { self_ = std::move(self); }
    [[nodiscard]] biased_mutex& mutex() noexcept { return mutex_; }
    [[nodiscard]] bool anybody_sleeps() const noexcept { return !sleepers_.empty(); }
    [[nodiscard]] const std::shared_ptr<reactor>& by() const noexcept { return reactor_; }
    [[nodiscard]] bool usable() const noexcept { return set_ >= 0; }

    /// Takes over a connected descriptor, of which `prepare` says the rest. Throws only if it did not: memory
    /// that runs out later loses the connection.
    void adopt(lock& held, owned_descriptor descriptor, zmtp::session_settings settings,
               const std::function<void(connection&)>& prepare);
    /// What ZAP's handler said of the peer of a connection, if that is still there; 0: whoever asked first.
    void answer(lock& held, std::uint64_t connection_number, zmtp::zap_reply reply);
    /// The handler cannot be asked: the connection is lost.
    void give_up_asking(lock& held, std::uint64_t connection_number);
    /// Ends a connection from our side.
    void close(lock& held, connection& which, zmtp::close_reason reason);
    void close_all(lock& held);
    /// In a child of a fork: closes its copies of the connections' descriptors and touches nothing else.
    void close_descriptors() noexcept;
    /// Parts a pipe that goes from its connection, and ends that.
    void close_of(lock& held, pipe_end& leaving, const zmtp::close_reason& reason);
    /// Ends the connections of one listener or connector that never came to traffic.
    void close_unfinished(std::uint64_t origin);
    /// Takes over a udp descriptor, whose pipe is known; `udp_drive.cpp` has all that differs for those.
    void adopt(lock& held, std::unique_ptr<udp_link> added);
    /// Ends it; its pipe is not told.
    void close(lock& held, udp_link& which);

    // Acting for the socket.

    /// One non-blocking pass over what is ready. True when anything moved.
    bool drive(lock& held);
    /// The same for a caller who always finds something, and so never waits: writes old tails first.
    void drive_in_passing(lock& held);
    /// Writes every tail. What a caller does before it waits.
    void flush_tails(lock& held);
    /// A message was appended to the pipe of `which`, or its session has something to say: remembered until
    /// `flush_fresh`.
    void note_fresh(connection& which);
    void note_fresh(udp_link& which) noexcept { which.fresh = true; }
    /// Writes through, or leaves to the batch, what was appended since the last call.
    void flush_fresh(lock& held);
    [[nodiscard]] bool has_fresh() const noexcept { return !fresh_.empty() || !links_.empty(); }
    /// The pipe was read below half its mark: go on reading.
    void resume_reading(connection& which);
    void resume_reading(udp_link& which);
    /// True when a handshake got further since this was asked last: its next step is near.
    [[nodiscard]] bool shook() noexcept { return std::exchange(shook_, false); }
    /// A call of the application's used the socket.
    void tended() noexcept { add_one(calls_); }
    /// It asked the system as well, and there was nothing to do.
    void looked() noexcept { add_one(looks_); }

    // Sleeping.

    void add_sleeper(sleeper& one);
    void remove_sleeper(sleeper& one);
    /// True when `one` is who watches the set.
    [[nodiscard]] bool watches(const sleeper& one) const noexcept { return watcher_ == &one; }
    [[nodiscard]] int set() const noexcept { return set_; }
    /// What a thread polls to learn that there is something to do: the set, or a lone connection itself,
    /// which costs less.
    [[nodiscard]] pollfd to_poll() const noexcept;
    /// The same for a sleeper that is about to poll it, and nothing unless it is who watches. Whoever changes
    /// a lone connection rings it then.
    [[nodiscard]] pollfd to_watch(const sleeper& by) noexcept;
    /// Sleeps once: until rung, until the set fires (for the one that watches it), until `deadline`, or a
    /// signal.
    errc sleep(lock& held, sleeper& me, std::optional<time_point> deadline);
    /// Something became true: wakes the first sleeper it fits but never the caller, and the handed-out
    /// descriptor. With `later`, the sleeper's bell is rung when that goes.
    void wake(bool input, bool output, wake_up* later = nullptr);
    void wake_all();
    /// ZMQ_FD: readable when the set fires or somebody acted for the socket unasked.
    int hand_out_descriptor();
    [[nodiscard]] bool descriptor_is_out() const noexcept { return handed_out_ != nullptr; }
    /// The application looked: the handed-out descriptor may fall silent.
    void silence();

    // The I/O thread's part.

    /// How the reactor learns that the set fires: by its outer epoll; by looking, when a lease ends; not
    /// before whoever sleeps in it has gone.
    enum class watch : std::uint8_t { armed, leased, held };
    /// The set fired, or a lease of it ended: whose work is it? True when it is left to the callers for one
    /// more lease. Who does not sleep in it must have looked so often in the last.
    bool fired(lock& held, std::uint64_t looks_min = 1);
    /// Without the mutex, which would cost its usual owner a bias: true where `fired` would leave a lease as
    /// it is.
    [[nodiscard]] bool tended_well(std::uint64_t looks_min) noexcept;
    /// What becomes of a flood's tails.
    enum class tails_are : std::uint8_t { young, old, gone };
    /// How long one may wait for company: where no call came in between, and where the caller is there to
    /// write it, which costs less.
    static constexpr auto tail_time = std::chrono::microseconds(100);
    static constexpr auto tail_time_tended = std::chrono::microseconds(2000);
    /// The same without the mutex. `old`: one waits for longer than that. `gone`: the next tail is told of
    /// again.
    [[nodiscard]] tails_are look_at_tails(time_point now) noexcept;
    /// Flushes those that are old, as that look saw it.
    void flush_old_tails(lock& held, time_point now);
    /// A flood's tail on a loop that flushes at once.
    void flush_all_tails(lock& held);
    /// Heartbeats and handshakes that are due.
    void tick(lock& held, time_point now);
    [[nodiscard]] time_point next_deadline() const noexcept;
    [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size(); }
    /// All that the reactor may have been about to do.
    void make_up() override;
    /// Memory ran out in something that somebody waits for.
    void make_up_later() noexcept;
    /// In the reactor's books; guarded by the reactor.
    std::uint64_t number = 0;

private:
    bool pass(lock& held);
    bool act_on(lock& held, void* whose, std::uint32_t events, std::uint64_t burials);
    bool fill(lock& held, connection& from);
    void flush(lock& held, connection& to);
    // In one piece with those two, apart for what memory may do to them.
    [[gnu::always_inline]] void read_all(lock& held, connection& from, bool& moved);
    /// Of a connection that nobody watches yet, while its `reading` is set.
    void read_first(lock& held, connection& from);
    [[gnu::always_inline]] void write_all(lock& held, connection& to);
    [[nodiscard]] connection* find_connection(void* which, std::uint64_t burials) const noexcept;
    bool fill(lock& held, udp_link& from);
    void flush(lock& held, udp_link& to);
    void shelve(udp_link& from);
    void flush_fresh_links(lock& held);
    [[nodiscard]] udp_link* find_link(const void* which) const noexcept;
    void bury(udp_link& which);
    void set_interest(udp_link& which);
    bool watch_descriptor(int descriptor, void* whose, std::uint32_t wanted, std::uint32_t& interest,
                          bool& in_set);
    bool flush_is_due(connection& to);
    bool spend_credit(time_point now, int price);
    void add_tail(connection& to, time_point now);
    void flush_tail(lock& held, connection& to);
    void flush_tails_before(lock& held, time_point when);
    void take_tail(connection& from) noexcept;
    void heed_seal(lock& held, connection& from);
    void break_off(connection& to, std::string why);
    void own_borrowed(connection& of);
    void digest(lock& held, connection& from);
    void out_of_memory(lock& held, connection& of);
    void begin(lock& held, connection& added, const std::function<void(connection&)>& prepare);
    void await_peer(const connection& of) noexcept;
    bool digest_handshake(lock& held, connection& from);
    bool digest_held_back(lock& held, connection& from);
    [[nodiscard]] connection* find_asking(std::uint64_t connection_number) const noexcept;
    void take_answer(lock& held, connection& which);
    bool digest_traffic(lock& held, connection& from);
    void digest_sealed(lock& held, connection& from, zmtp::buffer* frame);
    void begin_traffic(connection& which);
    void obey(connection& from, zmtp::bytes command);
    void publish(connection& from, zmtp::buffer* owner, std::byte* begin, std::byte* end,
                 std::uint32_t messages);
    void lose(connection& which, zmtp::close_reason reason);
    void bury(connection& which);
    void set_interest(connection& which);
    void begin_lease() noexcept;
    void return_to_set();
    void rearm();
    void ring_handed_out();
    void tell_watcher();
    void arm_timer(time_point wanted);
    static void add_one(std::atomic<std::uint64_t>& count) noexcept {
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    void count_dependents() noexcept {
        dependents_.store(sleepers_.size() + shaking_, std::memory_order_relaxed);
    }
    /// Nobody else reads from it meanwhile. False when it is lost by that, and buried.
    template <class Work>
    [[gnu::always_inline]] bool while_reading(lock& held, connection& from, Work&& work) {
        from.reading = true;
        try {
            work();
        } catch (const std::exception&) {
            out_of_memory(held, from);
        }
        from.reading = false;
        if (!from.dead || from.writing) return true;
        bury(from);
        return false;
    }
    /// Makes one system call with the mutex free, and keeps its errno.
    template <class Call>
    auto unlocked(lock& held, Call&& call) {
        struct away {
            away(engine& whose, lock& mutex) : of(whose), held(mutex) {
                ++of.at_work_;
                held.unlock();
            }
            ~away() {
                const int error = errno;
                held.lock();
                --of.at_work_;
                errno = error;
            }
            away(const away&) = delete;
            away& operator=(const away&) = delete;
            engine& of;
            lock& held;
        } const until_done(*this, held);
        return call();
    }

    biased_mutex mutex_;
    const std::shared_ptr<reactor> reactor_;
    engine_owner& owner_;
    std::weak_ptr<engine> self_;
    const int set_;  // the epoll descriptor

    // All below: guarded by mutex_.
    std::vector<std::unique_ptr<connection>> connections_;
    std::vector<std::unique_ptr<udp_link>> links_;
    std::vector<connection*> fresh_;
    std::vector<connection*> tails_;
    std::vector<sleeper*> sleepers_;
    const sleeper* watcher_ = nullptr;
    bool lone_watched_ = false;  // it polls a connection, and not the set
    struct handed_out {
        bell rings;
        int descriptor = -1;  // an epoll over the set and the bell
        bool rung = false;
        ~handed_out();
    };
    std::unique_ptr<handed_out> handed_out_;
    watch watch_ = watch::armed;
    // The lone connection, on lease: who tends it reads it, and no set knows it.
    connection* aside_ = nullptr;
    std::uint64_t next_connection_ = 1;
    int at_work_ = 0;            // system calls that are under way
    std::size_t shaking_ = 0;    // connections that are not in traffic yet
    std::size_t dying_ = 0;      // connections that are lost, but not buried yet
    std::uint64_t burials_ = 0;  // connections that are no more
    write_credit credit_{socket_interval};
    bool shook_ = false;
    time_point armed_deadline_ = time_point::max();

    // Written under mutex_, and read by the reactor without it: each is a number by itself, and an old one
    // costs a look, so relaxed is enough.
    std::atomic<std::uint64_t> calls_{0};
    std::atomic<std::uint64_t> looks_{0};
    std::atomic<std::uint64_t> tails_made_{0};
    std::atomic<std::size_t> dependents_{0};                 // who sleeps, and connections that shake hands
    std::atomic<time_point> tail_since_{time_point::max()};  // of the oldest tail, or longer ago
    // The reactor will look at the tails. Only ever exchanged, so that of a new tail and a reactor that turns
    // away one sees the other.
    std::atomic<bool> tail_poked_{false};

    // The reactor's, as they were at its last look.
    std::uint64_t calls_seen_ = 0;
    std::uint64_t looks_seen_ = 0;
    std::uint64_t tails_seen_ = 0;
    std::uint64_t calls_at_tails_ = 0;
    std::chrono::microseconds old_at_{tail_time};  // a tail was, then
};

}  // namespace zither::transport
