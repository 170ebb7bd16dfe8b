#include "zither/transport/stream_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace zither::transport {

namespace {
void set(int descriptor, int level, int name, int value) noexcept {
    // A refused option leaves the system's choice, as libzmq does; the connection works without it.
    (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

// The system gives a unix socket 208 KiB for good, where a TCP one grows to 4 MiB by itself; of what is asked
// for it takes the double (docs/decisions/0009-ipc-buffer.md).
constexpr int ipc_send_buffer = 2 << 20;

}  // namespace

void apply_to_any(const stream_options& options, int descriptor, int family) noexcept {
    const int send_buffer =
        options.send_buffer < 0 && family == AF_UNIX ? ipc_send_buffer : options.send_buffer;
    if (send_buffer >= 0) set(descriptor, SOL_SOCKET, SO_SNDBUF, send_buffer);
    if (options.receive_buffer >= 0) set(descriptor, SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
    if (options.priority != 0) set(descriptor, SOL_SOCKET, SO_PRIORITY, options.priority);
    if (options.busy_poll != 0) set(descriptor, SOL_SOCKET, SO_BUSY_POLL, options.busy_poll);
    if (options.type_of_service == 0 || (family != AF_INET && family != AF_INET6)) return;
    set(descriptor, IPPROTO_IP, IP_TOS, options.type_of_service);
    if (family == AF_INET6) set(descriptor, IPPROTO_IPV6, IPV6_TCLASS, options.type_of_service);
}

bool bind_to_device(const stream_options& options, int descriptor) noexcept {
    const auto& name = options.device;
    return name.empty() || ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                                        static_cast<socklen_t>(name.size())) == 0;
}

void apply(const stream_options& options, int descriptor, int family) noexcept {
    apply_to_any(options, descriptor, family);
    (void)bind_to_device(options, descriptor);
    if (family != AF_INET && family != AF_INET6) return;
    set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options.unsent_max >= 0 && options.send_buffer < 0)
        set(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, options.unsent_max);
    if (options.max_retransmit_ms > 0)
        set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, options.max_retransmit_ms);
    if (options.keepalive < 0) return;
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, options.keepalive);
    if (options.keepalive_count > 0) set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, options.keepalive_count);
    if (options.keepalive_idle > 0) set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, options.keepalive_idle);
    if (options.keepalive_interval > 0)
        set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, options.keepalive_interval);
}

}  // namespace zither::transport
