/* The first message of a new connection with nothing but blocking sockets: a thread is started, as a context
   starts one, which connects, exchanges ZMTP's greetings and READYs (NULL) and sends. */
#define _GNU_SOURCE
#include "bare_common.h"

#include <pthread.h>

enum { greeting_bytes = 64 };
static const char greeting[greeting_bytes] = "\xff\0\0\0\0\0\0\0\0\x7f\3\1NULL";
static const char ready[] = "\4\x1b\5READY\13Socket-Type\0\0\0\4PULL";
enum { ready_bytes = sizeof ready - 1 };

struct first {
    const struct options* o;
    uint64_t start;
    int last;
};

static void* send_first(void* argument) {
    const struct first* first = argument;
    const size_t unit = framed(first->o->size);
    char heard[greeting_bytes + ready_bytes], *said = calloc(1, ready_bytes + unit),
                                              *body = calloc(1, first->o->size);
    const int fd = connect_stream(first->o->endpoint);
    write_all(fd, greeting, greeting_bytes);
    must(read_all(fd, heard, sizeof heard), "the handshake");
    memcpy(said, ready, ready_bytes);
    memcpy(body, &first->start, sizeof first->start);
    put_frame(said + ready_bytes, body, first->o->size);
    write_all(fd, said, first->last ? ready_bytes : ready_bytes + unit);
    close(fd);
    free(said);
    free(body);
    return NULL;
}

static void push(const struct options* o) {
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    struct first first = {o, 0, 0};
    while (!first.last) {
        pthread_t thread;
        first.start = now_ns();
        first.last = first.start >= end;
        must(pthread_create(&thread, NULL, send_first, &first) == 0, "pthread_create");
        pthread_join(thread, NULL);
    }
}

static void pull(const struct options* o) {
    const size_t unit = framed(o->size);
    char heard[greeting_bytes + ready_bytes], *message = malloc(unit);
    const int listener = listen_stream(o->endpoint, 64);
    struct samples samples = samples_for(o);
    for (int last = 0; !last;) {
        const int fd = accept_next(listener, o->endpoint);
        write_all(fd, greeting, greeting_bytes);
        must(read_all(fd, heard, greeting_bytes), "the greeting");
        write_all(fd, ready, ready_bytes);
        must(read_all(fd, heard, ready_bytes), "READY");
        last = !read_all(fd, message, unit);
        uint64_t stamp;
        memcpy(&stamp, message + unit - o->size, sizeof stamp);
        if (!last) samples_add(&samples, stamp, now_ns());
        close(fd);
    }
    report_latency(&samples, 1);
    free(message);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    if (strcmp(o.role, "pull") == 0)
        pull(&o);
    else if (strcmp(o.role, "first") == 0)
        push(&o);
    else
        fail("unknown role", o.role);
    return 0;
}
