#pragma once

#include "fair_queue.hpp"
#include "fan_out.hpp"
#include "lookahead.hpp"
#include "pattern.hpp"
#include "subscription_trie.hpp"

namespace zither::sockets::pattern {

/// XSUB (RFC 29): receives from all publishers, in turn, and tells them what it wants by sending messages
/// that begin with 1 or 0; other messages go to all publishers as they are. SUB is an XSUB that filters.
class xsub : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    bool connected(pipe& peer) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message& part) override;
    errc receive(zmtp::message& part) override;
    std::optional<std::size_t> topics() const override { return wanted_.size(); }
    bool can_send() override { return true; }
    bool can_receive() override;

protected:
    void want(zmtp::bytes topic, bool wanted);

private:
    /// True for SUB: a publisher may send more than was asked for (RFC 29 lets it).
    virtual bool filters() const { return false; }
    bool passes(const zmtp::message& first_part) const;
    bool next(zmtp::message& part);
    bool note(zmtp::bytes topic, bool wanted);
    void tell_all(zmtp::bytes topic, bool wanted);

    fair_queue in_;
    fan_out out_;
    bool sending_ = false;  // the message being sent has further parts
    topic_counts wanted_;
    lookahead ahead_;
};

}  // namespace zither::sockets::pattern
