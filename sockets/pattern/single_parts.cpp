#include "single_parts.hpp"

namespace zither::sockets::pattern {

bool single_parts::receive(zmtp::message& whole) {
    return ahead_.take(whole, [this](auto& one) { return next(one); });
}

bool single_parts::readable() {
    return ahead_.look([this](auto& one) { return next(one); });
}

bool single_parts::next(zmtp::message& whole) {
    while (in_.receive(whole)) {
        if (!whole.more()) {
            auto* const from = in_.last();
            whole.set_routing_id(from ? from->pattern_notes().number : 0);
            return true;
        }
        in_.skip_rest(whole);
    }
    return false;
}

}  // namespace zither::sockets::pattern
