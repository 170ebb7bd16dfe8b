#include "fan_out.hpp"

#include <utility>

namespace zither::sockets::pattern {

namespace {
// For fewer pipes a frame of its own in each costs no more.
constexpr std::size_t shared_min = 4;
}  // namespace

void fan_out::attach(pipe& peer) {
    auto& index = peer.pattern_notes().write_index;
    if (index != pipe::notes::npos) return;
    pipes_.push_back(&peer);
    index = pipes_.size() - 1;
    peer.pattern_notes().turn = turns_++;
}

void fan_out::detach(pipe& peer) {
    auto index = peer.pattern_notes().write_index;
    if (index == pipe::notes::npos) return;
    if (index < matching_) {
        swap(index, --matching_);
        index = matching_;
    }
    swap(index, pipes_.size() - 1);
    pipes_.pop_back();
    peer.pattern_notes().write_index = pipe::notes::npos;
}

void fan_out::match(pipe& peer) {
    const auto index = peer.pattern_notes().write_index;
    if (index == pipe::notes::npos || index < matching_) return;
    swap(index, matching_++);
}

void fan_out::invert() {
    const auto chosen = std::exchange(matching_, 0);
    for (auto i = chosen; i < pipes_.size(); ++i) swap(i, matching_++);
}

void fan_out::keep_only(pipe& peer) {
    const bool chosen = peer.pattern_notes().write_index < matching_;
    matching_ = 0;
    if (chosen) match(peer);
}

bool fan_out::all_writable() const {
    for (std::size_t i = 0; i < matching_; ++i)
        if (!pipes_[i]->writable()) return false;
    return true;
}

void fan_out::send(zmtp::message& part) {
    const bool first = !std::exchange(inside_, part.more());
    const bool shares = matching_ >= shared_min && part.size() <= zmtp::message::copied_max;
    const auto* const frame = shares ? log_.append(part) : nullptr;
    for (std::size_t i = 0; i < matching_;) {
        auto& to = *pipes_[i];
        if (frame ? to.write_shared(*frame, first) : copy_to(to, part, first))
            ++i;
        else
            swap(i, --matching_);
    }
    part.clear();
    if (!inside_) matching_ = 0;
}

bool fan_out::copy_to(pipe& to, zmtp::message& part, bool first) {
    zmtp::message own;
    if (part.size() > zmtp::message::copied_max) {
        own = part.share();
    } else {
        zmtp::message::borrow(own, part.data(), part.size());
        own.set_more(part.more());
    }
    return to.begin_or_write(std::move(own), first);
}

void fan_out::swap(std::size_t a, std::size_t b) {
    if (a == b) return;
    std::swap(pipes_[a], pipes_[b]);
    pipes_[a]->pattern_notes().write_index = a;
    pipes_[b]->pattern_notes().write_index = b;
}

}  // namespace zither::sockets::pattern
