/* A stream of messages from a PUSH to a PULL: throughput. */
#define _GNU_SOURCE
#include "ends.h"

/* Sends for o->seconds (or o->count messages), then one 8-byte message that says how many there were. */
static void push(void* socket, const struct options* o) {
    char* body = calloc(1, o->size);
    struct run_time time = run_for(o->seconds, o->size);
    uint64_t sent = 0;
    for (; o->count ? sent < o->count : !is_over(&time); sent++)
        check(zmq_send(socket, body, o->size, 0) == (int)o->size, "zmq_send");
    check(zmq_send(socket, &sent, sizeof sent, 0) == sizeof sent, "zmq_send");
    free(body);
}

static void pull(void* socket, const struct options* o) {
    zmq_msg_t message;
    uint64_t received = 0, first = 0, announced = 0;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    for (;;) {
        int size = zmq_msg_recv(&message, socket, 0);
        check(size >= 0, "zmq_msg_recv");
        if (size == sizeof announced) break;
        if ((size_t)size != o->size) fail("received", "a message of the wrong size");
        if (received++ == 0) first = now_ns();
    }
    const uint64_t last = now_ns();
    memcpy(&announced, zmq_msg_data(&message), sizeof announced);
    zmq_msg_close(&message);
    if (announced != received) fail("received", "fewer or more messages than were sent");
    report_throughput(received, o->size, last - first);
}

int main(int argc, char** argv) {
    static const struct end ends[] = {{"push", ZMQ_PUSH, 0, push}, {"pull", ZMQ_PULL, 1, pull}};
    return run_ends(ends, sizeof ends / sizeof *ends, argc, argv);
}
