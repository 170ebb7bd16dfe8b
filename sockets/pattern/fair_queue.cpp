#include "fair_queue.hpp"

#include <cassert>
#include <utility>

namespace zither::sockets::pattern {

void fair_queue::attach(pipe& peer) {
    auto& index = peer.pattern_notes().read_index;
    if (index != pipe::notes::npos) return;
    pipes_.push_back(&peer);
    index = pipes_.size() - 1;
    activate(peer);
}

void fair_queue::activate(pipe& peer) {
    const auto index = peer.pattern_notes().read_index;
    if (index == pipe::notes::npos || index < active_) return;
    swap(index, active_++);
}

void fair_queue::detach(pipe& peer) {
    auto index = peer.pattern_notes().read_index;
    if (index == pipe::notes::npos) return;
    if (aside_ == aside::part && index == current_) {
        held_.clear();
        aside_ = aside::nothing;
    }
    if (last_ == &peer) {
        if (inside_) aside_ = aside::end;
        last_ = nullptr;
    }
    if (index < active_) {
        --active_;
        swap(index, active_);
        // The pipe whose turn it was may be the one that took the gap.
        if (current_ == active_) current_ = index < active_ ? index : 0;
        index = active_;
    }
    swap(index, pipes_.size() - 1);
    pipes_.pop_back();
    peer.pattern_notes().read_index = pipe::notes::npos;
}

bool fair_queue::readable() {
    if (inside_ || aside_ != aside::nothing) return true;
    while (active_ > 0) {
        if (pipes_[current_]->readable()) return true;
        // Only after a `read` that said no does the pipe's owner tell of the next message.
        if (pipes_[current_]->read(held_)) {
            aside_ = aside::part;
            return true;
        }
        deactivate_current();
    }
    return false;
}

bool fair_queue::receive_aside(zmtp::message& part) {
    switch (std::exchange(aside_, aside::nothing)) {
        case aside::nothing: return false;
        case aside::end:
            inside_ = false;
            part.clear();
            return true;
        case aside::part:
            part = std::move(held_);
            took(pipes_[current_], part);
            return true;
    }
    return false;
}

bool fair_queue::receive_from_others(zmtp::message& part) {
    assert(!inside_);
    deactivate_current();
    while (active_ > 0) {
        pipe* const from = pipes_[current_];
        if (from->read(part)) {
            took(from, part);
            return true;
        }
        deactivate_current();
    }
    return false;
}

void fair_queue::deactivate_current() {
    --active_;
    swap(current_, active_);
    if (current_ == active_) current_ = 0;
}

void fair_queue::swap(std::size_t a, std::size_t b) {
    std::swap(pipes_[a], pipes_[b]);
    pipes_[a]->pattern_notes().read_index = a;
    pipes_[b]->pattern_notes().read_index = b;
}

}  // namespace zither::sockets::pattern
