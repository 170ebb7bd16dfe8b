#pragma once

#include "pipe.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zither::sockets::pattern {

/// Writes each message to a set of pipes that is chosen, by matching, before its first part. A pipe without
/// room then misses the whole message. Owned by a pattern; knows pipes by their `notes.write_index`.
class fan_out {
public:
    void attach(pipe& peer);
    /// Forgets the pipe; the rest of a message goes to the others.
    void detach(pipe& peer);

    /// Chooses the pipes of the next message. Only between messages.
    void unmatch() noexcept { matching_ = 0; }
    void match(pipe& peer);
    void match_all() noexcept { matching_ = pipes_.size(); }
    /// Chooses exactly the pipes that were not chosen.
    void invert();
    /// Unchooses all but one, which stays as it was.
    void keep_only(pipe& peer);
    /// Has every chosen pipe room for a message?
    [[nodiscard]] bool all_writable() const;

    /// Writes one part to the chosen pipes and empties it; after the last part none is chosen.
    void send(zmtp::message& part);

    /// True between the parts of a message.
    [[nodiscard]] bool inside() const noexcept { return inside_; }
    [[nodiscard]] const std::vector<pipe*>& pipes() const noexcept { return pipes_; }

private:
    /// False when the pipe has no room for the message that begins.
    static bool copy_to(pipe& to, zmtp::message& part, bool first);
    void swap(std::size_t a, std::size_t b);

    std::vector<pipe*> pipes_;  // the first `matching_` are chosen
    std::size_t matching_ = 0;
    std::uint64_t turns_ = 0;  // pipes there ever were
    bool inside_ = false;
    zmtp::frame_log log_;  // of what goes to several
};

}  // namespace zither::sockets::pattern
