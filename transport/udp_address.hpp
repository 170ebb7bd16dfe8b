#pragma once

#include "zither/transport/endpoint.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace zither::transport {

/// What is behind "udp://": "host:port", or for multicast also "interface;group:port".
struct udp_address {
    address at;              ///< where datagrams go, or what to bind; of a group, the group
    bool multicast = false;  ///< `at` is a group
    // Through which interface, by number or (IPv4) by its address; without either the system chooses.
    unsigned interface_number = 0;
    address interface_address;
};

/// Reads the address of a bind (an interface's name, digits or "*") or of a connect, where a name is looked
/// up and the call may wait for the network. Errors are libzmq's: `no_such_device` for an unknown interface,
/// `invalid_argument` for the rest.
[[nodiscard]] errc resolve_udp(std::string_view text, bool binding, bool ipv6, udp_address& out);

/// A peer as DGRAM's messages name it: "127.0.0.1:5555", whatever the family of the descriptor.
[[nodiscard]] std::string udp_peer_text(const address& of);
/// The address behind such a text, for a descriptor of that family; nothing when there is none. Asks nobody.
[[nodiscard]] std::optional<address> parse_udp_peer(std::string_view text, int family);

}  // namespace zither::transport
