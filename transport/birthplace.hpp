#pragma once

#include <atomic>
#include <memory>

namespace zither::transport {

/// Tells the process that made an object from a child of its fork. In a child there are no I/O threads, any
/// mutex may be held for ever, and one epoll_ctl would change the parent's sets: nothing may be touched.
class birthplace {
public:
    birthplace() noexcept;
    [[nodiscard]] bool left() const noexcept { return generation_ != forks_.load(std::memory_order_relaxed); }

private:
    static inline std::atomic<unsigned> forks_{0};  // between the first process and this one
    const unsigned generation_;
};

/// Keeps what a child must not destroy until the child ends.
void keep_for_ever(std::shared_ptr<void> inherited);

}  // namespace zither::transport
