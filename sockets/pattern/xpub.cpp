#include "xpub.hpp"

#include "topic_limit.hpp"

#include <cstring>
#include <utility>

namespace zither::sockets::pattern {

namespace {

bool is_subscription(const zmtp::message& part) {
    return !part.empty() && std::to_integer<unsigned>(*part.data()) <= 1;
}

std::size_t octets_of(const zmtp::properties& known) {
    std::size_t all = 0;
    for (const auto& [name, value] : known.entries()) all += name.size() + value.size();
    return all;
}

}  // namespace

void xpub::attached(pipe& peer, bool) {
    out_.attach(peer);
    if (!options_.xpub_welcome_message.empty() && peer.writable())
        peer.write(zmtp::message(std::string_view(options_.xpub_welcome_message)));
    readable(peer);
}

void xpub::readable(pipe& peer) {
    zmtp::message part;
    bool inside = false;
    bool kept = false;
    while (peer.read(part)) {
        if (expelled(peer)) continue;
        const bool first = !std::exchange(inside, part.more());
        if (first) kept = has_room_for_messages();
        if ((first || !options_.only_first_subscribe) && is_subscription(part)) {
            take_subscription(part, peer);
            continue;
        }
        if (kept) keep(std::move(part));
    }
}

/// A part of a peer's own message. It may be all that is left of a much larger chunk, which nobody counts.
void xpub::keep(zmtp::message&& part) {
    const auto* owner = part.owner();
    if (owner && owner->capacity() > part.size()) {
        zmtp::message own(part.body());
        own.set_more(part.more());
        own.adopt_peer(part.release_peer());
        part = std::move(own);
    }
    add_pending({.part = std::move(part)});
}

void xpub::add_pending(pending&& one) {
    one.octets = sizeof one + one.part.size();
    // A connection's properties may be long and outlive it; what came one behind the other shares them.
    const auto* properties = one.part.peer();
    if (properties && (pending_.empty() || pending_.back().part.peer() != properties))
        one.octets += octets_of(*properties);
    unread_like(one) += one.octets;
    pending_.push_back(std::move(one));
}

void xpub::take_subscription(const zmtp::message& part, pipe& peer) {
    const bool wanted = *part.data() == std::byte{1};
    const auto topic = part.body().subspan(1);
    bool news = true;
    if (wanted) {
        const bool verbose = options_.xpub_verbose || options_.xpub_verboser || options_.xpub_manual;
        news = add(topic, peer) == subscription_trie::addition::first || verbose;
        if (expelled(peer)) return;
    } else {
        // An unsubscription from an unknown topic is told too: as in libzmq.
        news = remove(topic, peer) != subscription_trie::removal::others_remain || options_.xpub_verboser ||
               options_.xpub_manual;
    }
    if (news) notify(topic, wanted, &peer, part.peer());
}

/// What the peer itself asks for, and no more of it than it may.
subscription_trie::addition xpub::add(zmtp::bytes topic, pipe& peer) {
    const auto result = (options_.xpub_manual ? asked_ : subscriptions_).add(topic, peer);
    if (result != subscription_trie::addition::again) count_topic(peer, options_);
    return result;
}

subscription_trie::removal xpub::remove(zmtp::bytes topic, pipe& peer) {
    const auto result = (options_.xpub_manual ? asked_ : subscriptions_).remove(topic, peer);
    auto& topics = peer.pattern_notes().topics;
    // XPUB_MANUAL may have changed since it was counted.
    if (result != subscription_trie::removal::unknown && topics > 0) --topics;
    return result;
}

void xpub::notify(zmtp::bytes topic, bool wanted, pipe* peer, const zmtp::properties* properties) {
    if (!has_room_for_news()) return;
    zmtp::message note(topic.size() + 1);
    *note.data() = std::byte{wanted};
    if (!topic.empty()) std::memcpy(note.data() + 1, topic.data(), topic.size());
    note.set_peer(properties);
    add_pending({.part = std::move(note), .subscription = true, .subscriber = peer});
}

void xpub::detached(pipe& peer) {
    for (auto& waiting : pending_)
        if (waiting.subscriber == &peer) waiting.subscriber = nullptr;
    if (last_subscriber_ == &peer) last_subscriber_ = nullptr;
    if (only_ == &peer) only_ = nullptr;
    out_.detach(peer);

    const bool manual = options_.xpub_manual;
    asked_.remove(peer, [&](zmtp::bytes topic, bool) {
        if (manual) notify(topic, false, nullptr, nullptr);
    });
    subscriptions_.remove(peer, [&](zmtp::bytes topic, bool last) {
        if (!manual && (last || options_.xpub_verboser)) notify(topic, false, nullptr, nullptr);
    });
}

errc xpub::send(zmtp::message& part) {
    if (!out_.inside()) {
        choose(part.body());
        // The last value is for who just came; everybody else has it.
        if (auto* const only = std::exchange(only_, nullptr)) out_.keep_only(*only);
        if (options_.xpub_nodrop && !out_.all_writable()) return errc::again;
    }
    out_.send(part);
    return errc::ok;
}

void xpub::choose(zmtp::bytes first_part) {
    out_.unmatch();
    subscriptions_.match(first_part, [this](pipe& peer) { out_.match(peer); });
    if (options_.invert_matching) out_.invert();
}

errc xpub::receive(zmtp::message& part) {
    if (pending_.empty()) return errc::again;
    auto& next = pending_.front();
    unread_like(next) -= next.octets;
    part = std::move(next.part);
    if (next.subscription) last_subscriber_ = next.subscriber;
    pending_.pop_front();
    return errc::ok;
}

errc xpub::subscribe(zmtp::bytes topic, bool wanted) {
    if (!options_.xpub_manual) return errc::invalid_argument;
    if (!last_subscriber_) return errc::ok;
    only_ = options_.xpub_manual_last_value ? last_subscriber_ : nullptr;
    if (wanted)
        subscriptions_.add(topic, *last_subscriber_);
    else
        subscriptions_.remove(topic, *last_subscriber_);
    return errc::ok;
}

}  // namespace zither::sockets::pattern
