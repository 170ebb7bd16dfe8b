#pragma once

#include "xpub.hpp"

namespace zither::sockets::pattern {

/// PUB (RFC 29): an XPUB that receives nothing.
class pub final : public xpub {
public:
    using xpub::xpub;

    errc receive(zmtp::message& part) override;
    bool can_receive() override { return false; }
    errc subscribe(zmtp::bytes topic, bool wanted) override;

private:
    bool delivers() const override { return false; }
};

}  // namespace zither::sockets::pattern
