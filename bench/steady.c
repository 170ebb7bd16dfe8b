/* When one message arrives: from a steady sender, and the first one of a new context. The body carries the
   time it was sent at, by CLOCK_MONOTONIC, which both processes share. */
#define _GNU_SOURCE
#include "ends.h"

static void send_stamped(void* socket, char* body, const struct options* o, uint64_t stamp) {
    memcpy(body, &stamp, sizeof stamp);
    check(zmq_send(socket, body, o->size, 0) == (int)o->size, "zmq_send");
}

static void send_end(void* socket) { check(zmq_send(socket, "the end", 8, 0) == 8, "zmq_send"); }

static void push(void* socket, const struct options* o) {
    char* body = calloc(1, o->size);
    const uint64_t start = now_ns(), end = start + (uint64_t)(o->seconds * 1e9);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    for (uint64_t beat = start; beat < end; beat += (uint64_t)(o->interval_us * 1e3)) {
        wait_until(beat, o->interval_us);
        send_stamped(socket, body, o, now_ns());
    }
    send_end(socket);
    free(body);
}

static void pull(void* socket, const struct options* o) {
    struct samples samples = samples_for(o);
    zmq_msg_t message;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    for (;;) {
        check(zmq_msg_recv(&message, socket, 0) >= 0, "zmq_msg_recv");
        const uint64_t now = now_ns();
        uint64_t stamp;
        if (zmq_msg_size(&message) != o->size) break;
        memcpy(&stamp, zmq_msg_data(&message), sizeof stamp);
        samples_add(&samples, stamp, now);
    }
    zmq_msg_close(&message);
    report_latency(&samples, 1);
}

/* A new context, a new socket, a new connection for each message; their ends are not measured. */
static int push_firsts(const struct options* o) {
    char* body = calloc(1, o->size);
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    print_library();
    for (int last = 0; !last;) {
        const uint64_t start = now_ns();
        last = start >= end;
        void* context = zmq_ctx_new();
        check(context != NULL, "zmq_ctx_new");
        void* socket = open_socket(context, ZMQ_PUSH, o, 0);
        if (last)
            send_end(socket);
        else
            send_stamped(socket, body, o, start);
        check(zmq_close(socket) == 0, "zmq_close");
        check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
    }
    free(body);
    return 0;
}

int main(int argc, char** argv) {
    static const struct end ends[] = {{"push", ZMQ_PUSH, 0, push}, {"pull", ZMQ_PULL, 1, pull}};
    if (argc > 1 && strcmp(argv[1], "first") == 0) {
        const struct options o = parse_options(argc, argv);
        return push_firsts(&o);
    }
    return run_ends(ends, sizeof ends / sizeof *ends, argc, argv);
}
