// A peer in the same context, as its socket's pattern sees it.
#include "zither/sockets/socket_object.hpp"

#include <new>
#include <utility>

namespace zither::sockets {

namespace {
// With a lower mark the writer would wait for room while the reader waits for more.
constexpr std::size_t streaming_mark_min = 100;
}  // namespace

bool inproc_pipe::read(zmtp::message& part) {
    auto& from = in();
    const auto mark = from.mark.load(std::memory_order_relaxed);
    if (from.conflate.load(std::memory_order_relaxed)) [[unlikely]]
        from.queue.drop_all_but_last();
    const bool streaming = owner_.calls() - read_in_call_ <= 1 && (mark == 0 || mark >= streaming_mark_min);
    read_in_call_ = 0;
    while (!from.queue.take(part, streaming)) {
        if (from.queue.writer_waits()) leave_word(inproc_notice::kind::writable);
        if (gone_) owner_.note_leaving(*this);
        if (read_notice(part)) return true;
        if (owner_.may_watch(*this) || from.queue.await_message()) return false;
    }
    if (gone_ && nothing_to_read()) [[unlikely]]
        owner_.note_leaving(*this);
    read_in_call_ = owner_.calls();
    if (from.queue.made_room(mark)) leave_word(inproc_notice::kind::writable);
    return true;
}

bool inproc_pipe::readable() {
    if (!await()) return true;
    if (gone_) owner_.note_leaving(*this);
    return false;
}

peer::queues inproc_pipe::queued() {
    return {out().queue.unread(out().mark.load(std::memory_order_relaxed)),
            in().queue.messages() + notices_.size()};
}

bool inproc_pipe::writable() {
    if (gone_ || closing_) return false;
    auto& to = out();
    return to.queue.has_room(to.mark.load(std::memory_order_relaxed)) ||
           to.conflate.load(std::memory_order_relaxed);
}

inline bool inproc_pipe::put(zmtp::message&& part) {
    if (gone_ || closing_ || left_out(part)) return true;
    auto& to = out();
    // The other end may have come, and asked for it, in the middle of a message.
    if (to.conflate.load(std::memory_order_relaxed) && !to.queue.open()) [[unlikely]] {
        write_latest(std::move(part));
        return true;
    }
    const bool last = !part.more();
    if (!to.queue.append(std::move(part))) {
        to.queue.rollback();
        broken_off_ = !last;
        return false;
    }
    if (last && to.queue.commit()) leave_word(inproc_notice::kind::readable);
    return true;
}

void inproc_pipe::write(zmtp::message&& part) { (void)put(std::move(part)); }

bool inproc_pipe::begin(zmtp::message&& part) {
    if (!writable()) return false;
    (void)put(std::move(part));
    return true;
}

void inproc_pipe::write_latest(zmtp::message&& part) {
    const bool last = !part.more();
    if (!part.own()) return rollback();
    latest_.push_back(std::move(part));
    if (last && out().queue.replace(std::exchange(latest_, {}))) leave_word(inproc_notice::kind::readable);
}

void inproc_pipe::rollback() {
    broken_off_ = false;
    latest_.clear();
    out().queue.rollback();
}

void inproc_pipe::subscribe(zmtp::bytes topic, bool wanted) {
    // A publisher that does not know of it would send nothing, ever.
    if (up && !put(subscription_message(topic, wanted))) throw std::bad_alloc();
}

void inproc_pipe::leave_word(inproc_notice::kind what) { owner_.leave_word({what, link_, 1 - end_}); }

void inproc_pipe::learn_routing_id() {
    std::unique_lock lock(link_->mutex);
    routing_id_ = link_->ends[static_cast<std::size_t>(1 - end_)].routing_id;
}

void inproc_pipe::set_marks(std::size_t send, std::size_t receive) {
    std::unique_lock lock(link_->mutex);
    auto& mine = link_->ends[static_cast<std::size_t>(end_)];
    mine.send_mark = send;
    mine.receive_mark = receive;
    link_->join_marks();
}

void inproc_pipe::add_notice(std::string_view text) {
    zmtp::message part;
    if (!zmtp::message::create(part, zmtp::as_bytes(text))) return;
    notices_.push_back(std::move(part));
    owner_.pattern_of().readable(*this);
}

bool inproc_pipe::read_notice(zmtp::message& part) {
    if (notices_.empty()) return false;
    part = std::move(notices_.front());
    notices_.pop_front();
    return true;
}

void inproc_pipe::release(transport::engine::lock&) {
    rollback();
    owner_.unwatch(*this);
    {
        std::unique_lock lock(link_->mutex);
        auto& mine = link_->ends[static_cast<std::size_t>(end_)];
        mine.pipe = nullptr;
        mine.closed = true;
    }
    owner_.say_farewell(link_, 1 - end_);
}

}  // namespace zither::sockets
