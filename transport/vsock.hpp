#pragma once

#include "zither/transport/endpoint.hpp"

#include <string>
#include <string_view>

namespace zither::transport {

/// What is behind "vsock://": "cid:port". To bind, either may be "*"; "@" is the host's cid.
[[nodiscard]] errc vsock_address(std::string_view text, bool binding, address& out);
/// "vsock://3:5555", "vsock://*:5555".
[[nodiscard]] std::string vsock_text(const address& of);

}  // namespace zither::transport
