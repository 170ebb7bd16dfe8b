/* A ROUTER with very many idle connections. `raw_peers` makes them, and sends one message when all stand. */
#define _GNU_SOURCE
#include "memory.h"
#include "zmq_common.h"

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    print_library();
    void* context = zmq_ctx_new();
    check(context != NULL, "zmq_ctx_new");
    void* router = new_socket(context, ZMQ_ROUTER, &o, 1);
    char endpoint[256], body[16];
    set_number(router, ZMQ_BACKLOG, 1024);
    bind_socket(router, o.endpoint, endpoint, sizeof endpoint);
    const double before = resident_bytes();
    announce(endpoint);
    check(zmq_recv(router, body, sizeof body, 0) >= 0 && zmq_recv(router, body, sizeof body, 0) >= 0,
          "zmq_recv");
    printf("result {\"connection_bytes\": %.1f}\n", (resident_bytes() - before) / (double)o.peers);
    fflush(stdout);
    check(zmq_close(router) == 0 && zmq_ctx_term(context) == 0, "zmq_ctx_term");
    return 0;
}
