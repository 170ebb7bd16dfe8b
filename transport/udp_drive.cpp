// The pass over a socket's udp descriptors, which have no conversation to keep.
#include "zither/transport/chunk_pool.hpp"
#include "zither/transport/engine.hpp"

#include <algorithm>
#include <new>

#include <sys/epoll.h>

namespace zither::transport {

namespace {

// Datagrams of one pass, so that other descriptors of the socket get their turn.
constexpr int datagrams_max = 64;
// Any datagram there is fits a chunk.
static_assert(chunk_size > 65507);

}  // namespace

void engine::adopt(lock&, std::unique_ptr<udp_link> added) {
    return_to_set();
    links_.push_back(std::move(added));
    set_interest(*links_.back());
}

void engine::close(lock&, udp_link& which) {
    which.pipe = nullptr;
    which.dead = true;
    set_interest(which);
    if (!which.reading && !which.writing) bury(which);
}

void engine::bury(udp_link& which) {
    std::erase_if(links_, [&](const auto& one) { return one.get() == &which; });
}

udp_link* engine::find_link(const void* which) const noexcept {
    const auto place = std::ranges::find(links_, which, &std::unique_ptr<udp_link>::get);
    return place == links_.end() || (*place)->dead ? nullptr : place->get();
}

void engine::set_interest(udp_link& which) {
    std::uint32_t wanted = 0;
    if (which.receives() && !which.read_stopped && !which.dead) wanted |= EPOLLIN;
    if (which.blocked && !which.dead) wanted |= EPOLLOUT;
    // Where the system can watch no more, callers still look themselves.
    (void)watch_descriptor(which.descriptor(), &which, wanted, which.interest, which.in_set);
}

void engine::resume_reading(udp_link& which) {
    if (!which.read_stopped || which.dead) return;
    which.read_stopped = false;
    set_interest(which);
}

bool engine::fill(lock& held, udp_link& from) {
    if (from.reading || from.read_stopped || !from.receives()) return false;
    auto* const scratch = take_chunk();
    if (!scratch) return false;
    from.reading = true;
    bool moved = false;
    for (int left = datagrams_max; left > 0 && !from.dead && !from.read_stopped; --left) {
        if (!unlocked(held, [&] { return from.receive(*scratch); })) break;
        moved = true;
        if (from.dead) break;
        try {
            shelve(from);
        } catch (const std::bad_alloc&) {
            from.pipe->in.rollback();
        }
    }
    from.reading = false;
    scratch->release();
    if (from.dead && !from.writing) bury(from);
    return moved;
}

/// The message goes to the pipe, whole or not at all.
void engine::shelve(udp_link& from) {
    auto found = from.take_received();
    if (!found) return;
    auto& pipe = *from.pipe;
    if (pipe.deaf) return;
    if (!pipe.in.append(std::move(found->first)) || !pipe.in.append(std::move(found->body))) {
        pipe.in.rollback();
        return;
    }
    if (pipe.over_receive_mark()) {
        from.read_stopped = true;
        set_interest(from);
    }
    if (pipe.tell_reader()) wake(true, false);
}

void engine::flush_fresh_links(lock& held) {
    const auto next = [this] {
        return std::ranges::find_if(links_, [](const auto& one) { return one->fresh; });
    };
    for (auto place = next(); place != links_.end(); place = next()) {
        (*place)->fresh = false;
        flush(held, **place);
    }
}

void engine::flush(lock& held, udp_link& to) {
    // Whoever writes goes on until the lane is empty.
    if (to.writing || to.dead || to.blocked) return;
    to.writing = true;
    // What memory is too short for is lost, as any datagram may be.
    within_memory([&] {
        while (!to.dead && !to.blocked && to.next()) {
            to.blocked = !unlocked(held, [&] { return to.write(); });
            if (!to.dead && to.pipe->tell_writer()) wake(false, true);
        }
    });
    to.writing = false;
    if (to.dead) {
        if (!to.reading) bury(to);
    } else {
        set_interest(to);
    }
}

}  // namespace zither::transport
