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
/// The writing end's socket mutex guards the writer's calls and members, the reading end's the reader's.
/// What both touch is two words, each a count of messages with a bit: "the other side waits for this count to
/// change". Count and bit change in one atomic step, so no change is missed by who went to wait.
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
    [[nodiscard]] bool commit();
    /// Drops the parts of the open message.
    void rollback() noexcept;
    /// True when fewer than `mark` messages (0: no limit) are inside; false leaves the reader a note to tell.
    [[nodiscard]] bool has_room(std::size_t mark);
    /// A message that takes the place of the one before it, if that was not read yet. True when the reader
    /// waits and must be told.
    [[nodiscard]] bool replace(std::vector<zmtp::message>&& parts);

    // The reader's.

    /// True when there is no whole message.
    [[nodiscard]] bool empty() const noexcept { return taken_ == committed_now(); }
    /// Takes the next part of the next whole message; false when there is none.
    bool take(zmtp::message& part);
    /// Called after every `take` that gave a part. True when the writer waits for room and must be told: half
    /// of `mark` is free again.
    [[nodiscard]] bool made_room(std::size_t mark) {
        // The writer's count may lag by this share of the mark, so that its cache line is seldom touched.
        constexpr std::uint64_t lag_max = 64, share_of_mark = 16;
        const auto told = taken_word_.load(std::memory_order_relaxed);
        const auto untold = taken_ - (told >> 1);
        if (!(told & waits_bit) && untold < lag_max && (mark == 0 || untold * share_of_mark <= mark))
            return false;
        return tell_taken(mark);
    }
    /// The same, exactly: before the reader waits.
    [[nodiscard]] bool tell_taken(std::size_t mark);
    /// Drops all messages but the last; not in the middle of one.
    void drop_all_but_last();
    /// Leaves the writer a note to tell of the next message; false when there is one already.
    [[nodiscard]] bool await_message();
    /// The last part taken was not a copy.
    [[nodiscard]] bool took_large() const noexcept { return took_large_; }
    /// Messages taken so far, and whether there is one after so many: for a look without the mutex.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
    [[nodiscard]] bool has_after(std::uint64_t count) const noexcept { return committed_now() != count; }

private:
    static constexpr std::uint64_t waits_bit = 1;

    struct record;
    [[nodiscard]] std::uint64_t committed_now() const noexcept {
        return committed_word_.load(std::memory_order_acquire) >> 1;
    }
    bool make_room(std::size_t octets);
    const record& next_record();
    void take_latest(zmtp::message& part);

    // A cache line of its own for each side's members and for each shared word.
    static constexpr std::size_t line = 64;

    // The writer's.
    alignas(line) zmtp::buffer* tail_ = nullptr;
    std::byte* at_ = nullptr;
    std::byte* limit_ = nullptr;
    zmtp::buffer* commit_tail_ = nullptr;  // where the open message began
    std::byte* commit_at_ = nullptr;
    std::uint64_t sent_ = 0;        // messages committed
    std::uint64_t taken_seen_ = 0;  // of them taken, at the last look

    // The reader's.
    alignas(line) zmtp::buffer* head_ = nullptr;
    std::byte* read_at_ = nullptr;
    std::uint64_t taken_ = 0;
    std::uint64_t committed_seen_ = 0;
    bool took_large_ = false;
    bool inside_ = false;                     // the last part taken had MORE
    std::vector<zmtp::message> latest_rest_;  // what is left of a message that `replace` gave

    // Both sides'.
    alignas(line) std::atomic<std::uint64_t> committed_word_{0};  // bit: the reader waits
    alignas(line) std::atomic<std::uint64_t> taken_word_{0};      // bit: the writer waits
    alignas(line) zmtp::buffer* first_ = nullptr;  // written before the first commit, read after it
    std::mutex latest_mutex_;
    std::vector<zmtp::message> latest_;  // guarded by latest_mutex_; empty once taken
};

}  // namespace zither::sockets
