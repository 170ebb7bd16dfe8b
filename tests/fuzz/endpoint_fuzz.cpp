// Endpoints as a user may write them. Nothing is bound, and no name is looked up.
#include "fuzz.hpp"

#include "zither/transport/connector.hpp"
#include "zither/transport/endpoint.hpp"
#include "zither/transport/udp_address.hpp"

using namespace zither;
using namespace zither::fuzz;
using transport::endpoint;

namespace {

void look_at(const endpoint& at) {
    transport::address where;
    if (at.protocol == endpoint::kind::ipc) {
        if (transport::ipc_address(at.address, where) != errc::ok) return;
        must(where.size <= sizeof where.storage && where.storage.ss_family == AF_UNIX, "a path fits");
        // A path that holds a zero octet reads back shorter.
        if (at.address.find('\0') == std::string::npos)
            must(transport::endpoint_text(where) == "ipc://" + at.address, "a path reads back");
        return;
    }
    transport::host_port parts;
    if (transport::parse_host_port(at.address, parts) != errc::ok) return;
    must(at.address.find(':') != std::string::npos, "a port is behind a colon");
    // An interface's name is the machine's own, so only addresses are asked for here.
    if (parts.host.find_first_not_of("0123456789.:abcdef%") != std::string::npos) return;
    for (const bool ipv6 : {false, true}) {
        if (transport::local_address(parts.host, parts.port, ipv6, where) != errc::ok) continue;
        const auto text = transport::endpoint_text(where);
        endpoint again;
        must(transport::parse_endpoint(text, again) == errc::ok, "what we print we can read");
        transport::host_port back;
        must(transport::parse_host_port(again.address, back) == errc::ok && back.port == parts.port,
             "with the same port");
    }
}

void look_at_peer(std::string_view text) {
    for (const int family : {AF_INET, AF_INET6}) {
        const auto found = transport::parse_udp_peer(text, family);
        if (!found) continue;
        must(found->storage.ss_family == family, "a peer is of the descriptor's family");
        const auto again = transport::parse_udp_peer(transport::udp_peer_text(*found), family);
        must(again && again->size == found->size, "a peer's text reads back");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = as_text(input(data, size).all());
    look_at_peer(text);
    endpoint at;
    const auto result = transport::parse_endpoint(text, at);
    if (result != errc::ok) return 0;
    must(text.ends_with(at.address), "the address is what follows the transport");
    if (at.protocol == endpoint::kind::inproc) return 0;
    look_at(at);
    (void)transport::connector::check(at);
    return 0;
}
