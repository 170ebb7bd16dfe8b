#pragma once

#include <system_error>

namespace zither {

/// What a call on a socket, a message or a context can fail with.
/// The C API maps each to libzmq's error number in `sockets/capi/errno.cpp`.
enum class errc {
    ok = 0,
    again,                   ///< would block: nothing to receive, or no room (EAGAIN)
    interrupted,             ///< a signal arrived while waiting (EINTR)
    invalid_argument,        ///< EINVAL
    not_supported,           ///< ENOTSUP
    wrong_state,             ///< a lockstep socket was used out of turn (EFSM)
    host_unreachable,        ///< no route to that routing id (EHOSTUNREACH)
    terminated,              ///< the context was shut down (ETERM)
    not_a_socket,            ///< ENOTSOCK
    bad_address,             ///< a null or closed handle (EFAULT)
    no_memory,               ///< ENOMEM
    too_many_sockets,        ///< EMFILE
    no_io_thread,            ///< EMTHREAD
    incompatible_protocol,   ///< the transport cannot carry this socket type (ENOCOMPATPROTO)
    protocol_not_supported,  ///< unknown transport (EPROTONOSUPPORT)
    address_in_use,          ///< EADDRINUSE
    address_not_available,   ///< EADDRNOTAVAIL
    connection_refused,      ///< ECONNREFUSED
    no_such_endpoint,        ///< unbind or disconnect of something not bound or connected (ENOENT)
    no_such_device,          ///< ENODEV
    name_too_long,           ///< ENAMETOOLONG
    access_denied,           ///< EACCES
    no_buffer_space,         ///< ENOBUFS
    timed_out,               ///< ETIMEDOUT
    cancelled,               ///< an asynchronous operation was cancelled (ECANCELED)
    message_too_large,       ///< EMSGSIZE
    family_not_supported,    ///< this system has no such transport (EAFNOSUPPORT)
    /// Anything else the operating system said. A larger value is this and the system's number, which
    /// `make_error_code` and `to_errno` give back.
    other_system_error,
};

/// The category of `errc`; messages are one plain sentence each.
const std::error_category& error_category() noexcept;

/// In `error_category`; in the generic one what only the operating system has a number for.
inline std::error_code make_error_code(errc code) noexcept {
    if (code > errc::other_system_error)
        return {static_cast<int>(code) - static_cast<int>(errc::other_system_error), std::generic_category()};
    return {static_cast<int>(code), error_category()};
}

/// The `errc` of a system error number.
[[nodiscard]] errc from_errno(int number) noexcept;
/// The system's number of an `errc`; EINVAL for those that only ZeroMQ knows.
[[nodiscard]] int to_errno(errc code) noexcept;

}  // namespace zither

template <>
struct std::is_error_code_enum<zither::errc> : std::true_type {};
