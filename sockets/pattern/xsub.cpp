#include "xsub.hpp"

#include <utility>

namespace zither::sockets::pattern {

void xsub::attached(pipe& peer, bool) {
    in_.attach(peer);
    out_.attach(peer);
}

bool xsub::connected(pipe& peer) {
    wanted_.for_each([&](zmtp::bytes topic) { peer.subscribe(topic, true); });
    return true;
}

void xsub::detached(pipe& peer) {
    in_.detach(peer);
    out_.detach(peer);
}

void xsub::readable(pipe& peer) { in_.activate(peer); }

errc xsub::send(zmtp::message& part) {
    const bool first = !std::exchange(sending_, part.more());
    if ((first || !options_.only_first_subscribe) && !part.empty() &&
        std::to_integer<unsigned>(*part.data()) <= 1) {
        const auto topic = part.body().subspan(1);
        const bool wanted = *part.data() == std::byte{1};
        if (!out_.inside()) {
            want(topic, wanted);
            part.clear();
            return errc::ok;
        }
        // Behind another part it goes as it is: the message must have its end, and a publisher reads it
        // there.
        (void)note(topic, wanted);
    }
    if (!out_.inside()) out_.match_all();
    out_.send(part);
    return errc::ok;
}

/// True when publishers shall hear of it.
bool xsub::note(zmtp::bytes topic, bool wanted) {
    if (wanted) {
        wanted_.add(topic);
        return true;
    }
    return wanted_.remove(topic) || options_.xsub_verbose_unsubscribe;
}

/// Publishers hear of every subscription, for XPUB_VERBOSE's sake, but only of the last unsubscription: one
/// that keeps a set, as libzmq does, would take an earlier one for the last.
void xsub::want(zmtp::bytes topic, bool wanted) {
    if (note(topic, wanted)) tell_all(topic, wanted);
}

void xsub::tell_all(zmtp::bytes topic, bool wanted) {
    for (pipe* peer : out_.pipes()) peer->subscribe(topic, wanted);
}

errc xsub::receive(zmtp::message& part) {
    return ahead_.take(part, [this](auto& one) { return next(one); }) ? errc::ok : errc::again;
}

/// The next part of a message that passes the filter; skips whole messages that do not.
bool xsub::next(zmtp::message& part) {
    if (in_.inside()) return in_.receive(part);
    while (in_.receive(part)) {
        if (passes(part)) return true;
        in_.skip_rest(part);
    }
    return false;
}

bool xsub::passes(const zmtp::message& first_part) const {
    return !filters() || wanted_.matches(first_part.body()) != options_.invert_matching;
}

bool xsub::can_receive() {
    return in_.inside() || ahead_.look([this](auto& one) { return next(one); });
}

}  // namespace zither::sockets::pattern
