/* Very many ZMTP 3.0 connections in one process, on nothing but sockets: all the work that is measured is the
   other side's. `dealers` makes them, tells how many per second, sends one message and keeps them until the
   other side goes.
 */
#define _GNU_SOURCE
#include "bare_common.h"
#include "common.h"

#include <sys/epoll.h>

enum { at_once = 64, greeting_bytes = 64, ready_bytes = 2 + 6 + 1 + 11 + 4 + 6 };

struct peer {
    int fd;
    unsigned got;
};

static void make_greeting(unsigned char* g) {
    memset(g, 0, greeting_bytes);
    g[0] = 0xff;
    g[9] = 0x7f;
    g[10] = 3;
    memcpy(g + 12, "NULL", 4);
}

static void make_ready(unsigned char* r) {
    static const unsigned char bytes[] = "\4\34\5READY\13Socket-Type\0\0\0\6DEALER";
    memcpy(r, bytes, ready_bytes);
}

static void begin(struct peer* peer, int epoll, const struct options* o) {
    unsigned char greeting[greeting_bytes];
    struct epoll_event want = {EPOLLIN, {peer}};
    make_greeting(greeting);
    peer->got = 0;
    peer->fd = connect_stream(o->endpoint);
    /* Away with it at once when it is closed: thousands in TIME_WAIT would be in the next run's way. */
    const struct linger away = {1, 0};
    must(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &away, sizeof away) == 0, "SO_LINGER");
    write_all(peer->fd, (const char*)greeting, sizeof greeting);
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, peer->fd, &want) == 0, "epoll_ctl");
}

/* True once the other side's READY has been read: a command of less than 256 bytes. */
static int advance(struct peer* peer) {
    unsigned char in[512], ready[ready_bytes];
    const ssize_t n = recv(peer->fd, in, sizeof in, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 0;
    must(n > 0, "recv in the handshake");
    const unsigned had = peer->got;
    peer->got += (unsigned)n;
    if (had < greeting_bytes && peer->got >= greeting_bytes) {
        make_ready(ready);
        write_all(peer->fd, (const char*)ready, sizeof ready);
    }
    return peer->got > greeting_bytes + 2;
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    if (strcmp(o.role, "dealers") != 0) fail("unknown role", o.role);
    struct peer* peers = calloc(o.peers, sizeof *peers);
    struct epoll_event events[at_once];
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    must(epoll >= 0, "epoll_create1");
    size_t begun = 0, done = 0;
    const uint64_t start = now_ns();
    while (done < o.peers) {
        while (begun < o.peers && begun - done < at_once) begin(&peers[begun++], epoll, &o);
        const int n = epoll_wait(epoll, events, at_once, -1);
        for (int i = 0; i < n; i++) {
            struct peer* peer = events[i].data.ptr;
            if (!advance(peer)) continue;
            must(epoll_ctl(epoll, EPOLL_CTL_DEL, peer->fd, NULL) == 0, "epoll_ctl");
            done++;
        }
    }
    const double seconds = (double)(now_ns() - start) / 1e9;
    printf("result {\"messages\": %zu, \"connections\": %zu, \"handshakes_per_second\": %.1f}\n", o.peers,
           o.peers, (double)o.peers / seconds);
    fflush(stdout);
    char gone;
    write_all(peers[0].fd, "\0\4done", 6);
    while (recv(peers[0].fd, &gone, 1, 0) > 0) {
    }
    free(peers);
    return 0;
}
