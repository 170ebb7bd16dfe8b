// The linker leads the library's system calls here (--wrap): to the machine that is simulated, or on to the
// real one.
#include "machine.hpp"

#include "aside.hpp"

#include <cerrno>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

using zither::sim::machine;

namespace {
/// The machine, while it works: what it asks for is not the library's.
struct at_work {
    machine* operator->() const { return machine::current(); }
    explicit operator bool() const { return machine::current(); }
    zither::support::aside meanwhile{};
};
at_work simulated() { return {}; }
bool simulated(int descriptor) { return machine::current() && machine::current()->owns(descriptor); }
}  // namespace

#define REAL(result, name, ...) result __real_##name(__VA_ARGS__)

extern "C" {

REAL(char*, mkdtemp, char*);
REAL(int, socket, int, int, int);
REAL(int, bind, int, const sockaddr*, socklen_t);
REAL(int, listen, int, int);
REAL(int, connect, int, const sockaddr*, socklen_t);
REAL(int, accept4, int, sockaddr*, socklen_t*, int);
REAL(int, getsockname, int, sockaddr*, socklen_t*);
REAL(int, getpeername, int, sockaddr*, socklen_t*);
REAL(int, getsockopt, int, int, int, void*, socklen_t*);
REAL(int, setsockopt, int, int, int, const void*, socklen_t);
REAL(int, shutdown, int, int);
REAL(int, close, int);
REAL(int, ioctl, int, unsigned long, void*);
REAL(ssize_t, recv, int, void*, std::size_t, int);
REAL(ssize_t, recvmsg, int, msghdr*, int);
REAL(ssize_t, send, int, const void*, std::size_t, int);
REAL(ssize_t, sendmsg, int, const msghdr*, int);
REAL(ssize_t, read, int, void*, std::size_t);
REAL(ssize_t, write, int, const void*, std::size_t);
REAL(int, eventfd, unsigned, int);
REAL(int, timerfd_create, int, int);
REAL(int, timerfd_settime, int, int, const itimerspec*, itimerspec*);
REAL(int, epoll_create1, int);
REAL(int, epoll_ctl, int, int, int, epoll_event*);
REAL(int, epoll_wait, int, epoll_event*, int, int);
std::chrono::steady_clock::time_point __real__ZNSt6chrono3_V212steady_clock3nowEv();
REAL(std::uint32_t, randombytes_random);

// A real folder, if there is to be one.
char* __wrap_mkdtemp(char* name) {
    return simulated() && !simulated()->make_folder() ? nullptr : __real_mkdtemp(name);
}
int __wrap_socket(int family, int type, int protocol) {
    return simulated() ? simulated()->make_socket() : __real_socket(family, type, protocol);
}
int __wrap_bind(int fd, const sockaddr* where, socklen_t size) {
    return simulated(fd) ? simulated()->bind(fd, where) : __real_bind(fd, where, size);
}
int __wrap_listen(int fd, int backlog) {
    return simulated(fd) ? simulated()->listen(fd) : __real_listen(fd, backlog);
}
int __wrap_connect(int fd, const sockaddr* where, socklen_t size) {
    return simulated(fd) ? simulated()->connect(fd, where) : __real_connect(fd, where, size);
}
int __wrap_accept4(int fd, sockaddr* from, socklen_t* size, int flags) {
    return simulated(fd) ? simulated()->accept(fd, from, size) : __real_accept4(fd, from, size, flags);
}
int __wrap_getsockname(int fd, sockaddr* where, socklen_t* size) {
    return simulated(fd) ? simulated()->name(fd, where, size, true) : __real_getsockname(fd, where, size);
}
int __wrap_getpeername(int fd, sockaddr* where, socklen_t* size) {
    return simulated(fd) ? simulated()->name(fd, where, size, false) : __real_getpeername(fd, where, size);
}
int __wrap_getsockopt(int fd, int level, int option, void* value, socklen_t* size) {
    return simulated(fd) ? simulated()->option(fd, option, value, size)
                         : __real_getsockopt(fd, level, option, value, size);
}
int __wrap_setsockopt(int fd, int level, int option, const void* value, socklen_t size) {
    return simulated(fd) ? simulated()->set_option() : __real_setsockopt(fd, level, option, value, size);
}
int __wrap_shutdown(int fd, int how) {
    return simulated(fd) ? simulated()->shutdown(fd) : __real_shutdown(fd, how);
}
int __wrap_close(int fd) { return simulated(fd) ? simulated()->close(fd) : __real_close(fd); }
int __wrap_ioctl(int fd, unsigned long request, void* value) {
    return simulated(fd) ? 0 : __real_ioctl(fd, request, value);
}
ssize_t __wrap_recv(int fd, void* to, std::size_t size, int flags) {
    const iovec one{to, size};
    return simulated(fd) ? simulated()->receive(fd, &one, 1) : __real_recv(fd, to, size, flags);
}
ssize_t __wrap_recvmsg(int fd, msghdr* header, int flags) {
    return simulated(fd) ? simulated()->receive(fd, header->msg_iov, header->msg_iovlen)
                         : __real_recvmsg(fd, header, flags);
}
ssize_t __wrap_send(int fd, const void* from, std::size_t size, int flags) {
    iovec one{const_cast<void*>(from), size};
    return simulated(fd) ? simulated()->send(fd, &one, 1) : __real_send(fd, from, size, flags);
}
ssize_t __wrap_sendmsg(int fd, const msghdr* header, int flags) {
    return simulated(fd) ? simulated()->send(fd, header->msg_iov, header->msg_iovlen)
                         : __real_sendmsg(fd, header, flags);
}
ssize_t __wrap_read(int fd, void* to, std::size_t size) {
    return simulated(fd) ? simulated()->read_number(fd, to) : __real_read(fd, to, size);
}
ssize_t __wrap_write(int fd, const void* from, std::size_t size) {
    return simulated(fd) ? simulated()->write_number(fd, from) : __real_write(fd, from, size);
}
int __wrap_eventfd(unsigned first, int flags) {
    return simulated() ? simulated()->make_event() : __real_eventfd(first, flags);
}
int __wrap_timerfd_create(int clock, int flags) {
    return simulated() ? simulated()->make_timer() : __real_timerfd_create(clock, flags);
}
int __wrap_timerfd_settime(int fd, int flags, const itimerspec* when, itimerspec* before) {
    if (!simulated(fd)) return __real_timerfd_settime(fd, flags, when, before);
    const auto& value = when->it_value;
    return simulated()->set_timer(
        fd, flags & TFD_TIMER_ABSTIME,
        std::chrono::seconds(value.tv_sec) + std::chrono::nanoseconds(value.tv_nsec));
}
int __wrap_epoll_create1(int flags) {
    return simulated() ? simulated()->make_epoll() : __real_epoll_create1(flags);
}
int __wrap_epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
    return simulated(epoll) ? simulated()->control(epoll, operation, fd, event)
                            : __real_epoll_ctl(epoll, operation, fd, event);
}
int __wrap_epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
    return simulated(epoll) ? simulated()->wait(epoll, events, most)
                            : __real_epoll_wait(epoll, events, most, timeout);
}
// Time and chance are the machine's, too.
std::chrono::steady_clock::time_point __wrap__ZNSt6chrono3_V212steady_clock3nowEv() {
    return simulated() ? simulated()->look_at_clock() : __real__ZNSt6chrono3_V212steady_clock3nowEv();
}
std::uint32_t __wrap_randombytes_random() {
    return simulated() ? simulated()->random() : __real_randombytes_random();
}

}  // extern "C"
