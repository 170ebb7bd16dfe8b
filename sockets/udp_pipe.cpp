#include "zither/sockets/udp_pipe.hpp"

#include "zither/sockets/socket_object.hpp"

#include <utility>

namespace zither::sockets {

bool udp_pipe::read(zmtp::message& part) {
    if (!in.take(part)) {
        reader_idle = true;
        if (gone_) owner_.note_closing();
        return false;
    }
    if (link_ && link_->read_stopped && receive_half_empty()) owner_.engine().resume_reading(*link_);
    return true;
}

bool udp_pipe::readable() {
    if (!in.empty()) return true;
    reader_idle = true;
    if (gone_) owner_.note_closing();
    return false;
}

bool udp_pipe::writable() {
    if (gone_ || closing_) return false;
    if (!full()) return true;
    writer_blocked = true;
    return false;
}

void udp_pipe::write(zmtp::message&& part) {
    if (gone_ || closing_) return;
    const bool last = !part.more();
    if (!out.append(std::move(part))) {
        out.rollback();
        return;
    }
    if (last && link_) owner_.engine().note_fresh(*link_);
}

void udp_pipe::received() { owner_.pattern_of().readable(*this); }
void udp_pipe::room() { owner_.pattern_of().writable(*this); }

void udp_pipe::release(transport::engine::lock& held) {
    if (link_) owner_.engine().close(held, *std::exchange(link_, nullptr));
}

}  // namespace zither::sockets
