#include "req.hpp"

#include "probe.hpp"
#include "zither/zmtp/random_number.hpp"

#include <cstring>

namespace zither::sockets::pattern {

req::req(const settings& options) : pattern(options), request_id_(zmtp::random_number()) {}

void req::attached(pipe& peer, bool) {
    send_probe(options_, peer);
    in_.attach(peer);
    out_.attach(peer);
}

void req::detached(pipe& peer) {
    in_.detach(peer);
    out_.detach(peer);
    if (replier_ == &peer) replier_ = nullptr;
}

void req::readable(pipe& peer) { in_.activate(peer); }

void req::writable(pipe& peer) { out_.activate(peer); }

errc req::send(zmtp::message& part) {
    if (!turn_.sending()) {
        if (!options_.req_relaxed) return errc::wrong_state;
        if (!out_.writable()) return errc::again;
        turn_.restart(lockstep::turn::sending);
    }
    if (!turn_.inside() && !begin_request()) return errc::again;
    const bool more = part.more();
    out_.send(part);
    turn_.pass(more);
    return errc::ok;
}

bool req::begin_request() {
    if (!out_.writable()) return false;
    correlated_ = options_.req_correlate;
    if (correlated_) {
        ++request_id_;
        zmtp::message id(zmtp::bytes(reinterpret_cast<const std::byte*>(&request_id_), sizeof request_id_));
        id.set_more(true);
        out_.send(id);
    }
    zmtp::message delimiter;
    delimiter.set_more(true);
    out_.send(delimiter);
    replier_ = out_.last();
    drop_all_received();
    return true;
}

// A reply that came too late must not answer a later request to the same peer.
void req::drop_all_received() {
    reply_found_ = false;
    zmtp::message late;
    while (in_.receive(late)) {
    }
}

errc req::receive(zmtp::message& part) {
    if (!turn_.receiving()) return errc::wrong_state;
    if (!find_reply()) return errc::again;
    in_.receive(part);
    turn_.pass(part.more());
    reply_found_ = part.more();
    return errc::ok;
}

/// Skips what does not answer the request, up to the body of what does.
bool req::find_reply() {
    zmtp::message part;
    while (!reply_found_ && in_.receive(part)) {
        reply_found_ = in_.last() == replier_ && replier_ && read_envelope(part);
        if (!reply_found_) in_.skip_rest(part);
    }
    return reply_found_;
}

/// Is this the envelope of our reply? `part` is its first part and becomes the last that was read.
bool req::read_envelope(zmtp::message& part) {
    if (correlated_) {
        if (!part.more() || !is_request_id(part)) return false;
        in_.receive(part);
    }
    return part.more() && part.empty();
}

bool req::is_request_id(const zmtp::message& part) const {
    return part.size() == sizeof request_id_ &&
           std::memcmp(part.data(), &request_id_, sizeof request_id_) == 0;
}

bool req::can_send() { return (turn_.sending() || options_.req_relaxed) && out_.writable(); }

bool req::can_receive() { return turn_.receiving() && find_reply(); }

}  // namespace zither::sockets::pattern
