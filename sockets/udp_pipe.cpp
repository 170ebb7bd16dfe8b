#include "zither/sockets/udp_pipe.hpp"

#include "zither/sockets/socket_object.hpp"

#include <utility>

namespace zither::sockets {

bool udp_pipe::read(zmtp::message& part) {
    if (!take(part)) return false;
    if (link_ && link_->read_stopped && receive_half_empty()) owner_.engine().resume_reading(*link_);
    return true;
}

void udp_pipe::write(zmtp::message&& part) {
    if (gone_ || closing_ || left_out(part)) return;
    const bool last = !part.more();
    if (!out.append(std::move(part))) {
        out.rollback();
        broken_off_ = !last;
        return;
    }
    if (last && link_) owner_.engine().note_fresh(*link_);
}

void udp_pipe::release(transport::engine::lock& held) {
    if (link_) owner_.engine().close(held, *std::exchange(link_, nullptr));
}

}  // namespace zither::sockets
