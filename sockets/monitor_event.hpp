#pragma once

/// What a monitor tells, with libzmq's numbers.
namespace zither::sockets::monitor_event {

inline constexpr int connected = 0x1;
inline constexpr int connect_delayed = 0x2;
inline constexpr int connect_retried = 0x4;
inline constexpr int listening = 0x8;
inline constexpr int bind_failed = 0x10;
inline constexpr int accepted = 0x20;
inline constexpr int accept_failed = 0x40;
inline constexpr int closed = 0x80;
inline constexpr int disconnected = 0x200;
inline constexpr int stopped = 0x400;
inline constexpr int handshake_failed = 0x800;  ///< without a protocol error: the value is an errno
inline constexpr int handshake_succeeded = 0x1000;
inline constexpr int handshake_failed_protocol = 0x2000;
inline constexpr int handshake_failed_auth = 0x4000;  ///< the value is ZAP's status
inline constexpr int pipes_stats = 0x10000;  ///< two values: messages queued to the peer, and from it

}  // namespace zither::sockets::monitor_event
