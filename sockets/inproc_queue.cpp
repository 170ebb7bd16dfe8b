#include "zither/sockets/inproc_queue.hpp"

#include "zither/transport/chunk_pool.hpp"

#include <cassert>
#include <chrono>
#include <cstring>
#include <new>
#include <utility>

namespace zither::sockets {

namespace {

// Octets of a pipe's first chunk, so that a thousand quiet ones stay cheap.
constexpr std::size_t first_chunk = 1024;

// A look at what was committed that finds fewer messages than this is the dearer part of taking them. The
// time is of the order of a system call; both were measured (docs/decisions/0008).
constexpr std::uint64_t batch_min = 16;
constexpr auto batch_time = std::chrono::microseconds(2);

// So far ahead of what is written the next places are asked for: some three cache lines, which few messages
// take longer to fill than another core takes to give them.
constexpr std::size_t written_ahead = 192;

// Octets of a pointer to the next chunk.
constexpr std::uint32_t link_size = sizeof(std::uintptr_t);

constexpr std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

}  // namespace

/// Stands before each part in the log, at a multiple of 8.
struct inproc_queue::record {
    enum class kind : std::uint8_t {
        copied,  // the body follows
        handed,  // a message follows
        jump,    // a pointer to the next chunk follows; not a part
        latest,  // what `replace` gave is the message
    } what;
    bool more = false;
    std::uint32_t size = 0;  // of what follows

    [[nodiscard]] std::byte* body() const noexcept {
        return reinterpret_cast<std::byte*>(const_cast<record*>(this + 1));
    }
    [[nodiscard]] zmtp::message& handed() const noexcept {
        return *std::launder(reinterpret_cast<zmtp::message*>(body()));
    }
    [[nodiscard]] zmtp::buffer* next_chunk() const noexcept {
        zmtp::buffer* next = nullptr;
        std::memcpy(&next, body(), link_size);
        return next;
    }
    [[nodiscard]] std::byte* end() const noexcept { return body() + padded(size); }

    static const record& at(const std::byte* place) noexcept {
        return *std::launder(reinterpret_cast<const record*>(place));
    }
};

inproc_queue::~inproc_queue() {
    rollback();
    zmtp::message part;
    while (take(part)) {
    }
    if (tail_) tail_->release();
}

// The writer's.

bool inproc_queue::make_room(std::size_t octets) {
    // A jump must always fit behind what is written.
    constexpr auto jump = sizeof(record) + link_size;
    if (static_cast<std::size_t>(limit_ - at_) >= octets + jump) [[likely]]
        return true;
    auto* next =
        tail_ || octets + jump > first_chunk ? transport::take_chunk() : zmtp::buffer::allocate(first_chunk);
    if (!next) return false;
    if (tail_) {
        const auto* mark = new (at_) record{record::kind::jump, false, link_size};
        std::memcpy(mark->body(), &next, link_size);
    } else {
        first_ = commit_tail_ = next;
        commit_at_ = next->data();
    }
    tail_ = next;
    at_ = next->data();
    limit_ = next->data() + next->capacity();
    return true;
}

bool inproc_queue::append(zmtp::message&& part) {
    const auto size = part.size();
    const bool copy = size <= zmtp::message::copied_max;
    if (!copy && !part.own()) return false;
    const auto follows = copy ? size : sizeof(zmtp::message);
    if (!make_room(sizeof(record) + padded(follows))) return false;
    const auto* one = new (at_) record{copy ? record::kind::copied : record::kind::handed, part.more(),
                                       static_cast<std::uint32_t>(follows)};
    if (copy) {
        // Not memcpy: as it knows `copied_max`, GCC would make a `rep movs` of that, which is slow to start.
        std::memmove(one->body(), part.data(), size);
        part.clear();
    } else {
        // What belongs to the sender's side only.
        part.set_peer(nullptr);
        part.set_group(nullptr);
        part.set_routing_id(0);
        new (one->body()) zmtp::message(std::move(part));
    }
    at_ = one->end();
    // The reader had those places before: commit, being locked, would wait until they are ours.
    __builtin_prefetch(at_ + written_ahead, 1);
    return true;
}

void inproc_queue::rollback() noexcept {
    if (at_ == commit_at_) return;
    auto* chunk = commit_tail_;
    for (auto* place = commit_at_; place != at_;) {
        const auto& one = record::at(place);
        place = one.end();
        if (one.what == record::kind::handed) one.handed().~message();
        if (one.what != record::kind::jump) continue;
        auto* const next = one.next_chunk();
        if (chunk != commit_tail_) chunk->release();
        chunk = next;
        place = next->data();
    }
    if (chunk != commit_tail_) chunk->release();
    tail_ = commit_tail_;
    at_ = commit_at_;
    limit_ = tail_->data() + tail_->capacity();
}

std::uint64_t inproc_queue::gone_now(std::size_t mark) const noexcept {
    const auto step = step_of(mark);
    return gone_ + (taken() - gone_) / step * step;
}

bool inproc_queue::finds_room(std::size_t mark) {
    gone_ = gone_now(mark);
    if (sent_ - gone_ < mark) return true;
    writer_waits_.exchange(true, std::memory_order_acq_rel);
    // What was taken before the reader could see the note. If there is room, the note stays: the reader will
    // tell once too often.
    gone_ = gone_now(mark);
    return sent_ - gone_ < mark;
}

std::size_t inproc_queue::unread(std::size_t mark) const noexcept {
    if (taken() == sent_) return 0;
    return static_cast<std::size_t>(sent_ - (mark == 0 ? taken() : gone_now(mark)));
}

bool inproc_queue::replace(std::vector<zmtp::message>&& parts) {
    for (auto& part : parts) {
        if (!part.own()) return false;
        part.set_peer(nullptr);
    }
    if (!make_room(sizeof(record))) return false;
    std::vector<zmtp::message> old = std::move(parts);
    {
        std::lock_guard lock(latest_mutex_);
        latest_.swap(old);
    }
    // The note that there is one may still be on its way.
    if (!old.empty()) return false;
    new (at_) record{record::kind::latest};
    at_ += sizeof(record);
    return commit();
}

// The reader's.

const inproc_queue::record& inproc_queue::next_record() {
    if (!head_) [[unlikely]] {
        head_ = first_;
        read_at_ = head_->data();
    }
    const auto& one = record::at(read_at_);
    if (one.what != record::kind::jump) [[likely]]
        return one;
    auto* const next = one.next_chunk();
    std::exchange(head_, next)->release();
    return record::at(next->data());
}

void inproc_queue::wait_for_company() {
    const auto until = std::chrono::steady_clock::now() + batch_time;
    while (std::chrono::steady_clock::now() < until) {
    }
    committed_seen_ = committed_now();
}

bool inproc_queue::take(zmtp::message& part, bool streaming) {
    if (taken() == committed_seen_) {
        committed_seen_ = committed_now();
        if (taken() == committed_seen_) return false;
        if (streaming && committed_seen_ - taken() < batch_min) wait_for_company();
    }
    if (!latest_rest_.empty()) {
        take_latest(part);
        return true;
    }
    const auto& one = next_record();
    read_at_ = one.end();
    took_large_ = one.what == record::kind::handed;
    switch (one.what) {
        case record::kind::copied:
            if (one.size <= zmtp::message::inline_max) {
                (void)zmtp::message::create(part, one.size);
                std::memcpy(part.data(), one.body(), one.size);
            } else if (!part.fill_room({one.body(), one.size})) {
                part.look_into(head_, one.body(), one.size);
            }
            break;
        case record::kind::handed:
            part = std::move(one.handed());
            one.handed().~message();
            break;
        case record::kind::latest: {
            {
                std::lock_guard lock(latest_mutex_);
                latest_rest_.swap(latest_);
            }
            take_latest(part);
            return true;
        }
        case record::kind::jump: assert(false); break;
    }
    part.set_more(one.more);
    took(one.more);
    return true;
}

void inproc_queue::take_latest(zmtp::message& part) {
    part = std::move(latest_rest_.front());
    latest_rest_.erase(latest_rest_.begin());
    took(!latest_rest_.empty());
}

void inproc_queue::drop_all_but_last() {
    committed_seen_ = committed_now();
    zmtp::message part;
    while (!inside_ && committed_seen_ - taken() > 1)
        while (take(part) && part.more()) {
        }
}

bool inproc_queue::await_message() {
    for (auto word = committed_word_.load(std::memory_order_acquire);;) {
        if ((word >> 1) != taken()) return false;
        if (word & waits_bit) return true;
        if (committed_word_.compare_exchange_weak(word, word | waits_bit, std::memory_order_acq_rel,
                                                  std::memory_order_acquire))
            return true;
    }
}

}  // namespace zither::sockets
