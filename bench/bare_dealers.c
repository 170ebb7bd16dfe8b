/* Many connections to one process and back with nothing but stream sockets: what has come on a connection is
   sent back at once, in one piece, and answered with as many messages as it was. */
#define _GNU_SOURCE
#include "bare_common.h"

#include <poll.h>
#include <sys/epoll.h>

enum { on_the_way = 16, at_once = 64, most = 64 * 1024 };

static void answer(const struct options* o) {
    char* bytes = malloc(most);
    const int listener = listen_stream(o->endpoint, 64), epoll = epoll_create1(EPOLL_CLOEXEC);
    must(epoll >= 0, "epoll_create1");
    for (size_t i = 0; i < o->peers; i++) {
        const int fd = accept_next(listener, o->endpoint);
        struct epoll_event want = {EPOLLIN, {.fd = fd}};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &want) == 0, "epoll_ctl");
    }
    for (size_t left = o->peers; left > 0;) {
        struct epoll_event events[at_once];
        const int ready = epoll_wait(epoll, events, at_once, -1);
        for (int i = 0; i < ready; i++) {
            const int fd = events[i].data.fd;
            const ssize_t n = recv(fd, bytes, most, 0);
            must(n >= 0, "recv");
            write_all(fd, bytes, (size_t)n);
            if (n > 0) continue;
            close(fd);
            left--;
        }
    }
    free(bytes);
}

static void ask(const struct options* o) {
    const size_t unit = framed(o->size);
    struct pollfd* all = calloc(o->peers, sizeof *all);
    size_t* part = calloc(o->peers, sizeof *part); /* octets of a message whose rest is on the way */
    char *bytes = malloc(most), *burst = malloc(on_the_way * unit), *body = calloc(1, o->size);
    for (size_t i = 0; i < on_the_way; i++) put_frame(burst + i * unit, body, o->size);
    for (size_t i = 0; i < o->peers; i++) {
        all[i] = (struct pollfd){connect_stream(o->endpoint), POLLIN, 0};
        write_all(all[i].fd, burst, on_the_way * unit);
    }
    const uint64_t start = now_ns(), end = start + (uint64_t)(o->seconds * 1e9);
    uint64_t trips = 0, open = o->peers * on_the_way;
    while (open > 0) {
        must(poll(all, o->peers, -1) >= 0, "poll");
        const int go_on = now_ns() < end;
        for (size_t i = 0; i < o->peers; i++) {
            if (!all[i].revents) continue;
            const ssize_t n = recv(all[i].fd, bytes, most, 0);
            must(n > 0, "recv");
            const size_t came = (part[i] + (size_t)n) / unit;
            part[i] = (part[i] + (size_t)n) % unit;
            trips += came;
            if (go_on)
                write_all(all[i].fd, burst, came * unit);
            else
                open -= came;
        }
    }
    report_throughput(trips, o->size, now_ns() - start);
    for (size_t i = 0; i < o->peers; i++) close(all[i].fd);
    free(all);
    free(part);
    free(bytes);
    free(burst);
    free(body);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    if (strcmp(o.role, "router") == 0)
        answer(&o);
    else if (strcmp(o.role, "dealers") == 0)
        ask(&o);
    else
        fail("unknown role", o.role);
    return 0;
}
