#pragma once

#include "zither/sockets/socket.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace zither {

/// What a `poller` waits for, or found. Values may be combined with `|`.
enum class poll_flags : std::uint8_t { none = 0, input = 1, output = 2, error = 4, priority = 8 };

[[nodiscard]] constexpr poll_flags operator|(poll_flags a, poll_flags b) noexcept {
    return static_cast<poll_flags>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// True when `set` has any of `wanted`.
[[nodiscard]] constexpr bool has(poll_flags set, poll_flags wanted) noexcept {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(wanted)) != 0;
}

/// Waits for many sockets and descriptors at once, and does the sockets' I/O meanwhile. Used by one thread.
/// Each entry has a number of the user's choice, which says what is ready.
class poller {
public:
    struct event {
        std::size_t number;
        poll_flags ready;
    };

    poller();
    ~poller();
    poller(poller&&) noexcept;
    poller& operator=(poller&&) noexcept;

    void add(const socket& one, std::size_t number, poll_flags wanted = poll_flags::input);
    void add_descriptor(int descriptor, std::size_t number, poll_flags wanted = poll_flags::input);
    /// Forgets what was added under `number`.
    void remove(std::size_t number);
    [[nodiscard]] std::size_t size() const noexcept;

    /// What is ready, after at most `timeout` (below zero: for ever); empty when nothing is. The list is
    /// valid until the next call. Throws std::system_error: `terminated`, `interrupted`, `not_a_socket`.
    std::span<const event> wait(std::chrono::milliseconds timeout = forever);
    std::span<const event> wait(std::chrono::milliseconds timeout, std::error_code& error);

private:
    struct entries;
    std::unique_ptr<entries> entries_;
};

}  // namespace zither
