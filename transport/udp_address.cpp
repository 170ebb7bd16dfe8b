#include "zither/transport/udp_address.hpp"

#include <cstring>
#include <memory>

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

namespace zither::transport {

namespace {

sockaddr_in& v4_of(address& of) { return reinterpret_cast<sockaddr_in&>(of.storage); }
sockaddr_in6& v6_of(address& of) { return reinterpret_cast<sockaddr_in6&>(of.storage); }
const sockaddr_in& v4_of(const address& of) { return reinterpret_cast<const sockaddr_in&>(of.storage); }
const sockaddr_in6& v6_of(const address& of) { return reinterpret_cast<const sockaddr_in6&>(of.storage); }

bool is_multicast(const address& of) {
    if (of.storage.ss_family == AF_INET) return IN_MULTICAST(ntohl(v4_of(of).sin_addr.s_addr));
    return of.storage.ss_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&v6_of(of).sin6_addr);
}

/// Asks the system's resolver, and waits for it.
errc look_up(const host_port& target, bool ipv6, address& out) {
    addrinfo wanted{};
    wanted.ai_family = ipv6 ? AF_INET6 : AF_INET;
    wanted.ai_socktype = SOCK_DGRAM;
    wanted.ai_flags = AI_V4MAPPED;
    addrinfo* found = nullptr;
    if (::getaddrinfo(target.host.c_str(), nullptr, &wanted, &found) != 0) return errc::invalid_argument;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    std::memcpy(&out.storage, found->ai_addr, found->ai_addrlen);
    out.size = found->ai_addrlen;
    if (out.storage.ss_family == AF_INET)
        v4_of(out).sin_port = htons(target.port);
    else
        v6_of(out).sin6_port = htons(target.port);
    return errc::ok;
}

/// The part before ";": "*", an interface's name, or its IPv4 address.
errc resolve_interface(std::string_view text, udp_address& out) {
    if (text == "*") return errc::ok;
    const std::string name(text);
    out.interface_number = ::if_nametoindex(name.c_str());
    if (out.interface_number != 0) return errc::ok;
    if (!numeric_address(name, 0, false, out.interface_address)) return errc::no_such_device;
    // The system finds an interface by its IPv4 address alone.
    if (out.at.storage.ss_family != AF_INET) return errc::no_such_device;
    return is_multicast(out.interface_address) ? errc::invalid_argument : errc::ok;
}

}  // namespace

errc resolve_udp(std::string_view text, bool binding, bool ipv6, udp_address& out) {
    const auto semicolon = text.rfind(';');
    const auto target = semicolon == text.npos ? text : text.substr(semicolon + 1);
    host_port parts;
    // libzmq says of a bind without a host that there is no such interface.
    if (binding && target.starts_with(':')) return errc::no_such_device;
    if (parse_host_port(target, parts) != errc::ok || (parts.wildcard_port && !binding))
        return errc::invalid_argument;
    const auto error = binding ? local_address(parts.host, parts.port, ipv6, out.at)
                       : numeric_address(parts.host, parts.port, ipv6, out.at) ? errc::ok
                                                                               : look_up(parts, ipv6, out.at);
    if (error != errc::ok) return error;
    out.multicast = is_multicast(out.at);
    if (out.multicast && out.at.storage.ss_family == AF_INET6)
        out.interface_number = v6_of(out.at).sin6_scope_id;
    if (semicolon == text.npos) return errc::ok;
    if (!out.multicast) return errc::invalid_argument;
    return resolve_interface(text.substr(0, semicolon), out);
}

std::string udp_peer_text(const address& of) {
    if (of.storage.ss_family != AF_INET6) return ip_text(of);
    const auto& v6 = v6_of(of);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        address plain;
        plain.size = sizeof(sockaddr_in);
        v4_of(plain).sin_family = AF_INET;
        v4_of(plain).sin_port = v6.sin6_port;
        std::memcpy(&v4_of(plain).sin_addr, v6.sin6_addr.s6_addr + 12, sizeof(in_addr));
        return ip_text(plain);
    }
    char zone[IF_NAMESIZE];
    if (v6.sin6_scope_id == 0 || !::if_indextoname(v6.sin6_scope_id, zone)) return ip_text(of);
    return "[" + host_text(of) + "%" + zone + "]:" + std::to_string(ntohs(v6.sin6_port));
}

std::optional<address> parse_udp_peer(std::string_view text, int family) {
    // What was received ends with a zero, as libzmq's does; what is written by hand does not.
    text = text.substr(0, text.find('\0'));
    host_port parts;
    address found;
    if (parse_host_port(text, parts) != errc::ok || parts.wildcard_port) return std::nullopt;
    if (!numeric_address(parts.host, parts.port, family == AF_INET6, found)) return std::nullopt;
    if (family != AF_INET6 || found.storage.ss_family == AF_INET6) return found;
    address mapped;
    mapped.size = sizeof(sockaddr_in6);
    v6_of(mapped).sin6_family = AF_INET6;
    v6_of(mapped).sin6_port = v4_of(found).sin_port;
    auto* const octets = v6_of(mapped).sin6_addr.s6_addr;
    octets[10] = octets[11] = 0xff;
    std::memcpy(octets + 12, &v4_of(found).sin_addr, sizeof(in_addr));
    return mapped;
}

}  // namespace zither::transport
