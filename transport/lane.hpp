#pragma once

#include "zither/zmtp/frame.hpp"
#include "zither/zmtp/frame_log.hpp"
#include "zither/zmtp/message.hpp"

#include <cstdint>
#include <deque>

#include <sys/uio.h>

namespace zither::transport {

/// One direction of a pipe: a log of ZMTP frames in plain form (flags, size, body), in counted memory.
/// Messages are committed by their last part, so nobody sees half of one. The same log is the gather list of
/// a connection that writes it and the shelf of one that reads. Not thread-safe: the owner's mutex guards it.
/// The octets that `gather` showed stay where they are until `consumed` or `rewind`, so they may be written
/// without the mutex.
class lane {
public:
    lane() = default;
    lane(const lane&) = delete;
    lane& operator=(const lane&) = delete;
    ~lane() { clear(); }

    /// Whole messages inside, those partly written included.
    [[nodiscard]] std::size_t messages() const noexcept {
        return static_cast<std::size_t>(committed_ - released_);
    }
    [[nodiscard]] bool empty() const noexcept { return committed_ == released_; }
    /// Messages ever committed; and those of them that were taken, or wholly written.
    [[nodiscard]] std::uint64_t committed() const noexcept { return committed_; }
    [[nodiscard]] std::uint64_t released() const noexcept { return released_; }
    /// Octets committed since the last `gather` or `take` (an upper bound, for batching).
    [[nodiscard]] std::size_t fresh_octets() const noexcept { return fresh_; }

    /// Appends one part; small bodies are copied, larger ones kept by reference. False when memory is short
    /// (nothing is appended).
    ///
    /// With `borrow`, a large body that is the caller's stays so until `own_borrowed`, which must come before
    /// the caller goes on and before anybody else may gather.
    [[nodiscard]] bool append(zmtp::message&& part, bool borrow = false) {
        return append_small(part) || append_slowly(std::move(part), borrow);
    }
    /// The same for what is copied, where room is left for it; false, and nothing done, for anything else.
    [[nodiscard]] bool append_small(zmtp::message& part) {
        const auto size = part.size();
        if (!filling_ || size > zmtp::message::copied_max || !fits(size)) [[unlikely]]
            return false;
        fill(part);
        return true;
    }
    /// Appends a frame that others keep as well: by reference, and as one with the frame before it where that
    /// one was appended so.
    void append_shared(const zmtp::shared_frame& one);
    /// The last octets are those before `place` in `owner`.
    [[nodiscard]] bool ends_at(const zmtp::buffer* owner, const std::byte* place) const noexcept {
        return !segments_.empty() && segments_.back().owner == owner && segments_.back().end == place;
    }
    /// Copies what is left of a borrowed body. False when memory is short.
    [[nodiscard]] bool own_borrowed();
    /// True while a body in it is a caller's.
    [[nodiscard]] bool borrows() const noexcept { return borrowed_ != no_segment; }
    /// True between a part with MORE and its message's last part.
    [[nodiscard]] bool open() const noexcept { return open_; }
    /// Drops the parts of the open message.
    void rollback() noexcept;

    /// Puts received frames on the shelf: [begin, end) of `owner` are plain frames in which `messages`
    /// messages end. Takes its own reference.
    void publish(zmtp::buffer* owner, std::byte* begin, std::byte* end, std::uint32_t messages);

    /// Drops published frames behind the last whole message: nobody will send the rest.
    void drop_unfinished();

    /// Takes the next part of the next whole message; false when there is none.
    bool take(zmtp::message& part) {
        if (empty()) [[unlikely]]
            return false;
        if (!take_small(part)) take_front(part);
        return true;
    }
    /// Drops whole messages from the front until `count` are left. Not while parts are being written.
    void drop_until(std::size_t count);

    /// Fills `list` with committed octets not yet written; gives the entries used.
    std::size_t gather(iovec* list, std::size_t capacity);
    /// `octets` of what `gather` gave are in the kernel.
    void consumed(std::size_t octets);
    /// A reference to each block in the lane: for whoever writes on while the lane is deleted.
    void retain_blocks(std::vector<zmtp::buffer*>& by) const;
    /// The connection is lost: the next `gather` begins with the first message not wholly written.
    void rewind();
    /// True when everything written so far ends with a whole message.
    [[nodiscard]] bool at_boundary() const noexcept { return written_ == 0; }

    void clear() noexcept;

private:
    static constexpr std::uint64_t no_segment = ~std::uint64_t{0};
    struct segment {
        zmtp::buffer* owner;
        std::byte* begin;
        std::byte* end;
        bool ends_message = false;       // set when closed: its last octet is a message's last
        std::uint32_t spare = 0;         // references for the messages that will look into it
        std::uint64_t committed_at = 0;  // when closed: `committed_` then; valid with ends_message
        [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end - begin); }
        /// A reference that is the caller's. Many are taken at a time: the count is shared by threads.
        [[nodiscard]] zmtp::buffer* lend() noexcept {
            constexpr std::uint32_t taken_at_once = 32;
            if (spare == 0) {
                owner->retain(taken_at_once);
                spare = taken_at_once;
            }
            --spare;
            return owner;
        }
        void let_go() noexcept { owner->release(1 + spare); }
    };

    [[nodiscard]] bool fits(std::size_t body) const noexcept {
        return static_cast<std::size_t>(filling_limit_ - filling_->end) >= zmtp::frame_header_max + body;
    }
    /// Copies a small part behind the last one.
    void fill(zmtp::message& part) {
        const auto size = part.size();
        const bool more = part.more();
        auto* at = filling_->end;
        at += zmtp::write_header(at, more ? zmtp::frame_flag::more : 0, size);
        // By a call: GCC would copy so few octets by `rep movs`, which takes its time to begin.
        std::memmove(at, part.data(), size);
        at += size;
        fresh_ += static_cast<std::size_t>(at - filling_->end);
        filling_->end = at;
        copied(part);
        open_ = more;
        if (more) return;
        ++committed_;
        commit_ = {filling_name_, at};
    }
    /// Clears a part that was copied. Where others look into its buffer, as into a chunk that was read, its
    /// reference is given back together with those of the parts behind it.
    void copied(zmtp::message& part) noexcept {
        const auto* const owner = part.owner();
        if (owner && !owner->unique()) keep_reference(part);
        part.clear();
    }
    [[gnu::noinline]] void keep_reference(zmtp::message& part) noexcept;
    void give_back() noexcept;
    bool append_slowly(zmtp::message&& part, bool borrow);
    /// Takes a part whose body a message holds inside; false, and nothing done, for any other, and near the
    /// end of its segment.
    bool take_small(zmtp::message& part) {
        auto& front = segments_.front();
        if (front.size() < zmtp::frame_header_max + zmtp::message::inline_max) return false;
        const auto header = *zmtp::parse_header({front.begin, front.size()});
        if (header.body_size > zmtp::message::inline_max) return false;
        const auto size = static_cast<std::size_t>(header.body_size);
        (void)zmtp::message::create(part, size);
        // As much as a message holds takes fewer instructions than just so much.
        std::memcpy(part.data(), front.begin + header.header_size, zmtp::message::inline_max);
        front.begin += header.header_size + size;
        took(part, header.more());
        return true;
    }
    void took(zmtp::message& part, bool more) {
        in_message_ = more;
        if (more) return part.set_more(true);
        ++released_;
        fresh_ = 0;
        if (empty()) [[unlikely]]
            rest();
    }
    void take_front(zmtp::message& part);
    // Apart from what every message passes, which needs fewer registers without them.
    [[gnu::noinline]] void take_body(zmtp::message& part, std::size_t size);
    bool make_room(std::size_t octets);
    void open_tail(std::byte* at);
    segment& extend(zmtp::buffer* owner, std::byte* begin, std::byte* end);
    void close_tail() noexcept;
    void commit() noexcept;
    [[gnu::noinline]] void pop_front() noexcept;
    void settle();
    [[gnu::noinline]] void rest() noexcept;
    [[nodiscard]] bool looked_into() const noexcept;
    void drop_tail() noexcept;

    std::deque<segment> segments_;
    zmtp::buffer* tail_ = nullptr;        // the chunk being filled
    std::byte* tail_rest_ = nullptr;      // what is left of it, while shared frames are the last
    segment* filling_ = nullptr;          // the last segment, while it lies in that chunk and may grow
    std::byte* filling_limit_ = nullptr;  // the chunk's end
    std::uint64_t filling_name_ = 0;      // popped_ + its index

    std::uint64_t committed_ = 0;
    std::uint64_t released_ = 0;
    std::uint64_t popped_ = 0;  // segments ever removed: names of segments that outlive their places
    // References of parts that were copied, until they are written or one of another buffer comes.
    zmtp::buffer* copied_from_ = nullptr;
    std::uint32_t copied_ = 0;
    bool open_ = false;
    std::uint64_t borrowed_ = no_segment;  // popped_ + index of a body that is the caller's
    bool in_message_ = false;              // `take` gave a part with MORE
    std::size_t fresh_ = 0;

    struct mark {
        std::uint64_t segment = 0;  // popped_ + index
        std::byte* end = nullptr;
    };
    mark commit_{};                        // the end of the last whole message
    std::size_t written_ = 0;              // octets from the front in the kernel that end no message yet
    mark gathered_{};                      // where the last gather ended
    std::uint64_t gathered_messages_ = 0;  // committed_ then
    std::size_t gathered_octets_ = 0;      // from the front to gathered_
    bool gathered_all_ = false;            // it ended at the commit mark
};

}  // namespace zither::transport
