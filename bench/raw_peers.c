/* Very many ZMTP 3.0 connections in one process, on nothing but sockets: nearly all the work that is measured
   is the other side's. `dealers` makes them, tells how many per second, sends one message and keeps them
   until the other side goes; `router` is that other side, likewise on nothing but sockets. `subs` subscribes
   on each, counts the messages and throws them away. */
#define _GNU_SOURCE
#include "bare_common.h"
#include "common.h"

#include <poll.h>
#include <sys/epoll.h>

enum { at_once = 64, greeting_bytes = 64, read_bytes = 256 * 1024 };

struct peer {
    int fd;
    const char* type;
    unsigned greeted; /* octets of the greeting */
    unsigned headed;  /* octets of the next frame's header */
    unsigned char header[9];
    uint64_t skip; /* octets left of the frame's body */
    int ready, probed, ended;
};

/* What all of them together have heard. */
struct crowd {
    const struct options* options;
    struct peer* peers;
    int epoll;
    size_t ready, probed, ended;
    uint64_t messages, first;
};

static void say_greeting(int fd) {
    char greeting[greeting_bytes] = {0};
    greeting[0] = (char)0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3;
    memcpy(greeting + 12, "NULL", 4);
    write_all(fd, greeting, sizeof greeting);
}

static void say_ready(int fd, const char* type) {
    static const char begin[] = "\5READY\13Socket-Type\0\0\0";
    char command[64] = {4};
    const size_t type_size = strlen(type), size = sizeof begin - 1 + 1 + type_size;
    command[1] = (char)size;
    memcpy(command + 2, begin, sizeof begin - 1);
    command[2 + sizeof begin - 1] = (char)type_size;
    memcpy(command + 2 + sizeof begin, type, type_size);
    write_all(fd, command, size + 2);
}

static void hear_frame(struct crowd* all, struct peer* peer, int command, uint64_t size) {
    if (command) {
        if (!peer->ready && strcmp(peer->type, "SUB") == 0) write_all(peer->fd, "\0\1\1", 3);
        all->ready += !peer->ready;
        peer->ready = 1;
    } else if (size == 1) {
        all->probed += !peer->probed;
        peer->probed = 1;
    } else if (size == 8) {
        all->ended += !peer->ended;
        peer->ended = 1;
    } else {
        if (size != all->options->size && strcmp(peer->type, "SUB") == 0)
            fail("received", "a message of the wrong size");
        if (all->messages++ == 0) all->first = now_ns();
    }
}

/* Walks the frames; what is in them does not matter. */
static void hear(struct crowd* all, struct peer* peer, const unsigned char* bytes, size_t size) {
    while (size > 0) {
        size_t used = 1;
        if (peer->greeted < greeting_bytes) {
            used = size < greeting_bytes - peer->greeted ? size : greeting_bytes - peer->greeted;
            peer->greeted += (unsigned)used;
            if (peer->greeted == greeting_bytes) say_ready(peer->fd, peer->type);
        } else if (peer->skip > 0) {
            used = size < peer->skip ? size : peer->skip;
            peer->skip -= used;
        } else {
            peer->header[peer->headed++] = *bytes;
            const int large = peer->header[0] & 2;
            if (peer->headed == (large ? 9 : 2)) {
                for (unsigned i = 1; i < peer->headed; i++) peer->skip = peer->skip << 8 | peer->header[i];
                peer->headed = 0;
                hear_frame(all, peer, peer->header[0] & 4, peer->skip);
            }
        }
        bytes += used;
        size -= used;
    }
}

static void join(struct crowd* all, struct peer* peer, int fd, const char* type) {
    struct epoll_event want = {EPOLLIN, {peer}};
    memset(peer, 0, sizeof *peer);
    peer->type = type;
    peer->fd = fd;
    say_greeting(fd);
    must(epoll_ctl(all->epoll, EPOLL_CTL_ADD, fd, &want) == 0, "epoll_ctl");
}

static void begin(struct crowd* all, struct peer* peer, const char* endpoint, const char* type) {
    const int fd = connect_stream(endpoint);
    /* Away with it at once when it is closed: thousands in TIME_WAIT would be in the next run's way. */
    const struct linger away = {1, 0};
    must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &away, sizeof away) == 0, "SO_LINGER");
    join(all, peer, fd, type);
}

static void hear_all(struct crowd* all) {
    static unsigned char bytes[read_bytes];
    struct epoll_event events[at_once];
    const int n = epoll_wait(all->epoll, events, at_once, -1);
    for (int i = 0; i < n; i++) {
        struct peer* peer = events[i].data.ptr;
        const ssize_t size = recv(peer->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) continue;
        must(size >= 0, "recv");
        if (size == 0 && !peer->ended) fail("recv", "the other side has gone");
        if (size == 0) must(epoll_ctl(all->epoll, EPOLL_CTL_DEL, peer->fd, NULL) == 0, "epoll_ctl");
        hear(all, peer, bytes, (size_t)size);
    }
}

/* Returns when every handshake is done; so many are under way at once that nobody waits for a round trip. */
static void connect_all(struct crowd* all, const char* endpoint, const char* type) {
    for (size_t begun = 0; all->ready < all->options->peers; hear_all(all))
        for (; begun < all->options->peers && begun - all->ready < at_once; begun++)
            begin(all, &all->peers[begun], endpoint, type);
}

static void be_dealers(struct crowd* all) {
    const struct options* o = all->options;
    const uint64_t start = now_ns();
    connect_all(all, o->endpoint, "DEALER");
    printf("result {\"messages\": %zu, \"connections\": %zu, \"handshakes_per_second\": %.1f}\n", o->peers,
           o->peers, (double)o->peers / ((double)(now_ns() - start) / 1e9));
    fflush(stdout);
    char gone;
    write_all(all->peers[0].fd, "\0\4done", 6);
    while (recv(all->peers[0].fd, &gone, 1, 0) > 0) {
    }
}

/* Accepts whoever comes, until somebody sends a message. */
static void be_router(struct crowd* all) {
    const struct options* o = all->options;
    const int listener = listen_stream(o->endpoint, 256);
    struct pollfd both[] = {{listener, POLLIN, 0}, {all->epoll, POLLIN, 0}};
    size_t joined = 0;
    while (!all->messages) {
        must(poll(both, 2, -1) > 0, "poll");
        if (both[0].revents) join(all, &all->peers[joined++], accept_next(listener, o->endpoint), "ROUTER");
        if (both[1].revents) hear_all(all);
    }
}

/* fanout's other end: on the control connection it says that a probe came to each, and then counts. */
static void be_subs(struct crowd* all) {
    const struct options* o = all->options;
    char* both = strdup(o->endpoint);
    const char* controls = strchr(both, ' ');
    if (!controls) fail(both, "two endpoints are needed");
    both[controls++ - both] = 0;
    connect_all(all, both, "SUB");
    while (all->probed < o->peers) hear_all(all);
    struct peer* control = &all->peers[o->peers];
    begin(all, control, controls, "PUSH");
    while (!control->ready) hear_all(all);
    write_all(control->fd, "\0\5ready", 7);
    control->ended = 1;
    while (all->ended < o->peers) hear_all(all);
    report_throughput(all->messages, o->size, now_ns() - all->first);
    free(both);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    struct crowd all = {.options = &o, .peers = calloc(o.peers + 1, sizeof *all.peers)};
    all.epoll = epoll_create1(EPOLL_CLOEXEC);
    must(all.epoll >= 0, "epoll_create1");
    if (strcmp(o.role, "dealers") == 0)
        be_dealers(&all);
    else if (strcmp(o.role, "router") == 0)
        be_router(&all);
    else if (strcmp(o.role, "subs") == 0)
        be_subs(&all);
    else
        fail("unknown role", o.role);
    free(all.peers);
    return 0;
}
