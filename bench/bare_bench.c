/* The same measurements with nothing but blocking stream sockets: what the kernel leaves for a messaging
   library to lose. Throughput is counted in ZMTP-framed messages (2 bytes in front, 9 when long), written in
   batches. */
#define _GNU_SOURCE
#include "bench_common.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { batch_bytes = 64 * 1024, read_bytes = 256 * 1024 };

static void check(int ok, const char* what) {
    if (!ok) fail(what, strerror(errno));
}

union address {
    struct sockaddr any;
    struct sockaddr_in tcp;
    struct sockaddr_un ipc;
};

static union address parse(const char* endpoint, socklen_t* length) {
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

static int open_stream(const struct options* o, int bind_it) {
    socklen_t length;
    union address a = parse(o->endpoint, &length);
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0, "socket");
    if (bind_it) {
        const int listener = fd;
        check(bind(listener, &a.any, length) == 0 && listen(listener, 1) == 0, "bind");
        char name[256];
        snprintf(name, sizeof name, "%s", o->endpoint);
        if (a.any.sa_family == AF_INET) {
            check(getsockname(listener, &a.any, &length) == 0, "getsockname");
            snprintf(name, sizeof name, "tcp://127.0.0.1:%d", ntohs(a.tcp.sin_port));
        }
        announce(name);
        fd = accept(listener, NULL, NULL);
        check(fd >= 0, "accept");
        close(listener);
    } else {
        check(connect(fd, &a.any, length) == 0, "connect");
    }
    const int one = 1;
    if (a.any.sa_family == AF_INET)
        check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0, "TCP_NODELAY");
    return fd;
}

static size_t framed(size_t size) { return size + (size > 255 ? 9 : 2); }

static void write_all(int fd, const char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        check(n > 0, "send");
        bytes += n;
        size -= (size_t)n;
    }
}

/* False at the end of the stream. */
static int read_all(int fd, char* bytes, size_t size) {
    while (size > 0) {
        const ssize_t n = recv(fd, bytes, size, 0);
        check(n >= 0, "recv");
        if (n == 0) return 0;
        bytes += n;
        size -= (size_t)n;
    }
    return 1;
}

static void throughput_send(int fd, const struct options* o) {
    const size_t unit = framed(o->size), most = unit > batch_bytes ? 1 : batch_bytes / unit;
    char* batch = calloc(most, unit);
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    for (uint64_t sent = 0; o->count ? sent < o->count : now_ns() < end;) {
        const size_t n = o->count && o->count - sent < most ? (size_t)(o->count - sent) : most;
        write_all(fd, batch, n * unit);
        sent += n;
    }
    free(batch);
}

static void throughput_receive(int fd, const struct options* o) {
    char* buffer = malloc(read_bytes);
    uint64_t bytes = 0, first = 0;
    for (ssize_t n; (n = recv(fd, buffer, read_bytes, 0)) != 0; bytes += (uint64_t)n) {
        check(n > 0, "recv");
        if (bytes == 0) first = now_ns();
    }
    const uint64_t last = now_ns();
    free(buffer);
    if (bytes % framed(o->size) != 0) fail("received", "part of a message");
    report_throughput(bytes / framed(o->size), o->size, last - first);
}

static void latency_ask(int fd, const struct options* o) {
    struct samples samples = samples_for(o);
    const size_t unit = framed(o->size);
    char* buffer = calloc(1, unit);
    while (samples_want_more(&samples)) {
        const uint64_t start = now_ns();
        write_all(fd, buffer, unit);
        if (!read_all(fd, buffer, unit)) fail("recv", "the other end has gone");
        samples_add(&samples, start, now_ns());
    }
    report_latency(&samples);
    free(buffer);
}

static void latency_answer(int fd, const struct options* o) {
    const size_t unit = framed(o->size);
    char* buffer = malloc(unit);
    while (read_all(fd, buffer, unit)) write_all(fd, buffer, unit);
    free(buffer);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    const int binds = strcmp(o.role, "thr_pull") == 0 || strcmp(o.role, "lat_rep") == 0;
    const int fd = open_stream(&o, binds);
    if (strcmp(o.role, "thr_push") == 0)
        throughput_send(fd, &o);
    else if (strcmp(o.role, "thr_pull") == 0)
        throughput_receive(fd, &o);
    else if (strcmp(o.role, "lat_req") == 0)
        latency_ask(fd, &o);
    else if (strcmp(o.role, "lat_rep") == 0)
        latency_answer(fd, &o);
    else
        fail("unknown role", o.role);
    close(fd);
    return 0;
}
