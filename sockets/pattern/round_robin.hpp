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
            if (!begin(part)) return false;
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
    bool writable() { return inside_ || choose(); }

    /// Where the last part went; null when it was swallowed or that pipe is gone.
    [[nodiscard]] pipe* last() const noexcept { return last_; }
    /// True between the parts of a message.
    [[nodiscard]] bool inside() const noexcept { return inside_; }

private:
    bool begin(zmtp::message& part) {
        while (active_ > 0) {
            auto* const to = pipes_[current_];
            if (to->begin(std::move(part))) [[likely]] {
                last_ = to;
                return true;
            }
            deactivate_current();
        }
        return false;
    }
    bool choose() {
        while (active_ > 0) {
            if (pipes_[current_]->writable()) [[likely]]
                return true;
            deactivate_current();
        }
        return false;
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
