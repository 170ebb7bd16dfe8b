#pragma once

// The network between the processes: each link is a port of ours that hands octets on to its binder, late, in
// pieces, or not at all. It alone breaks connections on purpose, so it knows of every other end that somebody
// else made it.

#include "ledger.hpp"

#include <poll.h>

#include <array>
#include <cstdint>
#include <deque>
#include <list>
#include <random>
#include <string>
#include <vector>

namespace zither::soak {

/// Until both sides of a broken connection have surely heard of it, also on a machine that is busy.
inline constexpr std::uint64_t notice = 2000 * ms;

/// When a link lost what was on it.
struct interval {
    std::uint64_t from;
    std::uint64_t to;
    /// The side (0 the connector's) that ended in good order after we handed on all it had written; -1:
    /// neither.
    int spared = -1;
};

/// A way for connections through us. Owned by the network.
class wire {
public:
    /// From `host` and `port` to the endpoint `target`.
    wire(std::string host, std::uint16_t port, std::string target, std::uint64_t seed);
    ~wire();
    wire(const wire&) = delete;
    wire& operator=(const wire&) = delete;

    [[nodiscard]] std::string endpoint() const { return "tcp://" + host_ + ":" + std::to_string(port_); }

    // What may happen to it.
    void reset();
    void close();  ///< in good order, but what we hold is lost
    void half_open(
        std::uint64_t until);  ///< one side hears of the end, the other hears nothing more until then
    /// Gives how long it will have stood still.
    std::uint64_t stall(std::uint64_t until);
    void drip(std::uint64_t until) { dripping_until_ = until; }
    void delay(std::uint64_t until) { delayed_until_ = until; }
    void refuse(std::uint64_t until);
    /// An end of a connection within `until` is somebody's right; from `from` on it may lose messages.
    void excuse(std::uint64_t from, std::uint64_t until, bool loses);
    void lost(std::uint64_t from, std::uint64_t to, int spared = -1);
    /// A process at one end has left in good order. What it said last may still be under way in connections
    /// of now, while its successor is heard in another.
    void left();
    /// A process at one end stands still until then, and hears of no end before.
    void unattended(std::uint64_t until);
    void heal();

    /// Moves what can be moved. Gives what nobody can explain.
    void pass(std::vector<std::string>& complaints);
    void watch(std::vector<pollfd>& into) const;

    [[nodiscard]] const std::vector<interval>& losses() const noexcept { return losses_; }
    void forget(std::uint64_t before);
    [[nodiscard]] std::uint64_t octets() const noexcept { return octets_; }
    [[nodiscard]] std::uint64_t connections() const noexcept { return accepted_; }

private:
    struct piece {
        std::uint64_t due;
        std::string octets;
    };
    struct side {
        int descriptor = -1;
        bool ended = false;      // it says no more
        bool failed = false;     // ... and not in good order
        std::deque<piece> held;  // from it, for the other
        std::size_t size = 0;
    };
    struct connection {
        std::array<side, 2> sides;  // the connector's, the binder's
        std::uint64_t deaf_until = 0;
        std::uint64_t left_at = 0;  // 0: nobody left
    };

    void listen();
    void accept();
    bool move(connection& one, int from);
    bool write_out(connection& one, int from);
    void drop(connection& one, bool rudely);
    void ended(connection& one, std::vector<std::string>& complaints);
    [[nodiscard]] int reach() const;

    const std::string host_;
    const std::uint16_t port_;
    const std::string target_;
    int listener_ = -1;
    std::list<connection> connections_;
    std::mt19937_64 random_;
    std::uint64_t stalled_from_ = 0, stalled_until_ = 0, dripping_until_ = 0, delayed_until_ = 0,
                  refused_until_ = 0, unattended_until_ = 0;
    std::uint64_t excused_until_ = 0;
    std::vector<interval> losses_;
    std::uint64_t octets_ = 0, accepted_ = 0;
};

}  // namespace zither::soak
