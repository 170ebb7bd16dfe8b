#pragma once

#include "zither/sockets/pattern/pattern.hpp"
#include "zither/zmtp/error.hpp"

#include <atomic>
#include <cstdint>

namespace zither::sockets {

/// An asynchronous send or receive. The socket owns it from its start until it is complete.
class operation {
public:
    operation() noexcept : number_(next_number_.fetch_add(1, std::memory_order_relaxed)) {}
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    virtual ~operation() = default;
    /// One attempt, under the socket's mutex; `errc::again` to wait for another.
    virtual errc attempt(pattern::pattern& on) = 0;
    /// Posts the completion handler, with no mutex held. Called exactly once.
    virtual void complete(errc result) = 0;

    /// Unlike the address, not used again: a late cancellation must not hit another operation.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

private:
    static inline std::atomic<std::uint64_t> next_number_{1};
    const std::uint64_t number_;
};

}  // namespace zither::sockets
