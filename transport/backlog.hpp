#pragma once

#include "zither/transport/lane.hpp"

namespace zither::transport {

/// A writer's messages counted against its mark (SNDHWM), as libzmq counts: what left the lane is gone only
/// in steps of half the mark, so that a writer at its mark is woken once per step. Guarded as its lane is.
class backlog {
public:
    /// True when what left the lane makes a step: there may be room again.
    bool shrink(const lane& of, std::size_t mark) noexcept {
        if (of.released() - gone_ < (mark + 1) / 2) return false;
        gone_ = of.released();
        return true;
    }
    /// `mark` 0: never.
    [[nodiscard]] bool full(const lane& of, std::size_t mark) noexcept {
        if (mark == 0 || of.committed() - gone_ < mark) return false;
        shrink(of, mark);  // the mark may be new
        return of.committed() - gone_ >= mark;
    }
    [[nodiscard]] std::size_t messages(const lane& of) const noexcept {
        return of.empty() ? 0 : static_cast<std::size_t>(of.committed() - gone_);
    }

private:
    std::uint64_t gone_ = 0;
};

}  // namespace zither::transport
