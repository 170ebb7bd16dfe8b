#include "zither/zmtp/error.hpp"

#include <cerrno>
#include <string>

namespace zither {

namespace {

struct category final : std::error_category {
    const char* name() const noexcept override { return "zither"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::ok: return "success";
            case errc::again: return "the call would block";
            case errc::interrupted: return "interrupted by a signal";
            case errc::invalid_argument: return "invalid argument";
            case errc::not_supported: return "not supported by this socket type";
            case errc::wrong_state: return "not allowed in the socket's present state";
            case errc::host_unreachable: return "no peer with that routing id";
            case errc::terminated: return "the context was terminated";
            case errc::not_a_socket: return "not a socket";
            case errc::bad_address: return "null or closed handle";
            case errc::no_memory: return "out of memory";
            case errc::too_many_sockets: return "too many open sockets";
            case errc::no_io_thread: return "no I/O thread is available";
            case errc::incompatible_protocol: return "the transport does not carry this socket type";
            case errc::protocol_not_supported: return "unknown transport";
            case errc::address_in_use: return "address already in use";
            case errc::address_not_available: return "address not available";
            case errc::connection_refused: return "connection refused";
            case errc::no_such_endpoint: return "not bound or connected to that endpoint";
            case errc::no_such_device: return "no such interface";
            case errc::name_too_long: return "the name is too long";
            case errc::access_denied: return "permission denied";
            case errc::no_buffer_space: return "no buffer space";
            case errc::timed_out: return "timed out";
            case errc::cancelled: return "cancelled";
            case errc::message_too_large: return "message too large";
            case errc::family_not_supported: return "this system does not have that transport";
            case errc::other_system_error: return "the operating system refused";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const category instance;
    return instance;
}

errc from_errno(int number) noexcept {
    switch (number) {
        case 0: return errc::ok;
        case EAGAIN: return errc::again;
        case EINTR: return errc::interrupted;
        case EINVAL: return errc::invalid_argument;
        case ENOMEM: return errc::no_memory;
        case EMFILE: return errc::too_many_sockets;
        case EADDRINUSE: return errc::address_in_use;
        case EADDRNOTAVAIL: return errc::address_not_available;
        case ECONNREFUSED: return errc::connection_refused;
        case ENOENT: return errc::no_such_endpoint;
        case ENODEV: return errc::no_such_device;
        case ENAMETOOLONG: return errc::name_too_long;
        case EACCES: return errc::access_denied;
        case ENOBUFS: return errc::no_buffer_space;
        case ETIMEDOUT: return errc::timed_out;
        case EAFNOSUPPORT: return errc::family_not_supported;
        default: return static_cast<errc>(static_cast<int>(errc::other_system_error) + number);
    }
}

int to_errno(errc code) noexcept {
    if (code > errc::other_system_error)
        return static_cast<int>(code) - static_cast<int>(errc::other_system_error);
    switch (code) {
        case errc::ok: return 0;
        case errc::again: return EAGAIN;
        case errc::interrupted: return EINTR;
        case errc::not_supported: return ENOTSUP;
        case errc::host_unreachable: return EHOSTUNREACH;
        case errc::not_a_socket: return ENOTSOCK;
        case errc::bad_address: return EFAULT;
        case errc::no_memory: return ENOMEM;
        case errc::too_many_sockets: return EMFILE;
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
        case errc::family_not_supported: return EAFNOSUPPORT;
        case errc::other_system_error: return EIO;
        default: return EINVAL;
    }
}

}  // namespace zither
