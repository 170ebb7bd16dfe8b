// What an application says of single peers, and of groups.
#include "zither/sockets/socket_object.hpp"

#include <algorithm>

namespace zither::sockets {

errc socket_object::connect_peer(std::string_view where, std::uint32_t& number) {
    return type_ == socket_type::peer ? connect_numbered(where, &number) : errc::not_supported;
}

errc socket_object::disconnect_peer(std::uint32_t number) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    pattern::pipe* found = nullptr;
    if (const auto error = pattern_->forget_number(number, found); error != errc::ok) return error;
    found->close();
    const auto by = std::ranges::find_if(attachments_, [&](const auto& one) { return one.pipe == found; });
    if (by != attachments_.end()) {
        auto ending = std::move(*by);
        attachments_.erase(by);
        leave(held, std::move(ending));
    }
    finish(held);
    return errc::ok;
}

std::size_t socket_object::unread_by_peers() {
    lock held(engine_.mutex());
    std::size_t count = 0;
    for (const auto& one : peers_) count += one->queued().out;
    return count;
}

errc socket_object::join(std::string_view group, bool wanted) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    engine_.tended();
    const auto result = pattern_->join(group, wanted);
    finish(held);
    return result;
}

errc socket_object::peer_state(zmtp::bytes routing_id, int& state) {
    lock held(engine_.mutex());
    if (const auto error = check(); error != errc::ok) return error;
    bool room = false;
    const auto result = pattern_->peer_room(routing_id, room);
    state = room ? 2 : 0;
    return result;
}

}  // namespace zither::sockets
