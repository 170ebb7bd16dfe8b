#pragma once

#include "pipe.hpp"

#include <cstddef>
#include <vector>

namespace zither::sockets::pattern {

/// Takes messages from many pipes in turn, one whole message from each. Owned by a pattern; knows pipes by
/// their `notes.read_index`.
class fair_queue {
public:
    void attach(pipe& peer);
    /// Forgets the pipe. When it was in the middle of a message, that message ends with an empty part, so
    /// that nobody takes the next message for its continuation.
    void detach(pipe& peer);
    /// The pipe has messages again. Does nothing for a pipe that is active or not attached.
    void activate(pipe& peer);

    /// The next part; false when no pipe has one.
    bool receive(zmtp::message& part) {
        if (active_ == 0 || aside_ != aside::nothing) [[unlikely]]
            return receive_aside(part);
        pipe* const from = pipes_[current_];
        if (!from->read(part)) [[unlikely]]
            return receive_from_others(part);
        took(from, part);
        return true;
    }
    /// Takes what is left of the message that `part` is of; `part` is its last then.
    void skip_rest(zmtp::message& part) {
        while (part.more() && receive(part)) {
        }
    }
    /// Would `receive` give a part?
    bool readable();

    /// Where the last part came from; null when that pipe is gone.
    [[nodiscard]] pipe* last() const noexcept { return last_; }
    /// True between the parts of a message.
    [[nodiscard]] bool inside() const noexcept { return inside_; }
    [[nodiscard]] bool empty() const noexcept { return pipes_.empty(); }

private:
    /// What `receive` gives before it asks a pipe: nothing, the empty end of a message that was cut short,
    /// or a part that came while `readable` looked.
    enum class aside : unsigned char { nothing, end, part };

    void took(pipe* from, const zmtp::message& part) noexcept {
        last_ = from;
        inside_ = part.more();
        if (!inside_ && ++current_ >= active_) current_ = 0;
    }
    bool receive_aside(zmtp::message& part);
    bool receive_from_others(zmtp::message& part);
    void deactivate_current();
    void swap(std::size_t a, std::size_t b);

    std::vector<pipe*> pipes_;  // the first `active_` may have messages
    std::size_t active_ = 0;
    std::size_t current_ = 0;
    pipe* last_ = nullptr;
    bool inside_ = false;
    aside aside_ = aside::nothing;
    zmtp::message held_;
};

}  // namespace zither::sockets::pattern
