#include "errno.hpp"

#include "zmq.h"

#include <cerrno>
#include <cstring>

namespace zither::capi {

int number_of(errc error) noexcept {
    switch (error) {
        case errc::wrong_state: return EFSM;
        case errc::terminated: return ETERM;
        case errc::no_io_thread: return EMTHREAD;
        case errc::incompatible_protocol: return ENOCOMPATPROTO;
        default: return to_errno(error);
    }
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
    if (major) *major = ZMQ_VERSION_MAJOR;
    if (minor) *minor = ZMQ_VERSION_MINOR;
    if (patch) *patch = ZMQ_VERSION_PATCH;
}

}  // extern "C"
