/* One publisher to many connections with nothing but stream sockets: each message is framed into a batch per
   connection, a full batch is written, and the other side counts octets. */
#define _GNU_SOURCE
#include "bare_common.h"

#include <sys/epoll.h>

enum { read_bytes = 256 * 1024, at_once = 64 };

struct batch {
    int fd;
    size_t used;
    char* bytes;
};

static void publish(const struct options* o) {
    const size_t unit = framed(o->size);
    struct batch* all = calloc(o->peers, sizeof *all);
    char* body = calloc(1, o->size);
    const int listener = listen_stream(o->endpoint, 64);
    for (size_t i = 0; i < o->peers; i++) {
        all[i].fd = accept_next(listener, o->endpoint);
        all[i].bytes = malloc(batch_bytes + unit);
    }
    struct run_time time = run_for(o->seconds, o->size * o->peers);
    while (!is_over(&time)) {
        for (size_t i = 0; i < o->peers; i++) {
            struct batch* to = &all[i];
            put_frame(to->bytes + to->used, body, o->size);
            to->used += unit;
            if (to->used < batch_bytes) continue;
            write_all(to->fd, to->bytes, to->used);
            to->used = 0;
        }
    }
    for (size_t i = 0; i < o->peers; i++) {
        write_all(all[i].fd, all[i].bytes, all[i].used);
        close(all[i].fd);
    }
}

static void count(const struct options* o) {
    char* buffer = malloc(read_bytes);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    must(epoll >= 0, "epoll_create1");
    for (size_t i = 0; i < o->peers; i++) {
        const int fd = connect_stream(o->endpoint);
        struct epoll_event want = {EPOLLIN, {.fd = fd}};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &want) == 0, "epoll_ctl");
    }
    uint64_t bytes = 0, first = 0;
    for (size_t left = o->peers; left > 0;) {
        struct epoll_event events[at_once];
        const int ready = epoll_wait(epoll, events, at_once, -1);
        if (first == 0) first = now_ns();
        for (int i = 0; i < ready; i++) {
            const ssize_t n = recv(events[i].data.fd, buffer, read_bytes, 0);
            must(n >= 0, "recv");
            bytes += (uint64_t)n;
            if (n > 0) continue;
            close(events[i].data.fd);
            left--;
        }
    }
    report_throughput(bytes / framed(o->size), o->size, now_ns() - first);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    if (strcmp(o.role, "pub") == 0)
        publish(&o);
    else if (strcmp(o.role, "sub") == 0)
        count(&o);
    else
        fail("unknown role", o.role);
    return 0;
}
