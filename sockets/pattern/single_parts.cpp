#include "single_parts.hpp"

#include <utility>

namespace zither::sockets::pattern {

bool single_parts::receive(zmtp::message& whole) {
    if (!std::exchange(has_held_, false)) return next(whole);
    whole = std::move(held_);
    return true;
}

bool single_parts::readable() {
    if (!has_held_) has_held_ = next(held_);
    return has_held_;
}

bool single_parts::next(zmtp::message& whole) {
    while (in_.receive(whole)) {
        if (!whole.more()) {
            auto* const from = in_.last();
            whole.set_routing_id(from ? from->pattern_notes().number : 0);
            return true;
        }
        while (whole.more() && in_.receive(whole)) {
        }
    }
    return false;
}

}  // namespace zither::sockets::pattern
