#include "pipe.hpp"

#include <utility>

namespace zither::sockets::pattern {

void pipe::drop_received() {
    zmtp::message part;
    while (read(part)) {
    }
}

bool pipe::begin(zmtp::message&& part) {
    if (!writable()) return false;
    write(std::move(part));
    return true;
}

bool pipe::begin_or_write(zmtp::message&& part, bool first) {
    if (first) return begin(std::move(part));
    write(std::move(part));
    return true;
}

bool pipe::write_shared(const zmtp::shared_frame& one, bool first) {
    return begin_or_write(lent(one), first);
}

zmtp::message pipe::lent(const zmtp::shared_frame& one) noexcept {
    zmtp::message part;
    zmtp::message::borrow(part, one.body, static_cast<std::size_t>(one.end - one.body));
    part.set_more(one.more);
    return part;
}

}  // namespace zither::sockets::pattern
