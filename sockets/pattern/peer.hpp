#pragma once

#include "server.hpp"

namespace zither::sockets::pattern {

/// PEER (RFC 51): a SERVER that also calls, and talks to its like.
class peer final : public server {
public:
    using server::server;
};

}  // namespace zither::sockets::pattern
