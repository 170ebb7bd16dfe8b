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
        directions[i].mark.store(
            both ? joined_mark(ends[i].send_mark, ends[1 - i].receive_mark) : ends[i].send_mark,
            std::memory_order_relaxed);
}

void farewells::add(std::shared_ptr<inproc_link> link, int to) noexcept {
    auto* const added = link.get();
    if (last_)
        last_->after_farewell[last_to_] = {std::move(link), to};
    else
        first_ = std::move(link), first_to_ = to;
    last_ = added;
    last_to_ = to;
}

inproc_notice farewells::take() noexcept {
    inproc_notice made{inproc_notice::kind::closed, std::move(first_), first_to_};
    if (!made.link) return made;
    auto& next = made.link->after_farewell[made.to];
    first_ = std::move(next.link);
    first_to_ = next.to;
    if (!first_) last_ = nullptr;
    return made;
}

inproc_pipe& socket_object::add_inproc_pipe(const std::shared_ptr<inproc_link>& link, int end,
                                            bool connecting) {
    auto made = std::make_unique<inproc_pipe>(*this, link, end);
    auto& added = *made;
    added.connecting = connecting;
    if (!inbox_) {
        inbox_ = std::make_shared<inproc_inbox>();
        mind_inbox();
    }
    // A word that was not left would not be left again: the list and its exchange must have room.
    const auto notices = inproc_inbox::notices_per_pipe * (peers_.size() + 1);
    inbox_->make_room(notices);
    inproc_inbox::reserve(heard_, notices);
    add_peer(std::move(made));  // may run out of memory: the link must not know the pipe before
    {
        std::lock_guard guard(link->mutex);
        auto& mine = link->ends[static_cast<std::size_t>(end)];
        mine.socket = weak_from_this();
        mine.pipe = &added;
        mine.inbox = inbox_;
        mine.routing_id = options_.routing_id;
        mine.send_mark = static_cast<std::size_t>(options_.send_mark);
        mine.receive_mark = static_cast<std::size_t>(options_.receive_mark);
        mine.conflate = options_.conflate;
        link->join_marks();
        const bool conflate = link->ends[0].conflate || link->ends[1].conflate;
        for (auto& one : link->directions) one.conflate.store(conflate, std::memory_order_relaxed);
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
    const auto mine = next_number_;
    auto before = last_endpoint_;
    attach({transport::endpoint::kind::inproc, name}, given, false, [&](attachment& added) {
        auto& pipe = add_inproc_pipe(link, 0, true);
        added.pipe = &pipe;
        (void)pipe.await();  // it is empty; nobody knows it yet
        say_hello(pipe);
        if (number) *number = pipe.pattern_notes().number;
    });
    held.unlock();
    const bool reached = transport::within_memory([&] {
        if (const auto other = context_->find_inproc(name, link))
            other->hear({inproc_notice::kind::attach, link, 1});
    });
    held.lock();
    if (reached) return errc::ok;
    withdraw(mine);
    last_endpoint_ = std::move(before);
    return errc::no_memory;
}

void socket_object::attach_inproc(lock& held, const std::shared_ptr<inproc_link>& link) {
    {
        std::lock_guard guard(link->mutex);
        if (link->ends[0].closed && link->directions[0].queue.empty()) return;
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
        if (link->ends[0].closed) pipe.set_gone();
    }
    if (!pipe.refused && !pipe.await()) pattern_->readable(pipe);
    engine_.wake(true, true);
    (void)held;
}

void socket_object::hear(const inproc_notice& notice) {
    transport::wake_up later;
    lock held(engine_.mutex());
    catch_up(&later);
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
    if (!pipe || (pipe->refused && notice.what != inproc_notice::kind::closed)) return finish(held);
    switch (notice.what) {
        case inproc_notice::kind::connected:
            pipe->learn_routing_id();
            pipe->up = true;
            if (!pattern_->connected(*pipe)) pipe->close();
            // The reader's side may have raised the mark.
            pattern_->writable(*pipe);
            engine_.wake(false, true);
            break;
        case inproc_notice::kind::closed:
            // Whatever else there is no memory for, the pipe goes.
            transport::within_memory([&] {
                if (!pipe->connecting && !pipe->refused && hears_disconnect(type_) &&
                    !options_.pattern.disconnect_message.empty())
                    pipe->add_notice(options_.pattern.disconnect_message);
                pattern_->disconnected(*pipe);
            });
            pipe->set_gone();
            engine_.wake(true, true);
            break;
        default: break;  // the inbox was heard
    }
    finish(held);
}

void socket_object::leave_word(inproc_notice notice) {
    if (!notice.link->ends[static_cast<std::size_t>(notice.to)].inbox->post(notice)) return;
    notice.what = inproc_notice::kind::inbox;
    post_notice(std::move(notice));
}

bool socket_object::catch_up_now(transport::wake_up* later) {
    bool input = false;
    bool output = false;
    if (auto* const pipe = std::exchange(watched_, nullptr); pipe && !pipe->await()) {
        pattern_->readable(*pipe);
        input = true;
    }
    if (inbox_->any()) inbox_->take(heard_);
    for (const auto& notice : heard_) {
        auto* const pipe = notice.link->ends[static_cast<std::size_t>(notice.to)].pipe;
        if (!pipe || pipe->refused) continue;
        if (notice.what == inproc_notice::kind::readable) {
            pattern_->readable(*pipe);
            input = true;
        } else {
            pattern_->writable(*pipe);
            output = true;
        }
    }
    heard_.clear();
    if (input || output) engine_.wake(input, output, later);
    return input || output;
}

bool socket_object::mind_inbox() {
    if (!inbox_) return false;
    inbox_->listen(engine_.anybody_sleeps() || engine_.descriptor_is_out());
    return catch_up();
}

}  // namespace zither::sockets
