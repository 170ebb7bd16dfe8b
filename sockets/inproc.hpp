#pragma once

#include "zither/sockets/inproc_queue.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace zither::sockets {

class socket_object;
class inproc_pipe;
class inproc_inbox;

/// Two inproc sockets' pipe: a queue each way. Each end acts under its own socket's mutex and never takes the
/// other's; what the other must hear goes into its inbox, or through `socket_object::post_notice` once the
/// own mutex is free.
struct inproc_link {
    /// One direction; written by the end of the same number.
    struct direction {
        inproc_queue queue;  // each half under its end's socket mutex
        // Written under the mutex below, read without it: each is a number by itself, so relaxed is enough.
        std::atomic<std::size_t> mark{0};  // messages; 0: no limit
        std::atomic<bool> conflate{false};
    };
    struct end {
        std::weak_ptr<socket_object> socket;
        // Written under the mutex below and its socket's; either is enough to read it.
        inproc_pipe* pipe = nullptr;
        // Set before this end's notes in the queues, so that who finds a note may read it without the mutex.
        std::shared_ptr<inproc_inbox> inbox;
        std::string routing_id;
        std::size_t send_mark = 0;
        std::size_t receive_mark = 0;
        bool conflate = false;
        bool closed = false;
    };

    /// Both marks of a direction count together: the messages of either end lie in its queue.
    void join_marks() noexcept;

    std::array<direction, 2> directions;
    std::mutex mutex;         // the last in the order socket, link; guards `ends`
    std::array<end, 2> ends;  // [0] connected, [1] bound
    /// What comes behind the farewell to an end in its list; guarded by the list's owner.
    struct {
        std::shared_ptr<inproc_link> link;
        int to = 0;
    } after_farewell[2];
};

/// What one end must hear of the other.
struct inproc_notice {
    enum class kind : std::uint8_t { attach, connected, readable, writable, closed, inbox } what;
    std::shared_ptr<inproc_link> link;
    int to = 0;  // the end that hears it
};

/// Ends that must hear that the other end of their link is no more. The list is made of the links, so that
/// being in it takes no memory and nobody is left waiting for who is gone. Not thread-safe.
class farewells {
public:
    farewells() = default;
    farewells(farewells&&) = default;
    farewells& operator=(farewells&&) = default;
    ~farewells() {
        while (take().link) {  // one by one: they would go recursively
        }
    }
    /// Once for each end of a link.
    void add(std::shared_ptr<inproc_link> link, int to) noexcept;
    /// The first one, which leaves the list; its `link` is null when there is none.
    [[nodiscard]] inproc_notice take() noexcept;

private:
    std::shared_ptr<inproc_link> first_;
    int first_to_ = 0;
    inproc_link* last_ = nullptr;
    int last_to_ = 0;
};

/// Where the other ends of a socket's inproc pipes leave word for it, without its mutex: that a pipe has
/// messages or room again. The socket looks at its next call; who leaves word tells it at once only when
/// somebody sleeps for it. Its mutex is a leaf: nothing is locked under it.
class inproc_inbox {
public:
    /// There are messages; there is room.
    static constexpr std::size_t notices_per_pipe = 2;

    /// True when the socket must be told, with its mutex.
    [[nodiscard]] bool post(const inproc_notice& one) {
        std::lock_guard guard(mutex_);
        if (shut_) return false;
        waiting_.push_back(one);
        any_.store(true, std::memory_order_release);
        return listening_;
    }
    /// So many notices shall need no memory.
    void make_room(std::size_t notices) {
        std::lock_guard guard(mutex_);
        reserve(waiting_, notices);
    }
    static void reserve(std::vector<inproc_notice>& list, std::size_t notices) {
        if (list.capacity() < notices) list.reserve(std::max(notices, 2 * list.capacity()));
    }
    [[nodiscard]] bool any() const noexcept { return any_.load(std::memory_order_acquire); }
    void take(std::vector<inproc_notice>& into) {
        std::lock_guard guard(mutex_);
        waiting_.swap(into);
        any_.store(false, std::memory_order_relaxed);
    }
    /// From now on the socket must be told; what came before is still to be taken.
    void listen(bool on) {
        std::lock_guard guard(mutex_);
        listening_ = on;
    }
    /// The socket is no more. What waits holds its link, and that holds the inbox: neither would ever go.
    void shut() {
        std::vector<inproc_notice> unheard;
        std::lock_guard guard(mutex_);
        shut_ = true;
        waiting_.swap(unheard);
    }

private:
    std::mutex mutex_;
    std::vector<inproc_notice> waiting_;  // guarded by mutex_; at most `notices_per_pipe` of each
    bool listening_ = false;              // guarded by mutex_
    bool shut_ = false;                   // guarded by mutex_
    std::atomic<bool> any_{false};        // written under mutex_; a look without it is a call late at most
};

}  // namespace zither::sockets
