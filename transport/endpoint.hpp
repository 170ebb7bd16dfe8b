#pragma once

#include "zither/zmtp/error.hpp"

#include <string>
#include <string_view>

#include <sys/socket.h>

namespace zither::transport {

/// A transport address as the user writes it: "tcp://eth0:5555", "ipc:///tmp/a", "inproc://name",
/// "udp://eth0;239.0.0.1:5555", "tipc://{5555,0,0}", "vsock://3:5555".
struct endpoint {
    enum class kind { tcp, ipc, inproc, udp, tipc, vsock } protocol = kind::tcp;
    std::string address;  ///< everything behind "://"
};

/// Splits and names the transport. `protocol_not_supported` for an unknown one, `invalid_argument` without
/// "://".
[[nodiscard]] errc parse_endpoint(std::string_view text, endpoint& out);

/// "host:port" in two; the port is 0..65535, "*" gives 0. Brackets around an IPv6 host are taken off.
struct host_port {
    std::string host;
    std::uint16_t port = 0;
    bool wildcard_port = false;
};
[[nodiscard]] errc parse_host_port(std::string_view text, host_port& out);

/// A socket address of any family.
struct address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

/// Where to bind: "*", a numeric address, or an interface's name. Does not ask the network.
[[nodiscard]] errc local_address(std::string_view host, std::uint16_t port, bool ipv6, address& out);
/// An address in digits; false for anything else. Asks nobody.
[[nodiscard]] bool numeric_address(const std::string& host, std::uint16_t port, bool ipv6, address& out);
/// An ipc address: a path, or "@name" in the abstract namespace.
[[nodiscard]] errc ipc_address(std::string_view path, address& out);
/// The address of an endpoint that nobody has to look up: of ipc, tipc or vsock.
[[nodiscard]] errc known_address(const endpoint& at, bool binding, address& out);

/// "127.0.0.1:5555", "[::1]:5555"; empty for other families.
[[nodiscard]] std::string ip_text(const address& of);
/// "tcp://127.0.0.1:5555", "tcp://[::1]:5555", "ipc:///tmp/a", and as tipc and vsock have it.
[[nodiscard]] std::string endpoint_text(const address& of);
/// The host alone: "127.0.0.1".
[[nodiscard]] std::string host_text(const address& of);

}  // namespace zither::transport
