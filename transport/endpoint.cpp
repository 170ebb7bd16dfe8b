#include "zither/transport/endpoint.hpp"

#include "zither/transport/tipc.hpp"
#include "zither/transport/vsock.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace zither::transport {

namespace {

void set_v4(address& out, in_addr host, std::uint16_t port) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
    v4.sin_family = AF_INET;
    v4.sin_addr = host;
    v4.sin_port = htons(port);
    out.size = sizeof v4;
}

void set_v6(address& out, in6_addr host, std::uint16_t port, std::uint32_t scope = 0) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = host;
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = scope;
    out.size = sizeof v6;
}

bool interface(const std::string& name, std::uint16_t port, bool ipv6, address& out) {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return false;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
    for (const auto* one = list; one; one = one->ifa_next) {
        if (!one->ifa_addr || name != one->ifa_name) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            set_v4(out, reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, port);
            return true;
        }
        if (ipv6 && one->ifa_addr->sa_family == AF_INET6) {
            const auto* v6 = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
            set_v6(out, v6->sin6_addr, port, v6->sin6_scope_id);
            return true;
        }
    }
    return false;
}

}  // namespace

bool numeric_address(const std::string& host, std::uint16_t port, bool ipv6, address& out) {
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
        set_v4(out, v4, port);
        return true;
    }
    const auto percent = host.find('%');
    in6_addr v6{};
    if (!ipv6 || ::inet_pton(AF_INET6, host.substr(0, percent).c_str(), &v6) != 1) return false;
    set_v6(out, v6, port, percent == host.npos ? 0 : ::if_nametoindex(host.c_str() + percent + 1));
    return true;
}

errc parse_endpoint(std::string_view text, endpoint& out) {
    const auto colon = text.find("://");
    if (colon == text.npos || colon == 0 || colon + 3 >= text.size()) return errc::invalid_argument;
    const auto scheme = text.substr(0, colon);
    if (scheme == "tcp")
        out.protocol = endpoint::kind::tcp;
    else if (scheme == "ipc")
        out.protocol = endpoint::kind::ipc;
    else if (scheme == "inproc")
        out.protocol = endpoint::kind::inproc;
    else if (scheme == "udp")
        out.protocol = endpoint::kind::udp;
    else if (scheme == "tipc")
        out.protocol = endpoint::kind::tipc;
    else if (scheme == "vsock")
        out.protocol = endpoint::kind::vsock;
    else
        return errc::protocol_not_supported;
    out.address = text.substr(colon + 3);
    return errc::ok;
}

errc parse_host_port(std::string_view text, host_port& out) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return errc::invalid_argument;
    auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty()) return errc::invalid_argument;
    out.host = host;
    out.wildcard_port = port == "*";
    if (out.wildcard_port) {
        out.port = 0;
        return errc::ok;
    }
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc() || end != port.data() + port.size() || port.empty())
        return errc::invalid_argument;
    if (out.port == 0) out.wildcard_port = true;
    return errc::ok;
}

errc local_address(std::string_view host, std::uint16_t port, bool ipv6, address& out) {
    if (host == "*") {
        if (ipv6)
            set_v6(out, in6addr_any, port);
        else
            set_v4(out, in_addr{htonl(INADDR_ANY)}, port);
        return errc::ok;
    }
    const std::string name(host);
    if (numeric_address(name, port, ipv6, out) || interface(name, port, ipv6, out)) return errc::ok;
    return errc::no_such_device;
}

errc ipc_address(std::string_view path, address& out) {
    auto& local = reinterpret_cast<sockaddr_un&>(out.storage);
    local.sun_family = AF_UNIX;
    if (path.empty()) return errc::invalid_argument;
    if (path.size() >= sizeof local.sun_path) return errc::name_too_long;
    std::memcpy(local.sun_path, path.data(), path.size());
    out.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    if (path[0] == '@') {
        if (path.size() == 1) return errc::invalid_argument;
        local.sun_path[0] = '\0';
    } else {
        local.sun_path[path.size()] = '\0';
        ++out.size;
    }
    return errc::ok;
}

errc known_address(const endpoint& at, bool binding, address& out) {
    switch (at.protocol) {
        case endpoint::kind::ipc: return ipc_address(at.address, out);
        case endpoint::kind::tipc: return tipc_address(at.address, binding, out);
        case endpoint::kind::vsock: return vsock_address(at.address, binding, out);
        default: return errc::invalid_argument;
    }
}

std::string host_text(const address& of) {
    char text[INET6_ADDRSTRLEN] = {};
    if (of.storage.ss_family == AF_INET)
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(of.storage).sin_addr, text, sizeof text);
    else if (of.storage.ss_family == AF_INET6)
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(of.storage).sin6_addr, text,
                    sizeof text);
    return text;
}

std::string ip_text(const address& of) {
    if (of.storage.ss_family == AF_INET)
        return host_text(of) + ":" +
               std::to_string(ntohs(reinterpret_cast<const sockaddr_in&>(of.storage).sin_port));
    if (of.storage.ss_family == AF_INET6)
        return "[" + host_text(of) +
               "]:" + std::to_string(ntohs(reinterpret_cast<const sockaddr_in6&>(of.storage).sin6_port));
    return {};
}

std::string endpoint_text(const address& of) {
    if (const auto text = ip_text(of); !text.empty()) return "tcp://" + text;
    if (of.storage.ss_family == AF_TIPC) return tipc_text(of);
    if (of.storage.ss_family == AF_VSOCK) return vsock_text(of);
    const auto& local = reinterpret_cast<const sockaddr_un&>(of.storage);
    const auto head = offsetof(sockaddr_un, sun_path);
    if (of.size <= head) return "ipc://";
    std::string path(local.sun_path, of.size - head);
    if (path[0] == '\0')
        path[0] = '@';
    else
        path.erase(std::min(path.find('\0'), path.size()));
    return "ipc://" + path;
}

}  // namespace zither::transport
