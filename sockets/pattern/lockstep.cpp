#include "lockstep.hpp"

namespace zither::sockets::pattern {

void lockstep::pass(bool more) noexcept {
    inside_ = more;
    if (!more) turn_ = sending() ? turn::receiving : turn::sending;
}

void lockstep::restart(turn with) noexcept {
    turn_ = with;
    inside_ = false;
}

}  // namespace zither::sockets::pattern
