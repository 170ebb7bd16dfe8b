#pragma once

#include "zither/zmtp/message.hpp"

#include <utility>

namespace zither::sockets::pattern {

/// A part that was looked for before it was asked for, where only looking tells whether there is one. `next`
/// is how to find it: bool(message&).
class lookahead {
public:
    /// Would `take` give one?
    template <class Next>
    bool look(Next&& next) {
        if (!has_found_) has_found_ = next(found_);
        return has_found_;
    }
    /// What was found, or is now; false when there is none.
    template <class Next>
    bool take(zmtp::message& part, Next&& next) {
        if (!std::exchange(has_found_, false)) return next(part);
        part = std::move(found_);
        return true;
    }

private:
    zmtp::message found_;
    bool has_found_ = false;
};

}  // namespace zither::sockets::pattern
