/* Many DEALER sockets to one ROUTER and back: round trips per second, with a few messages on the way for each
 * DEALER.
 */
#define _GNU_SOURCE
#include "zmq_common.h"

enum { on_the_way = 16 };

static void answer(void* context, const struct options* o) {
    void* router = open_socket(context, ZMQ_ROUTER, o, 1);
    zmq_msg_t id, body;
    check(zmq_msg_init(&id) == 0 && zmq_msg_init(&body) == 0, "zmq_msg_init");
    for (;;) {
        check(zmq_msg_recv(&id, router, 0) >= 0 && zmq_msg_recv(&body, router, 0) >= 0, "zmq_msg_recv");
        if (zmq_msg_size(&body) == 0) break;
        check(zmq_msg_send(&id, router, ZMQ_SNDMORE) >= 0 && zmq_msg_send(&body, router, 0) >= 0,
              "zmq_msg_send");
    }
    zmq_msg_close(&id);
    zmq_msg_close(&body);
    check(zmq_close(router) == 0, "zmq_close");
}

static void ask(void* context, const struct options* o) {
    zmq_pollitem_t* dealers = calloc(o->peers, sizeof *dealers);
    char *body = calloc(1, o->size), *reply = malloc(o->size);
    for (size_t i = 0; i < o->peers; i++) {
        dealers[i].socket = open_socket(context, ZMQ_DEALER, o, 0);
        dealers[i].events = ZMQ_POLLIN;
        for (int n = 0; n < on_the_way; n++)
            check(zmq_send(dealers[i].socket, body, o->size, 0) == (int)o->size, "zmq_send");
    }
    const uint64_t start = now_ns(), end = start + (uint64_t)(o->seconds * 1e9);
    uint64_t trips = 0, open = o->peers * on_the_way;
    while (open > 0) {
        check(zmq_poll(dealers, (int)o->peers, -1) >= 0, "zmq_poll");
        const int go_on = now_ns() < end;
        for (size_t i = 0; i < o->peers; i++) {
            if (!(dealers[i].revents & ZMQ_POLLIN)) continue;
            for (int n = 0; n < on_the_way; n++) {
                const int size = zmq_recv(dealers[i].socket, reply, o->size, ZMQ_DONTWAIT);
                if (size < 0) {
                    check(zmq_errno() == EAGAIN, "zmq_recv");
                    break;
                }
                if ((size_t)size != o->size) fail("received", "a message of the wrong size");
                trips++;
                open--;
                if (!go_on) continue;
                check(zmq_send(dealers[i].socket, body, o->size, 0) == size, "zmq_send");
                open++;
            }
        }
    }
    report_throughput(trips, o->size, now_ns() - start);
    check(zmq_send(dealers[0].socket, "", 0, 0) == 0, "zmq_send");
    for (size_t i = 0; i < o->peers; i++) check(zmq_close(dealers[i].socket) == 0, "zmq_close");
    free(dealers);
    free(body);
    free(reply);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    print_library();
    void* context = zmq_ctx_new();
    check(context != NULL, "zmq_ctx_new");
    if (strcmp(o.role, "router") == 0)
        answer(context, &o);
    else if (strcmp(o.role, "dealers") == 0)
        ask(context, &o);
    else
        fail("unknown role", o.role);
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
    return 0;
}
