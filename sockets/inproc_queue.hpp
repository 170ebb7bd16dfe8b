#pragma once

#include "zither/zmtp/message.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

namespace zither::sockets {

/// One direction of an inproc pipe: a log of message parts, from one writer to one reader, without a lock
/// between them. Small bodies are copied into chunks of the pool, large ones handed over.
///
/// The writing end's socket mutex guards the writer's calls and members, the reading end's the reader's. What
/// both touch says so below, with the reason for its memory order.
///
/// Room counts as libzmq counts it: what was taken leaves the mark in steps of half of it.
class inproc_queue {
public:
    inproc_queue() = default;
    inproc_queue(const inproc_queue&) = delete;
    inproc_queue& operator=(const inproc_queue&) = delete;
    ~inproc_queue();

    // The writer's.

    /// Appends a part; the message is seen once its last part is committed. False when memory is short
    /// (nothing is appended).
    [[nodiscard]] bool append(zmtp::message&& part);
    /// Ends the open message. True when the reader waits and must be told.
    [[nodiscard]] bool commit() {
        commit_tail_ = tail_;
        commit_at_ = at_;
        ++sent_;
        if (!(committed_word_.fetch_add(2, std::memory_order_acq_rel) & waits_bit)) [[likely]]
            return false;
        committed_word_.fetch_and(~waits_bit, std::memory_order_relaxed);  // only the reader sets it
        return true;
    }
    /// Drops the parts of the open message.
    void rollback() noexcept;
    /// True between a part with MORE and its message's last part.
    [[nodiscard]] bool open() const noexcept { return at_ != commit_at_; }
    /// True when fewer than `mark` messages (0: no limit) count; false leaves the reader a note to tell.
    [[nodiscard]] bool has_room(std::size_t mark) {
        return mark == 0 || sent_ - gone_ < mark || finds_room(mark);
    }
    /// Messages that count against `mark`; 0 when the reader has had all.
    [[nodiscard]] std::size_t unread(std::size_t mark) const noexcept;
    /// A message that takes the place of the one before it, if that was not read yet. True when the reader
    /// waits and must be told.
    [[nodiscard]] bool replace(std::vector<zmtp::message>&& parts);

    // The reader's.

    /// True when there is no whole message.
    [[nodiscard]] bool empty() const noexcept { return taken() == committed_now(); }
    [[nodiscard]] std::size_t messages() const noexcept {
        return static_cast<std::size_t>(committed_now() - taken());
    }
    /// Takes the next part of the next whole message; false when there is none. `streaming`: the reader's
    /// last part was of this queue as well. Then a few new messages wait a moment for company, because a look
    /// for them costs both sides more than a message does.
    bool take(zmtp::message& part, bool streaming = false);
    /// Called after every `take` that gave a part. True when the writer waits and must be told: a step is
    /// full.
    [[nodiscard]] bool made_room(std::size_t mark) {
        if (taken() - told_ < step_of(mark)) [[likely]]
            return false;
        told_ = taken();
        return writer_waits();
    }
    /// Takes the writer's note: true when it waits and must be told. Called before the reader waits: no step
    /// of room may follow, and the mark by which `made_room` counted may be an old one.
    [[nodiscard]] bool writer_waits() { return writer_waits_.exchange(false, std::memory_order_acq_rel); }
    /// Drops all messages but the last; not in the middle of one.
    void drop_all_but_last();
    /// Leaves the writer a note to tell of the next message; false when there is one already.
    [[nodiscard]] bool await_message();
    /// The last part taken was not a copy.
    [[nodiscard]] bool took_large() const noexcept { return took_large_; }

    // Anybody's, at any time.

    /// Messages taken so far, and whether there is one after so many.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool has_after(std::uint64_t count) const noexcept { return committed_now() != count; }

private:
    static constexpr std::uint64_t waits_bit = 1;

    struct record;
    [[nodiscard]] static std::uint64_t step_of(std::size_t mark) noexcept {
        constexpr std::uint64_t step_without_mark =
            1000;  // a writer waits only for the mark there was before
        return mark == 0 ? step_without_mark : mark / 2 + mark % 2;
    }
    [[nodiscard]] std::uint64_t committed_now() const noexcept {
        return committed_word_.load(std::memory_order_acquire) >> 1;
    }
    bool make_room(std::size_t octets);
    bool finds_room(std::size_t mark);
    [[nodiscard]] std::uint64_t gone_now(std::size_t mark) const noexcept;
    void wait_for_company();
    const record& next_record();
    void take_latest(zmtp::message& part);
    // One more was taken, if that was its last part. Only the reader writes the count.
    void took(bool more) noexcept {
        inside_ = more;
        if (!more) taken_.store(taken() + 1, std::memory_order_relaxed);
    }

    // A cache line of its own for each side's members and for each shared word.
    static constexpr std::size_t line = 64;

    // The writer's.
    alignas(line) std::byte* at_ = nullptr;
    std::byte* limit_ = nullptr;
    zmtp::buffer* tail_ = nullptr;
    std::uint64_t sent_ = 0;          // messages committed
    std::byte* commit_at_ = nullptr;  // where the open message began
    std::uint64_t gone_ = 0;  // of those sent no longer counted, at the last look: a number of whole steps
    zmtp::buffer* commit_tail_ = nullptr;

    // The reader's.
    alignas(line) zmtp::buffer* head_ = nullptr;
    std::byte* read_at_ = nullptr;
    // Messages taken. The writer looks when it finds no room. Relaxed: it touches nothing that the reader
    // left, and who waits is told in time by `writer_waits_`.
    std::atomic<std::uint64_t> taken_{0};
    std::uint64_t told_ = 0;  // taken when `made_room` last looked for a waiting writer
    std::uint64_t committed_seen_ = 0;
    bool took_large_ = false;
    bool inside_ = false;                     // the last part taken had MORE
    std::vector<zmtp::message> latest_rest_;  // what is left of a message that `replace` gave

    // Both sides'.

    // Twice the messages committed, and a bit: the reader waits for that to change. Count and bit change in
    // one step, so the reader waits for no message that has come. The writer adds with release, and the
    // reader acquires: it sees the records. The reader sets the bit with release, and the writer acquires: it
    // sees whom to tell.
    alignas(line) std::atomic<std::uint64_t> committed_word_{0};
    // The writer found no room. Only ever exchanged, each time with acquire and release: whichever of the two
    // is second sees what the first did before, so either the writer sees what was taken or the reader the
    // note.
    alignas(line) std::atomic<bool> writer_waits_{false};
    zmtp::buffer* first_ = nullptr;  // written before the first commit, read after it
    std::mutex latest_mutex_;
    std::vector<zmtp::message> latest_;  // guarded by latest_mutex_; empty once taken
};

}  // namespace zither::sockets
