#pragma once

#include "fair_queue.hpp"
#include "fan_out.hpp"
#include "lookahead.hpp"
#include "pattern.hpp"

#include <map>
#include <memory>
#include <string_view>

namespace zither::sockets::pattern {

/// DISH (RFC 48): receives from all radios, in turn, what is of a group it joined. What is not of two parts,
/// group and body, is no radio's message and is dropped.
class dish final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    bool connected(pipe& peer) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message&) override { return errc::not_supported; }
    errc receive(zmtp::message& whole) override;
    /// Groups may be joined at any time: as in libzmq.
    bool can_send() override { return true; }
    bool can_receive() override;
    errc join(std::string_view group, bool wanted) override;

private:
    struct release {
        void operator()(const zmtp::group_name* name) const noexcept { name->release(); }
    };

    bool next(zmtp::message& whole);

    fair_queue in_;
    fan_out peers_;  // the radios to tell
    // By its own text; messages of a group share the name.
    std::map<std::string_view, std::unique_ptr<const zmtp::group_name, release>> groups_;
    lookahead ahead_;
};

}  // namespace zither::sockets::pattern
