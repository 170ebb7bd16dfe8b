#pragma once

#include "zither/transport/endpoint.hpp"

#include <string>
#include <string_view>

namespace zither::transport {

/// What is behind "tipc://", as libzmq writes it: "{type,lower,upper}" and "<*>" to bind, "{type,instance}",
/// with or without a domain "@z.c.n", and "<z.c.n:ref>" to connect. `invalid_argument` for anything else.
[[nodiscard]] errc tipc_address(std::string_view text, bool binding, address& out);
/// True for "<*>": the system chooses the name, and getsockname tells it.
[[nodiscard]] bool tipc_chooses(std::string_view text) noexcept;
/// "tipc://<z.c.n:ref>" or "tipc://{type,lower,upper}".
[[nodiscard]] std::string tipc_text(const address& of);

}  // namespace zither::transport
