#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

namespace zither::sim {

/// Random numbers, the same on every machine for the same seed.
class dice {
public:
    explicit dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
    std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15u;
        auto mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
        return mixed ^ mixed >> 31;
    }
    std::size_t below(std::size_t limit) noexcept { return static_cast<std::size_t>(next() % limit); }
    std::size_t between(std::size_t low, std::size_t high) noexcept { return low + below(high - low + 1); }
    bool one_in(std::size_t odds) noexcept { return odds > 0 && below(odds) == 0; }

private:
    std::uint64_t state_;
};

/// The system calls that the library makes.
enum class call : std::uint8_t {
    socket,
    bind,
    listen,
    connect,
    accept,
    receive,
    send,
    close,
    epoll_create,
    epoll_control,
    eventfd,
    timer,
    getsockname,
    getpeername,
    getsockopt,
    setsockopt,
    shutdown,
    epoll_wait,
    connect_end,  ///< not a call: how one ends that could not be finished at once
    make_folder,
    count_
};

/// What the adversary may do. Odds are one in so many; 0 is never.
struct habits {
    std::size_t capacity = 65536;  ///< octets the network holds each way
    bool partial = false;          ///< reads and writes take less than there is
    std::size_t delay_odds = 0;    ///< a turn in which nothing arrives
    std::size_t signal_odds = 0;   ///< a call is interrupted (EINTR), or the kernel is short (ENOBUFS)
    std::size_t reset_odds = 0;    ///< per turn: a connection breaks, anywhere
    std::size_t vanish_odds = 0;   ///< per turn: a peer falls silent for ever, and nobody says so
    std::size_t refuse_odds = 0;   ///< a connect fails
};

/// An operating system in memory, for one thread: descriptors, epoll, timers, a clock, and a network between
/// its own sockets, of tcp and of ipc. (The files of ipc are real ones.) While one lives, every system call
/// of the library that concerns a descriptor comes here (the linker sees to it, `calls.cpp`), so the library
/// itself runs unchanged, and a run is a function of its seed.
class machine {
public:
    using clock = std::chrono::steady_clock;
    enum class kind : std::uint8_t { stream, listener, event, timer, epoll };
    static constexpr auto never = clock::time_point::max();

    /// What became of a connection, for whoever asks why something was not heard. Ends: 0 called, 1 accepted.
    struct line {
        int ends[2] = {-1, -1};                        ///< descriptors, for good; -1: was never accepted
        int sets[2] = {-1, -1};                        ///< the epoll that watched it last
        clock::time_point broke = never;               ///< nothing is promised from then on
        clock::time_point closed[2] = {never, never};  ///< by who had that end
    };

    machine(std::uint64_t seed, habits how);
    ~machine();
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    /// The one that lives, or null.
    static machine* current() noexcept;

    habits how;  ///< may change at any time

    // What a test does.

    /// Time passes, and the network moves.
    void turn(clock::duration time);
    /// Every connection breaks at once.
    void break_all();
    /// From the nth call of a kind on, `times` calls fail.
    void fail(call which, std::uint64_t nth, int error, std::uint64_t times = 1);

    // What a test sees.

    [[nodiscard]] clock::time_point now() const noexcept { return now_; }
    [[nodiscard]] std::uint64_t calls(call which) const noexcept {
        return counts_[static_cast<std::size_t>(which)];
    }
    [[nodiscard]] std::size_t open_descriptors() const noexcept { return files_.size(); }
    using census = std::array<std::size_t, 5>;
    [[nodiscard]] census open_by_kind() const noexcept;
    /// All connections there ever were, in the order in which they began.
    [[nodiscard]] const std::deque<line>& lines() const noexcept { return lines_; }
    [[nodiscard]] std::uint64_t broken() const noexcept { return broken_; }
    /// What happened, in its order, as a number.
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }

    /// Time passes while somebody waits for it: who spins until a moment reaches it.
    [[nodiscard]] clock::time_point look_at_clock() noexcept { return now_ += std::chrono::nanoseconds(100); }

    // System calls. Each gives a result or -1, with errno.

    [[nodiscard]] bool owns(int descriptor) const noexcept { return descriptor >= first_descriptor; }
    int make_socket();
    int bind(int descriptor, const sockaddr* where);
    int listen(int descriptor);
    int connect(int descriptor, const sockaddr* where);
    int accept(int descriptor, sockaddr* from, socklen_t* size);
    int name(int descriptor, sockaddr* where, socklen_t* size, bool ours);
    int option(int descriptor, int number, void* value, socklen_t* size);
    int set_option() { return fails(call::setsockopt) ? -1 : 0; }
    bool make_folder() { return !fails(call::make_folder); }
    int shutdown(int descriptor);
    int close(int descriptor);
    ssize_t receive(int descriptor, const iovec* list, std::size_t count);
    ssize_t send(int descriptor, const iovec* list, std::size_t count);
    ssize_t read_number(int descriptor, void* to);
    ssize_t write_number(int descriptor, const void* from);
    int make_event();
    int make_timer();
    int set_timer(int descriptor, bool absolute, clock::duration when);
    int make_epoll();
    int control(int epoll, int operation, int descriptor, const epoll_event* event);
    int wait(int epoll, epoll_event* events, int most);
    std::uint32_t random() { return static_cast<std::uint32_t>(dice_.next()); }

private:
    static constexpr int first_descriptor = 1 << 20;

    /// Octets from one end to the other.
    struct way {
        std::string flying;
        std::string arrived;
        bool closing = false;  // the writer said its last
        bool ended = false;    // and the reader has been told
        [[nodiscard]] std::size_t held() const noexcept { return flying.size() + arrived.size(); }
    };
    struct wire {
        wire(std::uint64_t seed, line& book) : told(book), chance(seed) {}
        line& told;
        way ways[2];
        int ends[2] = {-1, -1};         // descriptors; -1: closed or not yet accepted
        bool gone[2] = {false, false};  // closed
        bool reset = false;
        bool silent = false;
        dice chance;  // its own, so that no other wire's use of chance shifts it
    };
    struct watched {
        std::uint32_t events;
        epoll_data_t data;
        std::uint64_t seen;  // `changes` when it was last told; for EPOLLET
    };
    struct file {
        kind is;
        std::uint64_t changes = 1;
        std::uint16_t port = 0;        // stream, listener
        std::shared_ptr<wire> link{};  // stream
        int end = 0;
        int error = 0;  // of a connect that failed
        std::uint16_t calling = 0;
        bool told_reset = false;
        std::deque<std::shared_ptr<wire>> callers{};  // listener
        std::uint64_t count = 0;                      // event
        clock::time_point due = never;
        std::map<int, watched> members{};  // epoll
    };

    int add(kind what);
    file* find(int descriptor);
    bool fails(call which);
    int failed(int error);
    void note(int descriptor, std::uint64_t what);
    [[nodiscard]] std::uint32_t ready(const file& one) const;
    [[nodiscard]] std::uint32_t ready_stream(const file& one) const;
    [[nodiscard]] std::uint64_t changes(const file& one) const;
    void changed(int descriptor);
    std::uint16_t port_of(const sockaddr* where);
    void describe(const file& one, sockaddr* where, socklen_t* size, bool ours) const;
    void finish_connect(int descriptor, file& one);
    file* listener_at(std::uint16_t port);
    void move(wire& along);
    void reset(wire& one);
    void broke(wire& one) const;

    dice dice_;
    clock::time_point now_{std::chrono::hours(1)};
    std::map<int, file> files_;
    int next_descriptor_ = first_descriptor;
    std::uint16_t next_port_ = 20000;
    std::vector<std::string> paths_;  // of ipc, each known by its place as if that were a port
    std::vector<std::weak_ptr<wire>> wires_;
    std::deque<line> lines_;
    std::uint64_t counts_[static_cast<std::size_t>(call::count_)] = {};
    struct fault {
        call which;
        std::uint64_t from;
        std::uint64_t to;
        int error;
    };
    std::vector<fault> faults_;
    std::uint64_t trace_ = 0;
    std::uint64_t broken_ = 0;
};

}  // namespace zither::sim
