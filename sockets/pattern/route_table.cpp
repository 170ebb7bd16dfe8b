#include "route_table.hpp"

#include "zither/zmtp/frame.hpp"
#include "zither/zmtp/random_number.hpp"

#include <array>

namespace zither::sockets::pattern {

route_table::route_table() : route_table(zmtp::random_number()) {}

bool route_table::add(std::string_view id, pipe& peer) {
    std::string own(id);  // before the table knows the peer: memory may run out
    if (!pipes_.try_emplace(own, &peer).second) return false;
    peer.pattern_notes().routing_id = std::move(own);
    return true;
}

void route_table::add_generated(pipe& peer) {
    std::array<std::byte, 5> id{};
    do zmtp::store_u32(id.data() + 1, next_++);
    // A peer may have taken such an id for itself.
    while (!add(zmtp::as_text(id), peer));
}

void route_table::remove(pipe& peer) {
    auto& id = peer.pattern_notes().routing_id;
    const auto found = pipes_.find(id);
    if (found == pipes_.end()) return;
    pipes_.erase(found);
    id.clear();
}

void route_table::rename(pipe& peer) {
    remove(peer);
    add_generated(peer);
}

pipe* route_table::find(zmtp::bytes id) const {
    const auto found = pipes_.find(zmtp::as_text(id));
    return found == pipes_.end() ? nullptr : found->second;
}

bool route_table::any_writable() const {
    for (const auto& [id, peer] : pipes_)
        if (peer->writable()) return true;
    return false;
}

}  // namespace zither::sockets::pattern
