// Peers in the same context.
#include "zither/sockets/socket_object.hpp"

namespace zither::sockets {

namespace {

std::size_t joined_mark(std::size_t writer, std::size_t reader) {
    return writer == 0 || reader == 0 ? 0 : writer + reader;
}

}  // namespace

void inproc_link::join_marks() noexcept {
    const bool both = ends[0].pipe && ends[1].pipe;
    for (std::size_t i = 0; i < 2; ++i)
        directions[i].mark =
            both ? joined_mark(ends[i].send_mark, ends[1 - i].receive_mark) : ends[i].send_mark;
}

inproc_pipe& socket_object::add_inproc_pipe(const std::shared_ptr<inproc_link>& link, int end,
                                            bool connecting) {
    auto made = std::make_unique<inproc_pipe>(*this, link, end);
    auto& added = *made;
    added.connecting = connecting;
    peers_.push_back(std::move(made));  // may run out of memory: the link must not know the pipe before
    {
        std::lock_guard guard(link->mutex);
        auto& mine = link->ends[static_cast<std::size_t>(end)];
        mine.socket = weak_from_this();
        mine.pipe = &added;
        mine.routing_id = options_.routing_id;
        mine.send_mark = static_cast<std::size_t>(options_.send_mark);
        mine.receive_mark = static_cast<std::size_t>(options_.receive_mark);
        mine.conflate = options_.conflate;
        link->join_marks();
        for (auto& one : link->directions) one.conflate = link->ends[0].conflate || link->ends[1].conflate;
    }
    added.attached = true;
    pattern_->attached(added, connecting);
    return added;
}

void socket_object::say_hello(inproc_pipe& to) {
    if (says_hello(type_) && !options_.pattern.hello_message.empty())
        to.write(zmtp::message(std::string_view(options_.pattern.hello_message)));
}

errc socket_object::connect_inproc(lock& held, const std::string& name, std::string_view given,
                                   std::uint32_t* number) {
    const auto link = std::make_shared<inproc_link>();
    auto& pipe = add_inproc_pipe(link, 0, true);
    say_hello(pipe);
    add_attachment({transport::endpoint::kind::inproc, name}, given, false).pipe = &pipe;
    last_endpoint_ = given;
    if (number) *number = pipe.pattern_notes().number;
    held.unlock();
    if (const auto other = context_->find_inproc(name, link))
        other->hear({inproc_notice::kind::attach, link, 1});
    held.lock();
    return errc::ok;
}

void socket_object::attach_inproc(lock& held, const std::shared_ptr<inproc_link>& link) {
    bool waiting = false;
    {
        std::lock_guard guard(link->mutex);
        if (link->ends[0].closed && link->directions[0].lane.empty()) return;
    }
    auto& pipe = add_inproc_pipe(link, 1, false);
    pipe.learn_routing_id();
    pipe.up = true;
    post_notice({inproc_notice::kind::connected, link, 0});
    // A refused peer is left alone: it may send, and nobody reads it.
    pipe.refused = !pattern_->connected(pipe);
    if (!pipe.refused) say_hello(pipe);
    {
        std::lock_guard guard(link->mutex);
        waiting = !link->directions[0].lane.empty();
        if (waiting) link->directions[0].reader_idle = false;
        if (link->ends[0].closed) {
            pipe.set_gone();
            settling_ = true;
        }
    }
    if (waiting && !pipe.refused) pattern_->readable(pipe);
    engine_.wake(true, true);
    (void)held;
}

void socket_object::hear(const inproc_notice& notice) {
    lock held(engine_.mutex());
    if (notice.what == inproc_notice::kind::attach) {
        if (!closed_) attach_inproc(held, notice.link);
        finish(held);
        return;
    }
    inproc_pipe* pipe = nullptr;
    {
        std::lock_guard guard(notice.link->mutex);
        pipe = notice.link->ends[static_cast<std::size_t>(notice.to)].pipe;
    }
    if (!pipe) return;
    const bool ends = notice.what == inproc_notice::kind::closed;
    if (pipe->refused && !ends) return;
    switch (notice.what) {
        case inproc_notice::kind::readable:
            pattern_->readable(*pipe);
            engine_.wake(true, false);
            break;
        case inproc_notice::kind::writable:
            pattern_->writable(*pipe);
            engine_.wake(false, true);
            break;
        case inproc_notice::kind::connected:
            pipe->learn_routing_id();
            pipe->up = true;
            if (!pattern_->connected(*pipe)) pipe->close();
            // The reader's side may have raised the mark.
            pattern_->writable(*pipe);
            engine_.wake(false, true);
            break;
        case inproc_notice::kind::closed:
            if (!pipe->connecting && !pipe->refused && hears_disconnect(type_) &&
                !options_.pattern.disconnect_message.empty())
                pipe->add_notice(options_.pattern.disconnect_message);
            pattern_->disconnected(*pipe);
            pipe->set_gone();
            settling_ = true;
            engine_.wake(true, true);
            break;
        case inproc_notice::kind::attach: break;
    }
    finish(held);
}

}  // namespace zither::sockets
