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

}  // namespace zither::zmtp
