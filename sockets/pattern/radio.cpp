#include "radio.hpp"

#include "topic_limit.hpp"

#include <iterator>

namespace zither::sockets::pattern {

void radio::attached(pipe& peer, bool) {
    out_.attach(peer);
    if (peer.wants_all()) all_groups_.push_back(&peer);
    readable(peer);
}

void radio::detached(pipe& peer) {
    out_.detach(peer);
    std::erase(all_groups_, &peer);
    for (auto group = groups_.begin(); group != groups_.end();) {
        group->second.erase(peer);
        group = group->second.empty() ? groups_.erase(group) : std::next(group);
    }
}

/// JOIN and LEAVE come as a subscriber's requests do: 1 or 0, then the name. All else a dish may say is
/// nothing to us.
void radio::readable(pipe& peer) {
    zmtp::message part;
    bool inside = false;
    while (peer.read(part)) {
        const bool first = !inside;
        inside = part.more();
        if (expelled(peer)) continue;
        if (!first || inside || part.empty()) continue;
        const auto asks = std::to_integer<unsigned>(*part.data());
        if (asks <= 1) obey(part.text().substr(1), asks == 1, peer);
    }
}

void radio::obey(std::string_view group, bool wanted, pipe& peer) {
    if (group.size() > zmtp::group_size_max) return;
    auto place = groups_.find(group);
    if (wanted) {
        if (place == groups_.end()) place = groups_.emplace(group, pipe_set()).first;
        if (place->second.insert(peer)) count_topic(peer, options_);
    } else if (place != groups_.end()) {
        if (place->second.erase(peer)) --peer.pattern_notes().topics;
        if (place->second.empty()) groups_.erase(place);
    }
}

errc radio::send(zmtp::message& whole) {
    if (whole.more()) return errc::invalid_argument;
    const std::string_view group = whole.group();
    out_.unmatch();
    if (const auto place = groups_.find(group); place != groups_.end())
        place->second.for_each([this](pipe& peer) { out_.match(peer); });
    for (pipe* peer : all_groups_) out_.match(*peer);
    if (options_.xpub_nodrop && !out_.all_writable()) return errc::again;
    zmtp::message name(group);
    name.set_more(true);
    out_.send(name);
    out_.send(whole);
    return errc::ok;
}

}  // namespace zither::sockets::pattern
