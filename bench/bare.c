/* The same measurements with nothing but blocking stream sockets: what the kernel leaves for a messaging
   library to lose. Throughput is counted in ZMTP-framed messages (2 bytes in front, 9 when long), written in
   batches. */
#define _GNU_SOURCE
#include "bare_common.h"

#include <linux/errqueue.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

enum { read_bytes = 256 * 1024 };

/* The same batch again and again. */
static void throughput_send(int fd, const struct options* o) {
    const size_t unit = framed(o->size), most = per_batch(unit);
    char* batch = calloc(most, unit);
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    for (uint64_t sent = 0; o->count ? sent < o->count : sent == 0 || now_ns() < end;) {
        const size_t n = o->count && o->count - sent < most ? (size_t)(o->count - sent) : most;
        write_all(fd, batch, n * unit);
        sent += n;
    }
    free(batch);
}

/* What a socket with a high-water mark cannot do without: each body is copied once, behind its header, and
   what the kernel takes no more of is queued up to the mark, before the sender waits. */
struct queue {
    char* ring;
    size_t size;             /* a whole number of messages */
    uint64_t added, written; /* bytes ever */
};

/* False when the kernel takes no more. */
static int write_queue(int fd, struct queue* q, int wait) {
    while (q->written < q->added) {
        const size_t at = q->written % q->size, left = q->added - q->written;
        const ssize_t n = send(fd, q->ring + at, left < q->size - at ? left : q->size - at,
                               MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
        if (n < 0 && errno == EAGAIN) return 0;
        must(n > 0, "send");
        q->written += (uint64_t)n;
        wait = 0; /* for some room, as a sender that is at the mark */
    }
    return 1;
}

static void throughput_queue(int fd, const struct options* o) {
    const size_t unit = framed(o->size);
    struct queue q = {NULL, queue_mark(o->size) * unit, 0, 0};
    char* body = calloc(1, o->size);
    q.ring = calloc(1, q.size);
    struct run_time time = run_for(o->seconds, o->size);
    uint64_t sent = 0, tried = 0;
    while (o->count ? sent < o->count : !is_over(&time)) {
        put_frame(q.ring + q.added % q.size, body, o->size);
        q.added += unit;
        sent++;
        if (q.added - q.written == q.size)
            write_queue(fd, &q, 1);
        else if (q.added - tried < batch_bytes)
            continue;
        else
            write_queue(fd, &q, 0);
        tried = q.added;
    }
    while (!write_queue(fd, &q, 1)) continue;
    free(q.ring);
    free(body);
}

/* The kernel says when it needs a buffer no longer: how often, and how often it had copied after all. */
static void read_notices(int fd, uint64_t* told, uint64_t* copied) {
    for (;;) {
        char control[128];
        struct msghdr note = {.msg_control = control, .msg_controllen = sizeof control};
        if (recvmsg(fd, &note, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
        for (struct cmsghdr* c = CMSG_FIRSTHDR(&note); c; c = CMSG_NXTHDR(&note, c)) {
            const struct sock_extended_err* what = (const void*)CMSG_DATA(c);
            if (what->ee_origin != SO_EE_ORIGIN_ZEROCOPY) continue;
            const uint64_t sends = what->ee_data - what->ee_info + 1;
            *told += sends;
            if (what->ee_code & SO_EE_CODE_ZEROCOPY_COPIED) *copied += sends;
        }
    }
}

/* As throughput_send by MSG_ZEROCOPY, for docs/decisions/0011-zerocopy-and-io-uring.md. */
static void throughput_zerocopy(int fd, const struct options* o) {
    const size_t unit = framed(o->size), most = per_batch(unit);
    const int on = 1;
    must(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) == 0, "SO_ZEROCOPY");
    char* batch = calloc(most, unit);
    uint64_t told = 0, copied = 0;
    for (const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9); now_ns() < end;) {
        for (size_t at = 0; at < most * unit;) {
            const ssize_t n = send(fd, batch + at, most * unit - at, MSG_NOSIGNAL | MSG_ZEROCOPY);
            /* Too many notices unread. */
            must(n > 0 || errno == ENOBUFS, "send");
            if (n > 0) at += (size_t)n;
            read_notices(fd, &told, &copied);
        }
    }
    fprintf(stderr, "%llu sends told of, %llu of them copied\n", (unsigned long long)told,
            (unsigned long long)copied);
    /* The batch may be in use still: it goes with the process. */
}

static void throughput_receive(int fd, const struct options* o) {
    char* buffer = malloc(read_bytes);
    uint64_t bytes = 0, first = 0;
    for (ssize_t n; (n = recv(fd, buffer, read_bytes, 0)) != 0; bytes += (uint64_t)n) {
        must(n > 0, "recv");
        if (bytes == 0) first = now_ns();
    }
    const uint64_t last = now_ns();
    free(buffer);
    if (bytes % framed(o->size) != 0) fail("received", "part of a message");
    report_throughput(bytes / framed(o->size), o->size, last - first);
}

/* Whoever waits in a blocking read cannot be woken by another thread. Who can, waits in poll. */
static int read_message(int fd, char* buffer, size_t unit, const struct options* o) {
    static int bell = -1;
    if (!o->wakeable) return read_all(fd, buffer, unit);
    if (bell < 0) must((bell = eventfd(0, EFD_CLOEXEC)) >= 0, "eventfd");
    struct pollfd both[] = {{fd, POLLIN, 0}, {bell, POLLIN, 0}};
    must(poll(both, 2, -1) > 0, "poll");
    return read_all(fd, buffer, unit);
}

static void latency_ask(int fd, const struct options* o) {
    struct samples samples = samples_for(o);
    const size_t unit = framed(o->size);
    char* buffer = calloc(1, unit);
    while (samples_want_more(&samples)) {
        const uint64_t start = now_ns();
        write_all(fd, buffer, unit);
        if (!read_message(fd, buffer, unit, o)) fail("recv", "the other end has gone");
        samples_add(&samples, start, now_ns());
    }
    report_latency(&samples, 2);
    free(buffer);
}

static void latency_answer(int fd, const struct options* o) {
    const size_t unit = framed(o->size);
    char* buffer = malloc(unit);
    while (read_message(fd, buffer, unit, o)) write_all(fd, buffer, unit);
    free(buffer);
}

static void steady_send(int fd, const struct options* o) {
    const size_t unit = framed(o->size);
    char* buffer = calloc(1, unit);
    const uint64_t start = now_ns(), end = start + (uint64_t)(o->seconds * 1e9);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    for (uint64_t beat = start; beat < end; beat += (uint64_t)(o->interval_us * 1e3)) {
        wait_until(beat, o->interval_us);
        const uint64_t stamp = now_ns();
        memcpy(buffer, &stamp, sizeof stamp);
        write_all(fd, buffer, unit);
    }
    free(buffer);
}

static void steady_receive(int fd, const struct options* o) {
    struct samples samples = samples_for(o);
    const size_t unit = framed(o->size);
    char* buffer = malloc(unit);
    while (read_message(fd, buffer, unit, o)) {
        const uint64_t now = now_ns();
        uint64_t stamp;
        memcpy(&stamp, buffer, sizeof stamp);
        samples_add(&samples, stamp, now);
    }
    report_latency(&samples, 1);
    free(buffer);
}

/* Two threads that wake each other. */
static int bells[2];

static void ring(int bell) { must(eventfd_write(bell, 1) == 0, "eventfd_write"); }
static void await(int bell) {
    eventfd_t count;
    must(eventfd_read(bell, &count) == 0, "eventfd_read");
}

static void* answer_bell(void* rounds_end) {
    for (const atomic_int* end = rounds_end; !atomic_load(end); ring(bells[1])) await(bells[0]);
    return NULL;
}

static void ring_threads(const struct options* o) {
    struct samples samples = samples_for(o);
    atomic_int end = 0;
    pthread_t thread;
    for (int i = 0; i < 2; i++) must((bells[i] = eventfd(0, EFD_CLOEXEC)) >= 0, "eventfd");
    must(pthread_create(&thread, NULL, answer_bell, &end) == 0, "pthread_create");
    while (samples_want_more(&samples)) {
        const uint64_t start = now_ns();
        ring(bells[0]);
        await(bells[1]);
        samples_add(&samples, start, now_ns());
    }
    atomic_store(&end, 1);
    ring(bells[0]);
    pthread_join(thread, NULL);
    report_latency(&samples, 2);
}

int main(int argc, char** argv) {
    static const struct {
        const char* role;
        int bind;
        void (*act)(int fd, const struct options* o);
    } ends[] = {{"push", 0, throughput_send},
                {"pull", 1, throughput_receive},
                {"req", 0, latency_ask},
                {"rep", 1, latency_answer},
                {"dealer", 0, latency_ask},
                {"router", 1, latency_answer},
                {"queueing_push", 0, throughput_queue},
                {"zerocopy_push", 0, throughput_zerocopy},
                {"steady_push", 0, steady_send},
                {"steady_pull", 1, steady_receive}};
    const struct options o = parse_options(argc, argv);
    if (strcmp(o.role, "threads") == 0) {
        ring_threads(&o);
        return 0;
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (strcmp(ends[i].role, o.role) != 0) continue;
        const int fd = ends[i].bind ? accept_stream(o.endpoint) : connect_stream(o.endpoint);
        ends[i].act(fd, &o);
        close(fd);
        return 0;
    }
    fail("unknown role", o.role);
}
