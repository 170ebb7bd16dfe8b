/* Blocking stream sockets by ZeroMQ's endpoints. */
#ifndef ZITHER_BENCH_BARE_COMMON_H
#define ZITHER_BENCH_BARE_COMMON_H

#include "common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

static inline void must(int ok, const char* what) {
    if (!ok) fail(what, strerror(errno));
}

union address {
    struct sockaddr any;
    struct sockaddr_in tcp;
    struct sockaddr_un ipc;
};

static inline union address parse(const char* endpoint, socklen_t* length) {
    union address a;
    memset(&a, 0, sizeof a);
    if (strncmp(endpoint, "ipc://", 6) == 0) {
        a.ipc.sun_family = AF_UNIX;
        snprintf(a.ipc.sun_path, sizeof a.ipc.sun_path, "%s", endpoint + 6);
        *length = sizeof a.ipc;
        return a;
    }
    const char* colon = strrchr(endpoint, ':');
    if (strncmp(endpoint, "tcp://127.0.0.1:", 16) != 0)
        fail(endpoint, "only tcp://127.0.0.1:PORT and ipc://PATH");
    a.tcp.sin_family = AF_INET;
    a.tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.tcp.sin_port = htons((uint16_t)atoi(colon + 1)); /* "*" becomes 0: any free port */
    *length = sizeof a.tcp;
    return a;
}

/* As Zither sets it: no delay, and for ipc its send buffer (docs/decisions/0009-ipc-buffer.md). */
static inline void set_stream(int fd, int family) {
    const int one = 1, buffer = 2 << 20;
    if (family == AF_INET)
        must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0, "TCP_NODELAY");
    else
        must(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) == 0, "SO_SNDBUF");
}

static inline int connect_stream(const char* endpoint) {
    socklen_t length;
    union address a = parse(endpoint, &length);
    const int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0, "socket");
    must(connect(fd, &a.any, length) == 0, "connect");
    set_stream(fd, a.any.sa_family);
    return fd;
}

/* Binds and announces. */
static inline int listen_stream(const char* endpoint, int backlog) {
    socklen_t length;
    union address a = parse(endpoint, &length);
    const int listener = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(listener >= 0, "socket");
    must(bind(listener, &a.any, length) == 0 && listen(listener, backlog) == 0, "bind");
    char name[256];
    snprintf(name, sizeof name, "%s", endpoint);
    if (a.any.sa_family == AF_INET) {
        must(getsockname(listener, &a.any, &length) == 0, "getsockname");
        snprintf(name, sizeof name, "tcp://127.0.0.1:%d", ntohs(a.tcp.sin_port));
    }
    announce(name);
    return listener;
}

/* The next one who comes. */
static inline int accept_next(int listener, const char* endpoint) {
    const int fd = accept(listener, NULL, NULL);
    must(fd >= 0, "accept");
    set_stream(fd, strncmp(endpoint, "ipc://", 6) == 0 ? AF_UNIX : AF_INET);
    return fd;
}

/* The first who comes, and nobody else. */
static inline int accept_stream(const char* endpoint) {
    const int listener = listen_stream(endpoint, 1), fd = accept_next(listener, endpoint);
    close(listener);
    return fd;
}

static inline void write_all(int fd, const char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        must(n > 0, "send");
        bytes += n;
        size -= (size_t)n;
    }
}

/* False at the end of the stream. */
static inline int read_all(int fd, char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t n = recv(fd, bytes, size, 0);
        must(n >= 0, "recv");
        if (n == 0) return 0;
        bytes += n;
        size -= (size_t)n;
    }
    return 1;
}

/* A message as ZMTP frames it. */
static inline size_t framed(size_t size) { return size + (size > 255 ? 9 : 2); }

/* What is written at once, and how many of these fit. */
enum { batch_bytes = 64 * 1024 };
static inline size_t per_batch(size_t unit) { return unit > batch_bytes ? 1 : batch_bytes / unit; }

static inline void put_frame(char* at, const char* body, size_t size) {
    const size_t header = framed(size) - size;
    at[0] = header == 9 ? 2 : 0;
    for (size_t i = 1; i < header; i++) at[i] = (char)((uint64_t)size >> 8 * (header - 1 - i));
    memcpy(at + header, body, size);
}

#endif
