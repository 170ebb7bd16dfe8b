#include "rep.hpp"

#include "probe.hpp"

#include <utility>

namespace zither::sockets::pattern {

void rep::attached(pipe& peer, bool) {
    send_probe(options_, peer);
    in_.attach(peer);
}

void rep::detached(pipe& peer) {
    in_.detach(peer);
    if (requester_ == &peer) requester_ = nullptr;
}

void rep::readable(pipe& peer) { in_.activate(peer); }

errc rep::receive(zmtp::message& part) {
    if (!turn_.receiving()) return errc::wrong_state;
    if (!find_request()) return errc::again;
    in_.receive(part);
    turn_.pass(part.more());
    request_found_ = part.more();
    return errc::ok;
}

/// Skips messages without a delimiter, up to the body of one that has it.
bool rep::find_request() {
    zmtp::message part;
    while (!request_found_) {
        envelope_.clear();
        do {
            if (!in_.receive(part)) return false;
            request_found_ = part.more() && part.empty();
            const bool more = part.more();
            envelope_.push_back(std::move(part));
            if (!more) break;
        } while (!request_found_);
        requester_ = in_.last();
    }
    return true;
}

errc rep::send(zmtp::message& part) {
    if (!turn_.sending()) return errc::wrong_state;
    if (!turn_.inside()) begin_reply();
    turn_.pass(part.more());
    if (requester_) requester_->write(std::move(part));
    part = zmtp::message();
    return errc::ok;
}

void rep::begin_reply() {
    if (requester_ && !requester_->writable()) requester_ = nullptr;
    if (requester_)
        for (auto& label : envelope_) requester_->write(std::move(label));
    envelope_.clear();
}

bool rep::can_send() { return turn_.sending(); }

bool rep::can_receive() { return turn_.receiving() && find_request(); }

}  // namespace zither::sockets::pattern
