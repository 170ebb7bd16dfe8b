#pragma once

namespace zither::transport {

/// A memory fence in every running thread of the process at once (membarrier(2), PRIVATE_EXPEDITED). It costs
/// who asks for it some microseconds and everybody else nothing: two threads that must see each other's last
/// write then need one fence between them, on the side that runs less often.
class process_fence {
public:
    /// True when `pass` may be called. Thread-safe.
    [[nodiscard]] static bool ready() noexcept;
    /// Asks the system for it, once. In a process of several threads that takes some ten milliseconds.
    static void prepare() noexcept;
    /// The same if that is cheap now: the process has one thread.
    static void prepare_if_cheap() noexcept;
    /// What others wrote before they met the fence is seen behind it, and they see behind it what was written
    /// here before. Thread-safe.
    static void pass() noexcept;
};

}  // namespace zither::transport
