#include "round_robin.hpp"

namespace zither::sockets::pattern {

void round_robin::attach(pipe& peer) {
    auto& index = peer.pattern_notes().write_index;
    if (index != pipe::notes::npos) return;
    pipes_.push_back(&peer);
    index = pipes_.size() - 1;
    activate(peer);
}

void round_robin::activate(pipe& peer) {
    const auto index = peer.pattern_notes().write_index;
    if (index == pipe::notes::npos || index < active_) return;
    swap(index, active_++);
}

void round_robin::detach(pipe& peer) {
    auto index = peer.pattern_notes().write_index;
    if (index == pipe::notes::npos) return;
    if (last_ == &peer) last_ = nullptr;
    if (index < active_) {
        --active_;
        swap(index, active_);
        // The pipe whose turn it was may be the one that took the gap.
        if (current_ == active_) current_ = index < active_ ? index : 0;
        index = active_;
    }
    swap(index, pipes_.size() - 1);
    pipes_.pop_back();
    peer.pattern_notes().write_index = pipe::notes::npos;
}

void round_robin::swallow(zmtp::message& part) {
    inside_ = part.more();
    part.clear();
}

void round_robin::deactivate_current() {
    --active_;
    swap(current_, active_);
    if (current_ == active_) current_ = 0;
}

void round_robin::swap(std::size_t a, std::size_t b) {
    std::swap(pipes_[a], pipes_[b]);
    pipes_[a]->pattern_notes().write_index = a;
    pipes_[b]->pattern_notes().write_index = b;
}

}  // namespace zither::sockets::pattern
