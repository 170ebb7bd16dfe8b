/* One PUB to many SUB sockets, each with a connection of its own: deliveries per second. ZMQ_XPUB_NODROP is
   set, so that what is counted is what was sent. */
#define _GNU_SOURCE
#include "zmq_common.h"

static void* new_context(const struct options* o) {
    void* context = zmq_ctx_new();
    check(context != NULL, "zmq_ctx_new");
    check(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, (int)o->peers + 100) == 0, "ZMQ_MAX_SOCKETS");
    return context;
}

/* Sends one-byte probes until the other end has one on each connection, and says so on the control socket. */
static void wait_for_subscribers(void* pub, void* control) {
    char ready[8];
    zmq_pollitem_t item = {control, 0, ZMQ_POLLIN, 0};
    while (zmq_poll(&item, 1, 1) == 0)
        check(zmq_send(pub, "?", 1, ZMQ_DONTWAIT) == 1 || zmq_errno() == EAGAIN, "zmq_send");
    check(zmq_recv(control, ready, sizeof ready, 0) >= 0, "zmq_recv");
}

static void publish(const struct options* o) {
    void* context = new_context(o);
    char data[256], controls[256], both[600];
    void* control = new_socket(context, ZMQ_PULL, o, 1);
    void* pub = new_socket(context, ZMQ_PUB, o, 1);
    set_number(pub, ZMQ_XPUB_NODROP, 1);
    bind_socket(pub, "tcp://127.0.0.1:*", data, sizeof data);
    bind_socket(control, "tcp://127.0.0.1:*", controls, sizeof controls);
    snprintf(both, sizeof both, "%s %s", data, controls);
    announce(both);
    wait_for_subscribers(pub, control);

    char* body = calloc(1, o->size);
    struct run_time time = run_for(o->seconds, o->size * o->peers);
    uint64_t sent = 0;
    for (; !is_over(&time); sent++) check(zmq_send(pub, body, o->size, 0) == (int)o->size, "zmq_send");
    check(zmq_send(pub, &sent, sizeof sent, 0) == sizeof sent, "zmq_send");
    free(body);
    check(zmq_close(pub) == 0 && zmq_close(control) == 0, "zmq_close");
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
}

struct subscriber {
    void* socket;
    uint64_t received;
    int ready, ended;
};

struct subscribers {
    struct subscriber* each;
    size_t ready, ended;
    uint64_t received, first;
};

/* Takes what is there, but lets the others have their turn. */
static void drain(struct subscribers* all, struct subscriber* one, const struct options* o) {
    zmq_msg_t message;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    for (int turn = 0; turn < 256; turn++) {
        const int size = zmq_msg_recv(&message, one->socket, ZMQ_DONTWAIT);
        if (size < 0) {
            check(zmq_errno() == EAGAIN, "zmq_msg_recv");
            break;
        }
        if (size == 1) {
            all->ready += !one->ready;
            one->ready = 1;
        } else if (size == 8) {
            uint64_t sent;
            memcpy(&sent, zmq_msg_data(&message), sizeof sent);
            if (sent != one->received) fail("received", "fewer or more messages than were sent");
            one->ended = 1;
            all->ended++;
        } else {
            if ((size_t)size != o->size) fail("received", "a message of the wrong size");
            if (all->received++ == 0) all->first = now_ns();
            one->received++;
        }
    }
    zmq_msg_close(&message);
}

static void subscribe(const struct options* o) {
    char* both = strdup(o->endpoint);
    const char* controls = cut_endpoints(both);
    void* context = new_context(o);
    zmq_pollitem_t* items = calloc(o->peers, sizeof *items);
    struct subscribers all = {calloc(o->peers, sizeof *all.each), 0, 0, 0, 0};
    for (size_t i = 0; i < o->peers; i++) {
        void* socket = new_socket(context, ZMQ_SUB, o, 0);
        check(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) == 0, "ZMQ_SUBSCRIBE");
        check(zmq_connect(socket, both) == 0, "zmq_connect");
        all.each[i].socket = items[i].socket = socket;
        items[i].events = ZMQ_POLLIN;
    }
    void* control = new_socket(context, ZMQ_PUSH, o, 0);
    check(zmq_connect(control, controls) == 0, "zmq_connect");
    for (int told = 0; all.ended < o->peers;) {
        check(zmq_poll(items, (int)o->peers, -1) >= 0, "zmq_poll");
        for (size_t i = 0; i < o->peers; i++)
            if (items[i].revents & ZMQ_POLLIN) drain(&all, &all.each[i], o);
        if (!told && all.ready == o->peers) told = zmq_send(control, "ready", 5, 0) == 5;
    }
    report_throughput(all.received, o->size, now_ns() - all.first);
    for (size_t i = 0; i < o->peers; i++) check(zmq_close(all.each[i].socket) == 0, "zmq_close");
    check(zmq_close(control) == 0 && zmq_ctx_term(context) == 0, "zmq_ctx_term");
    free(all.each);
    free(items);
    free(both);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    print_library();
    if (strcmp(o.role, "pub") == 0)
        publish(&o);
    else if (strcmp(o.role, "sub") == 0)
        subscribe(&o);
    else
        fail("unknown role", o.role);
    return 0;
}
