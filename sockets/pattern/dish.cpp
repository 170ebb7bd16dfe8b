#include "dish.hpp"

namespace zither::sockets::pattern {

void dish::attached(pipe& peer, bool) {
    in_.attach(peer);
    peers_.attach(peer);
}

bool dish::connected(pipe& peer) {
    for (const auto& [group, name] : groups_) peer.subscribe(zmtp::as_bytes(group), true);
    return true;
}

void dish::detached(pipe& peer) {
    in_.detach(peer);
    peers_.detach(peer);
}

void dish::readable(pipe& peer) { in_.activate(peer); }

errc dish::join(std::string_view group, bool wanted) {
    // RFC 48, Group: no zero octet.
    if (group.size() > zmtp::group_size_max || group.find('\0') != group.npos) return errc::invalid_argument;
    const auto place = groups_.find(group);
    if (wanted == (place != groups_.end())) return errc::invalid_argument;
    if (wanted) {
        std::unique_ptr<const zmtp::group_name, release> name(zmtp::group_name::create(group));
        if (!name) return errc::no_memory;
        const std::string_view text = name->text();
        groups_.emplace(text, std::move(name));
    } else {
        groups_.erase(place);
    }
    for (pipe* peer : peers_.pipes()) peer->subscribe(zmtp::as_bytes(group), wanted);
    return errc::ok;
}

errc dish::receive(zmtp::message& whole) {
    return ahead_.take(whole, [this](auto& one) { return next(one); }) ? errc::ok : errc::again;
}

bool dish::can_receive() {
    return ahead_.look([this](auto& one) { return next(one); });
}

bool dish::next(zmtp::message& whole) {
    zmtp::message group;
    while (in_.receive(group)) {
        if (!group.more() || !in_.receive(whole)) continue;
        const auto place = groups_.find(group.text());
        const bool wanted = place != groups_.end() && !whole.more();
        in_.skip_rest(whole);
        if (!wanted) continue;
        whole.set_group(place->second.get());
        return true;
    }
    return false;
}

}  // namespace zither::sockets::pattern
