#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zither::zmtp {

/// What is known of one connection (Socket-Type, Routing-Id, Peer-Address, User-Id, X- names), shared
/// by every message that came by it. Immutable once the connection is in traffic; counted, thread-safe.
class properties {
public:
    using entry = std::pair<std::string, std::string>;

    /// A new block with one reference.
    static properties* create(std::vector<entry> entries, int descriptor = -1) {
        return new properties(std::move(entries), descriptor);
    }

    const properties* retain(std::uint32_t count = 1) const noexcept {
        references_.fetch_add(count, std::memory_order_relaxed);
        return this;
    }
    void release(std::uint32_t count = 1) const noexcept {
        if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) delete this;
    }

    /// The value of `name` (exact case, as libzmq matches), or null. Zero-terminated.
    [[nodiscard]] const std::string* find(std::string_view name) const noexcept {
        for (const auto& [key, value] : entries_)
            if (key == name) return &value;
        return nullptr;
    }
    [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }

    /// The connection's, as it was; -1 when unknown.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    properties(std::vector<entry> entries, int descriptor)
        : entries_(std::move(entries)), descriptor_(descriptor) {}
    ~properties() = default;

    mutable std::atomic<std::uint32_t> references_{1};
    const std::vector<entry> entries_;
    const int descriptor_;
};

/// References to one block, taken many at a time: each message of a connection gets one, and the count is
/// shared by threads. Not thread-safe.
class properties_stock {
public:
    properties_stock() = default;
    properties_stock(const properties_stock&) = delete;
    properties_stock& operator=(const properties_stock&) = delete;
    ~properties_stock() { become(nullptr); }

    /// Lets go of the block it had; of the other, which may be null, it takes references of its own.
    void become(const properties* other) noexcept {
        if (of_) of_->release(left_);
        of_ = other;
        left_ = 0;
        if (of_) refill();
    }
    [[nodiscard]] const properties* block() const noexcept { return of_; }
    /// A reference that is the caller's; null when there is no block.
    [[nodiscard]] const properties* take() noexcept {
        if (!of_) return nullptr;
        // The last is kept: it holds the block.
        if (left_ == 1) [[unlikely]]
            refill();
        --left_;
        return of_;
    }
    /// Takes back a reference to its block, which it has.
    void put_back() noexcept { ++left_; }

private:
    static constexpr std::uint32_t taken_at_once = 256;
    void refill() noexcept {
        of_->retain(taken_at_once);
        left_ += taken_at_once;
    }
    const properties* of_ = nullptr;
    std::uint32_t left_ = 0;
};

}  // namespace zither::zmtp
