#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

namespace zither::zmtp {

/// Octets of a group's name (RFC 48); libzmq's ZMQ_GROUP_MAX_LENGTH.
inline constexpr std::size_t group_size_max = 255;

/// The name of a RADIO/DISH group, shared by every message of it. Immutable, counted, thread-safe.
class group_name {
public:
    /// A new name with one reference; null when memory is short. It ends at the first zero octet, which a
    /// group cannot have.
    [[nodiscard]] static const group_name* create(std::string_view text) noexcept {
        text = text.substr(0, text.find('\0'));
        if (text.size() > group_size_max) return nullptr;
        auto* made = new (std::nothrow) group_name;
        if (!made) return nullptr;
        if (!text.empty()) std::memcpy(made->text_, text.data(), text.size());
        made->text_[text.size()] = '\0';
        return made;
    }

    [[nodiscard]] const char* text() const noexcept { return text_; }

    const group_name* retain() const noexcept {
        references_.fetch_add(1, std::memory_order_relaxed);
        return this;
    }
    void release() const noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

private:
    group_name() = default;
    ~group_name() = default;

    mutable std::atomic<std::uint32_t> references_{1};
    char text_[group_size_max + 1];
};

}  // namespace zither::zmtp
