/* One message back and forth between REQ and REP, or DEALER and ROUTER: latency. */
#define _GNU_SOURCE
#include "ends.h"

/* A thread that is awake asks again and again instead of waiting. */
static void receive(zmq_msg_t* part, void* socket, const struct options* o) {
    int size;
    do size = zmq_msg_recv(part, socket, o->awake ? ZMQ_DONTWAIT : 0);
    while (size < 0 && o->awake && zmq_errno() == EAGAIN);
    check(size >= 0, "zmq_msg_recv");
}

static void ask(void* socket, const struct options* o) {
    struct samples samples = samples_for(o);
    char* body = calloc(1, o->size);
    zmq_msg_t reply;
    check(zmq_msg_init(&reply) == 0, "zmq_msg_init");
    while (samples_want_more(&samples)) {
        const uint64_t start = now_ns();
        check(zmq_send(socket, body, o->size, 0) == (int)o->size, "zmq_send");
        receive(&reply, socket, o);
        samples_add(&samples, start, now_ns());
        if (zmq_msg_size(&reply) != o->size) fail("received", "a message of the wrong size");
    }
    zmq_msg_close(&reply);
    check(zmq_send(socket, "", 0, 0) == 0, "zmq_send");
    report_latency(&samples, 2);
    free(body);
}

/* Echoes until an empty body arrives. A ROUTER gets the routing id in front and sends it back the same way.
 */
static void answer(void* socket, const struct options* o) {
    zmq_msg_t part;
    check(zmq_msg_init(&part) == 0, "zmq_msg_init");
    for (;;) {
        receive(&part, socket, o);
        const int more = zmq_msg_more(&part);
        if (!more && zmq_msg_size(&part) == 0) break;
        check(zmq_msg_send(&part, socket, more ? ZMQ_SNDMORE : 0) >= 0, "zmq_msg_send");
    }
    zmq_msg_close(&part);
}

int main(int argc, char** argv) {
    static const struct end ends[] = {{"req", ZMQ_REQ, 0, ask},
                                      {"rep", ZMQ_REP, 1, answer},
                                      {"dealer", ZMQ_DEALER, 0, ask},
                                      {"router", ZMQ_ROUTER, 1, answer}};
    return run_ends(ends, sizeof ends / sizeof *ends, argc, argv);
}
