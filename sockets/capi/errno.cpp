#include "errno.hpp"

#include "zmq.h"

#include <cerrno>
#include <cstring>

namespace zither::capi {

int number_of(errc error) noexcept {
    switch (error) {
        case errc::ok: return 0;
        case errc::again: return EAGAIN;
        case errc::interrupted: return EINTR;
        case errc::invalid_argument: return EINVAL;
        case errc::not_supported: return ENOTSUP;
        case errc::wrong_state: return EFSM;
        case errc::host_unreachable: return EHOSTUNREACH;
        case errc::terminated: return ETERM;
        case errc::not_a_socket: return ENOTSOCK;
        case errc::bad_address: return EFAULT;
        case errc::no_memory: return ENOMEM;
        case errc::too_many_sockets: return EMFILE;
        case errc::no_io_thread: return EMTHREAD;
        case errc::incompatible_protocol: return ENOCOMPATPROTO;
        case errc::protocol_not_supported: return EPROTONOSUPPORT;
        case errc::address_in_use: return EADDRINUSE;
        case errc::address_not_available: return EADDRNOTAVAIL;
        case errc::connection_refused: return ECONNREFUSED;
        case errc::no_such_endpoint: return ENOENT;
        case errc::no_such_device: return ENODEV;
        case errc::name_too_long: return ENAMETOOLONG;
        case errc::access_denied: return EACCES;
        case errc::no_buffer_space: return ENOBUFS;
        case errc::timed_out: return ETIMEDOUT;
        case errc::cancelled: return ECANCELED;
        case errc::message_too_large: return EMSGSIZE;
        case errc::other_system_error: return EIO;
    }
    return EINVAL;
}

int fail(int number) noexcept {
    errno = number;
    return -1;
}

int result(errc error) noexcept { return error == errc::ok ? 0 : fail(number_of(error)); }

}  // namespace zither::capi

extern "C" {

int zmq_errno(void) { return errno; }

const char* zmq_strerror(int errnum) {
    switch (errnum) {
        case EFSM: return "Operation cannot be accomplished in current state";
        case ENOCOMPATPROTO: return "The protocol is not compatible with the socket type";
        case ETERM: return "Context was terminated";
        case EMTHREAD: return "No thread available";
        default: return std::strerror(errnum);
    }
}

void zmq_version(int* major, int* minor, int* patch) {
    *major = ZMQ_VERSION_MAJOR;
    *minor = ZMQ_VERSION_MINOR;
    *patch = ZMQ_VERSION_PATCH;
}

}  // extern "C"
