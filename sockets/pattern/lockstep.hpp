#pragma once

namespace zither::sockets::pattern {

/// Whose turn it is in a socket that sends and receives one whole message each. Owned by a pattern.
///
///     sending --last part sent--> receiving --last part received--> sending
class lockstep {
public:
    enum class turn : unsigned char { sending, receiving };

    explicit lockstep(turn first) noexcept : turn_(first) {}

    [[nodiscard]] bool sending() const noexcept { return turn_ == turn::sending; }
    [[nodiscard]] bool receiving() const noexcept { return turn_ == turn::receiving; }
    /// True when a part of this turn's message went by and its last one has not.
    [[nodiscard]] bool inside() const noexcept { return inside_; }

    /// A part went by in this turn; its last part gives the turn away.
    void pass(bool more) noexcept;
    /// Begins this turn over with a new message, whichever turn it was: REQ_RELAXED.
    void restart(turn with) noexcept;

private:
    turn turn_;
    bool inside_ = false;
};

}  // namespace zither::sockets::pattern
