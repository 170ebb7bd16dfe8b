#pragma once

#include "xsub.hpp"

namespace zither::sockets::pattern {

/// SUB (RFC 29): an XSUB that only receives, and only what it subscribed to.
class sub final : public xsub {
public:
    using xsub::xsub;

    errc send(zmtp::message& part) override;
    bool can_send() override { return false; }
    /// To unsubscribe from an unknown topic does nothing.
    errc subscribe(zmtp::bytes topic, bool wanted) override;

private:
    bool filters() const override { return true; }
};

}  // namespace zither::sockets::pattern
