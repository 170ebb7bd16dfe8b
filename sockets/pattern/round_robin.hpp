#pragma once

#include "pipe.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace zither::sockets::pattern {

/// Gives whole messages to the pipes with room, in turn. Owned by a pattern; knows pipes by their
/// `notes.write_index`.
class round_robin {
public:
    void attach(pipe& peer);
    /// Forgets the pipe. The rest of a message that was being written to it is swallowed.
    void detach(pipe& peer);
    /// The pipe has room again. Does nothing for a pipe that is active or not attached.
    void activate(pipe& peer);

    /// Writes one part and empties it; false, and `part` untouched, when no pipe has room.
    bool send(zmtp::message& part) {
        const bool more = part.more();
        if (!inside_) {
            auto* const to = find([&](pipe& one) { return one.begin(std::move(part)); });
            if (!to) return false;
            last_ = to;
        } else if (last_) [[likely]] {
            last_->write(std::move(part));
        } else {
            swallow(part);
            return true;
        }
        inside_ = more;
        if (!more && ++current_ >= active_) current_ = 0;
        return true;
    }
    /// Would `send` take a part?
    bool writable() {
        return inside_ || find([](pipe& to) { return to.writable(); });
    }

    /// Where the last part went; null when it was swallowed or that pipe is gone.
    [[nodiscard]] pipe* last() const noexcept { return last_; }
    /// True between the parts of a message.
    [[nodiscard]] bool inside() const noexcept { return inside_; }

private:
    /// Makes the first pipe that `takes` the current one; null when none does.
    template <class Takes>
    pipe* find(Takes&& takes) {
        while (active_ > 0) {
            auto* const one = pipes_[current_];
            if (takes(*one)) [[likely]]
                return one;
            deactivate_current();
        }
        return nullptr;
    }
    void swallow(zmtp::message& part);
    void deactivate_current();
    void swap(std::size_t a, std::size_t b);

    std::vector<pipe*> pipes_;  // the first `active_` may have room
    std::size_t active_ = 0;
    std::size_t current_ = 0;
    pipe* last_ = nullptr;
    bool inside_ = false;
};

}  // namespace zither::sockets::pattern
