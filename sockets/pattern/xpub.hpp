#pragma once

#include "fan_out.hpp"
#include "pattern.hpp"
#include "subscription_trie.hpp"

#include <cstddef>
#include <deque>

namespace zither::sockets::pattern {

/// XPUB (RFC 29): messages go to the peers that subscribed to what they begin with; subscriptions and the
/// peers' own messages come to the application. PUB is an XPUB that keeps those to itself.
class xpub : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    bool can_send() override { return true; }
    bool can_receive() override { return !pending_.empty(); }

    /// With XPUB_MANUAL: for the peer whose subscription was received last.
    errc subscribe(zmtp::bytes topic, bool wanted) override;
    std::optional<std::size_t> topics() const override { return subscriptions_.size(); }

    /// Octets of what the application has not received, the queue's own included: beyond them further
    /// messages of the peers, or further news of subscriptions, are dropped. It may never receive, and its
    /// subscribers could fill its memory. RCVHWM does not hold a peer back here: behind its messages come its
    /// subscriptions, and those count at once. Two limits, so that messages crowd out no news.
    static constexpr std::size_t unread_messages_max = 32u << 20;
    static constexpr std::size_t unread_news_max = 64u << 20;

protected:
    /// False for PUB, whose application receives nothing.
    virtual bool delivers() const { return true; }

private:
    struct pending {
        zmtp::message part;
        bool subscription = false;   // or unsubscription, not a peer's own message
        pipe* subscriber = nullptr;  // whose; null when it is gone
        std::size_t octets = 0;      // it was counted as
    };

    void take_subscription(const zmtp::message& part, pipe& peer);
    subscription_trie::addition add(zmtp::bytes topic, pipe& peer);
    subscription_trie::removal remove(zmtp::bytes topic, pipe& peer);
    void notify(zmtp::bytes topic, bool wanted, pipe* peer, const zmtp::properties* properties);
    void keep(zmtp::message&& part);
    void add_pending(pending&& one);
    bool has_room_for_messages() const { return delivers() && unread_messages_ < unread_messages_max; }
    bool has_room_for_news() const { return delivers() && unread_news_ < unread_news_max; }
    /// What the limit of its kind is counted in.
    std::size_t& unread_like(const pending& one) {
        return one.subscription ? unread_news_ : unread_messages_;
    }
    void choose(zmtp::bytes first_part);

    fan_out out_;
    subscription_trie subscriptions_;
    subscription_trie asked_;  // with XPUB_MANUAL: what peers asked for, whatever they were given
    std::deque<pending> pending_;
    std::size_t unread_messages_ = 0;  // octets in pending_
    std::size_t unread_news_ = 0;
    pipe* last_subscriber_ = nullptr;
    pipe* only_ = nullptr;  // with XPUB_MANUAL_LAST_VALUE: who alone gets the next message
};

}  // namespace zither::sockets::pattern
