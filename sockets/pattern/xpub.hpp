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

    /// Beyond this many parts the application has not received, further ones are dropped: it may never
    /// receive, and its subscribers could fill its memory.
    static constexpr std::size_t pending_max = 1u << 20;

protected:
    /// False for PUB, whose application receives nothing.
    virtual bool delivers() const { return true; }

private:
    struct pending {
        zmtp::message part;
        bool subscription = false;   // or unsubscription, not a peer's own message
        pipe* subscriber = nullptr;  // whose; null when it is gone
    };

    void take_subscription(const zmtp::message& part, pipe& peer);
    subscription_trie::addition add(zmtp::bytes topic, pipe& peer);
    subscription_trie::removal remove(zmtp::bytes topic, pipe& peer);
    void notify(zmtp::bytes topic, bool wanted, pipe* peer, const zmtp::properties* properties);
    bool has_room() const { return delivers() && pending_.size() < pending_max; }
    void choose(zmtp::bytes first_part);

    fan_out out_;
    subscription_trie subscriptions_;
    subscription_trie asked_;  // with XPUB_MANUAL: what peers asked for, whatever they were given
    std::deque<pending> pending_;
    pipe* last_subscriber_ = nullptr;
    pipe* only_ = nullptr;  // with XPUB_MANUAL_LAST_VALUE: who alone gets the next message
};

}  // namespace zither::sockets::pattern
