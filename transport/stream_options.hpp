#pragma once

#include "zither/transport/accept_filter.hpp"

#include <chrono>
#include <string>

namespace zither::transport {

/// What a socket asks of its descriptors; -1 leaves the system's choice.
struct stream_options {
    int send_buffer = -1;     ///< octets
    int receive_buffer = -1;  ///< octets
    int unsent_max = -1;      ///< octets the system takes before the peer has room; not with send_buffer
    int keepalive = -1;       ///< 0 off, 1 on
    int keepalive_count = -1;
    int keepalive_idle = -1;      ///< seconds
    int keepalive_interval = -1;  ///< seconds
    int type_of_service = 0;
    int priority = 0;
    int backlog = 100;
    int max_retransmit_ms = 0;
    int busy_poll = 0;
    bool ipv6 = false;
    std::string device;          ///< SO_BINDTODEVICE
    int use_descriptor = -1;     ///< a listener's, bound already; -1: make one
    accept_filter filter;        ///< whom a listener admits
    std::string socks_proxy;     ///< "host:port" of a SOCKS5 proxy; empty: none
    std::string socks_username;  ///< empty: no authentication
    std::string socks_password;
    std::chrono::milliseconds connect_timeout{0};  ///< 0: the system's
};

/// Applies the options of a connected or connecting stream; what the family does not know is left out.
void apply(const stream_options& options, int descriptor, int family) noexcept;

/// What of them counts for any descriptor: buffers, priority, busy polling, type of service. Not the device.
void apply_to_any(const stream_options& options, int descriptor, int family) noexcept;
/// Binds the descriptor to the device of the options, if they name one; false with errno.
bool bind_to_device(const stream_options& options, int descriptor) noexcept;

}  // namespace zither::transport
