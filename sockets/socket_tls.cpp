// TLS below a socket's connections: what an endpoint's are sealed with, and how their failures are told.
#include "zither/sockets/socket_object.hpp"

#include <cerrno>

namespace zither::sockets {

/// Null for an endpoint in the clear.
errc socket_object::make_tls(const transport::endpoint& where, transport::tls_role role,
                             std::shared_ptr<const transport::tls_context>& out) const {
    if (!where.tls) return errc::ok;
    // Whoever speaks no ZMTP has no handshake of ours, nor its time limit.
    if (type_ == socket_type::stream || (type_ == socket_type::router && options_.pattern.router_raw))
        return errc::incompatible_protocol;
    transport::host_port target;
    if (role == transport::tls_role::client) {
        const auto text = std::string_view(where.address);
        const auto error = transport::parse_host_port(text.substr(text.find(';') + 1), target);
        if (error != errc::ok) return error;
    }
    return transport::tls_context::create(*options_.tls, role, target.host, out);
}

/// False when memory is short: then there is no connection, rather than one in the clear.
bool socket_object::seal_with(const attachment& of, std::unique_ptr<transport::sealed_stream>& out) {
    if (!of.tls) return true;
    auto made = of.tls->make_seal();
    if (made) out = std::make_unique<transport::sealed_stream>(std::move(made));
    return out != nullptr;
}

/// What a monitor is told of a handshake that failed without an error of ZMTP's.
int socket_object::handshake_errno(const transport::connection& of) {
    switch (of.reason.who) {
        case zmtp::blame::silent: return ETIMEDOUT;
        case zmtp::blame::denied: return of.sealed ? EACCES : EFAULT;  // by nobody: there is no handler
        case zmtp::blame::misbehaved:
        case zmtp::blame::incompatible: return of.sealed ? EPROTO : EPIPE;
        default: return EPIPE;
    }
}

}  // namespace zither::sockets
