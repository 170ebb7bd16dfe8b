#pragma once

#include "zither/zmtp/group.hpp"
#include "zither/zmtp/properties.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace zither::zmtp {

using bytes = std::span<const std::byte>;

inline bytes as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(bytes data) noexcept {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

/// Called once when the last user of foreign memory lets go of it; may run on any thread.
using free_function = void(void* data, void* hint);

/// A counted block of bytes: its own, or foreign memory with its free function.
/// Thread-safe: the count is atomic, the bytes belong to whoever filled them.
class buffer {
public:
    /// A block of `capacity` bytes with one reference, or null when memory is short.
    [[nodiscard]] static buffer* allocate(std::size_t capacity) noexcept;

    /// Foreign memory with one reference; `release` may be null. Null when memory is short.
    [[nodiscard]] static buffer* adopt(void* data, std::size_t size, free_function* release,
                                       void* hint) noexcept;

    [[nodiscard]] std::byte* data() noexcept { return data_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::uint32_t references() const noexcept {
        return references_.load(std::memory_order_acquire);
    }
    [[nodiscard]] bool unique() const noexcept { return references() == 1; }

    buffer* retain(std::uint32_t count = 1) noexcept {
        references_.fetch_add(count, std::memory_order_relaxed);
        return this;
    }
    void release(std::uint32_t count = 1) noexcept {
        // The only holder needs no locked instruction: nobody else can reach the count.
        if (references_.load(std::memory_order_acquire) == count ||
            references_.fetch_sub(count, std::memory_order_acq_rel) == count)
            dispose();
    }

    /// Where a block goes at its end: null means freed, a chunk pool sets its own.
    using recycler = void(buffer*) noexcept;
    void recycle_with(recycler* recycle) noexcept { recycle_ = recycle; }
    /// A recycler that hands the block out again gives it its first reference back.
    void revive() noexcept { references_.store(1, std::memory_order_relaxed); }
    /// Frees the block itself; for recyclers.
    static void destroy(buffer* block) noexcept;

private:
    buffer(std::byte* data, std::size_t capacity) noexcept : data_(data), capacity_(capacity) {}
    void dispose() noexcept;

    std::atomic<std::uint32_t> references_{1};
    std::byte* data_;
    std::size_t capacity_;
    recycler* recycle_ = nullptr;
    free_function* free_ = nullptr;
    void* hint_ = nullptr;
};

/// One message part: a 64-byte value, the same bytes as `zmq_msg_t`. Small bodies live inside,
/// larger ones are a counted slice of a buffer. Moving copies 64 bytes; a moved-from message is empty.
/// Not thread-safe; two messages that share a buffer may live on two threads.
class message {
public:
    /// Bodies up to this many bytes need no allocation (libzmq: 33).
    static constexpr std::size_t inline_max = 40;
    /// Bodies up to this many are copied from queue to queue: that costs less than memory which one thread
    /// takes and another gives back.
    static constexpr std::size_t copied_max = 4096;

    message() noexcept { reset(); }
    /// An uninitialised body of `size` bytes. Throws std::bad_alloc.
    explicit message(std::size_t size);
    /// A copy of `body`. Throws std::bad_alloc.
    explicit message(bytes body);
    explicit message(std::string_view body) : message(as_bytes(body)) {}
    explicit message(const char* body) : message(std::string_view(body)) {}
    /// What `become` makes of an empty one.
    message(buffer* owner, std::byte* data, std::size_t size) noexcept : message() {
        become(owner, data, size);
    }

    message(message&& other) noexcept { take(other); }
    message& operator=(message&& other) noexcept {
        if (this != &other) {
            drop();
            take(other);
        }
        return *this;
    }
    message(const message&) = delete;
    message& operator=(const message&) = delete;
    ~message() { drop(); }

    /// Becomes the bytes [data, data + size) of `from`. One that looked into it before keeps its reference:
    /// who receives into the same message again and again touches no counter.
    void look_into(buffer* from, std::byte* data, std::size_t size) noexcept {
        if (looks_into(from))
            look_on(data, size);
        else
            become(from->retain(), data, size);
    }
    /// Takes over one reference of `owner`, whose bytes [data, data + size) become the body.
    void become(buffer* owner, std::byte* data, std::size_t size) noexcept {
        clear();
        kind_ = kind::slice;
        slice_ = {owner, data, size};
    }
    /// True when it is bytes of `from`, and has no other reference.
    [[nodiscard]] bool looks_into(const buffer* from) const noexcept {
        return kind_ == kind::slice && slice_.owner == from && !peer_ && !group_;
    }
    /// Becomes other bytes of the buffer that it looks into.
    void look_on(std::byte* data, std::size_t size) noexcept {
        slice_.data = data;
        slice_.size = size;
        flags_ = 0;
        routing_id_ = 0;
    }

    /// An uninitialised body of `size` bytes in `out`; false when memory is short.
    [[nodiscard]] static bool create(message& out, std::size_t size) noexcept {
        if (size > inline_max) return create_large(out, size);
        out.clear();
        out.inline_size_ = static_cast<std::uint8_t>(size);
        return true;
    }
    /// A copy of `body` in `out`; false when memory is short.
    [[nodiscard]] static bool create(message& out, bytes body) noexcept {
        if (!create(out, body.size())) return false;
        if (!body.empty()) std::memcpy(out.data(), body.data(), body.size());
        return true;
    }
    /// The user's own memory as the body; `release` is called exactly once. False when memory is short.
    [[nodiscard]] static bool adopt(message& out, void* data, std::size_t size, free_function* release,
                                    void* hint) noexcept;

    /// The caller's memory as the body, for one call: whoever keeps the message longer makes it `own` a copy.
    static void borrow(message& out, const void* data, std::size_t size) noexcept {
        out.clear();
        out.kind_ = kind::borrowed;
        // Nobody writes to it: what is kept is a copy, what is sent is read.
        out.slice_ = {nullptr, static_cast<std::byte*>(const_cast<void*>(data)), size};
    }
    /// The caller's memory as room for a body to come: where one fits, a pipe copies it there, and counts no
    /// reference to its chunk or its peer.
    static void borrow_room(message& out, void* data, std::size_t size) noexcept { borrow(out, data, size); }
    [[nodiscard]] bool borrowed() const noexcept { return kind_ == kind::borrowed; }
    /// Copies `body` into borrowed room; false, and nothing done, when there is none or too little.
    [[nodiscard]] bool fill_room(bytes body) noexcept {
        if (!borrowed() || slice_.size < body.size()) return false;
        std::memcpy(slice_.data, body.data(), body.size());
        look_on(slice_.data, body.size());
        return true;
    }
    /// Copies a borrowed body; false when memory is short.
    [[nodiscard]] bool own() noexcept;

    /// A second message with the same body and flags: large bodies are shared, not copied. Not of a borrowed
    /// one.
    [[nodiscard]] message share() noexcept;

    [[nodiscard]] std::byte* data() noexcept { return kind_ == kind::inlined ? inline_ : slice_.data; }
    [[nodiscard]] const std::byte* data() const noexcept {
        return kind_ == kind::inlined ? inline_ : slice_.data;
    }
    [[nodiscard]] std::size_t size() const noexcept {
        return kind_ == kind::inlined ? inline_size_ : slice_.size;
    }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bytes body() const noexcept { return {data(), size()}; }
    [[nodiscard]] std::string_view text() const noexcept { return as_text(body()); }

    [[nodiscard]] bool more() const noexcept { return flags_ & flag_more; }
    void set_more(bool on) noexcept { flags_ = on ? flags_ | flag_more : flags_ & ~flag_more; }
    /// True when another message may hold the same body.
    [[nodiscard]] bool shared() const noexcept { return flags_ & flag_shared; }

    /// The buffer behind a large body, or null for an inline or a borrowed one.
    [[nodiscard]] buffer* owner() const noexcept { return kind_ == kind::slice ? slice_.owner : nullptr; }
    /// Gives up the body's buffer reference to the caller and becomes empty (flags kept). Only for slices.
    /// Null, and nothing done, when memory is short: a borrowed body's buffer is made here.
    [[nodiscard]] buffer* release_owner() noexcept;

    /// What is known of the connection the message came by, or null.
    [[nodiscard]] const properties* peer() const noexcept { return peer_; }
    void set_peer(const properties* peer) noexcept;
    /// The same with a reference that becomes the message's.
    void adopt_peer(const properties* peer) noexcept {
        if (peer_) peer_->release();
        peer_ = peer;
    }

    /// Gives up the reference to the caller.
    [[nodiscard]] const properties* release_peer() noexcept { return std::exchange(peer_, nullptr); }

    [[nodiscard]] std::uint32_t routing_id() const noexcept { return routing_id_; }
    void set_routing_id(std::uint32_t id) noexcept { routing_id_ = id; }

    /// The RADIO/DISH group, zero-terminated; "" when it has none.
    [[nodiscard]] const char* group() const noexcept { return group_ ? group_->text() : ""; }
    /// The same as a name that may be shared, or null.
    [[nodiscard]] const group_name* shared_group() const noexcept { return group_; }
    void set_group(const group_name* name) noexcept;
    /// False for a name of more than `group_size_max` octets, or when memory is short.
    [[nodiscard]] bool set_group(std::string_view name) noexcept;

    /// False for memory that never was a message or was closed: the C API's EFAULT.
    [[nodiscard]] bool valid() const noexcept { return kind_ == kind::inlined || kind_ == kind::slice; }
    /// Becomes empty, without flags.
    void clear() noexcept {
        drop();
        reset();
    }
    /// Ends the message for good: `valid()` is false afterwards. For the C API.
    void close() noexcept {
        drop();
        kind_ = kind::closed;
    }

private:
    [[nodiscard]] static bool create_large(message& out, std::size_t size) noexcept;

    enum class kind : std::uint8_t { closed = 0, inlined = 0xa1, slice = 0xa2, borrowed = 0xa3 };
    static constexpr std::uint8_t flag_more = 1;
    static constexpr std::uint8_t flag_shared = 2;

    void reset() noexcept {
        kind_ = kind::inlined;
        flags_ = 0;
        inline_size_ = 0;
        routing_id_ = 0;
        peer_ = nullptr;
        group_ = nullptr;
    }
    void drop() noexcept {
        if (kind_ == kind::slice || peer_ || group_) let_go();
    }
    void let_go() noexcept;
    void take(message& other) noexcept {
        std::memcpy(static_cast<void*>(this), static_cast<const void*>(&other), sizeof(message));
        other.reset();
    }

    struct slice {
        buffer* owner;
        std::byte* data;
        std::size_t size;
    };
    union {
        std::byte inline_[inline_max];
        slice slice_;
    };
    const properties* peer_;
    const group_name* group_;  // of RADIO and DISH; one reference
    std::uint32_t routing_id_;
    kind kind_;
    std::uint8_t flags_;
    std::uint8_t inline_size_;
};

static_assert(sizeof(message) == 64, "a message is the bytes of a zmq_msg_t");

}  // namespace zither::zmtp

namespace zither {
using zmtp::message;
}
