#pragma once

#include "pipe.hpp"
#include "settings.hpp"

#include <cstddef>

namespace zither::sockets::pattern {

/// PEER_TOPICS_MAX: a publisher counts what each peer wants, topics or groups, in `notes.topics`, and ends
/// the connection of whom asks for more.

/// Its connection is about to end; nothing it says counts any more.
inline bool expelled(pipe& peer) { return peer.pattern_notes().flag; }

/// The peer wants one more.
inline void count_topic(pipe& peer, const settings& options) {
    auto& notes = peer.pattern_notes();
    const auto most = options.peer_topics_max;
    if (++notes.topics <= static_cast<std::size_t>(most) || most <= 0) return;
    notes.flag = true;
    peer.expel("it wants more topics than PEER_TOPICS_MAX");
}

}  // namespace zither::sockets::pattern
