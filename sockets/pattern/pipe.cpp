#include "pipe.hpp"

#include <utility>

namespace zither::sockets::pattern {

bool pipe::begin(zmtp::message&& part) {
    if (!writable()) return false;
    write(std::move(part));
    return true;
}

}  // namespace zither::sockets::pattern
