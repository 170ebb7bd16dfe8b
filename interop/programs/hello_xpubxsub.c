/* A forwarder written by hand: XSUB towards the publisher, XPUB towards the subscriber, messages and
 * subscriptions both ways. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { updates = 50 };

static void* context;

static void* open_socket(int type, char* endpoint, int bind) {
    size_t length = 64;
    void* socket = zmq_socket(context, type);
    int rc = bind ? zmq_bind(socket, "tcp://127.0.0.1:*") : zmq_connect(socket, endpoint);
    assert(rc == 0);
    if (bind) zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length);
    return socket;
}

/* Passes one whole message from one side to the other. */
static void forward(void* from, void* to) {
    int more;
    do {
        zmq_msg_t part;
        zmq_msg_init(&part);
        int rc = zmq_msg_recv(&part, from, 0);
        assert(rc >= 0);
        more = zmq_msg_more(&part);
        rc = zmq_msg_send(&part, to, more ? ZMQ_SNDMORE : 0);
        assert(rc >= 0);
    } while (more);
}

static void expect(void* socket, const char* text, size_t size) {
    char buffer[64];
    const int rc = zmq_recv(socket, buffer, sizeof buffer, 0);
    assert(rc == (int)size && memcmp(buffer, text, size) == 0);
}

int main(void) {
    char upstream[64], downstream[64], number[16];
    context = zmq_ctx_new();
    void* publisher = open_socket(ZMQ_XPUB, upstream, 1);
    void* frontend = open_socket(ZMQ_XSUB, upstream, 0);
    void* backend = open_socket(ZMQ_XPUB, downstream, 1);
    void* subscriber = zmq_socket(context, ZMQ_SUB);
    zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "A", 1);
    int rc = zmq_connect(subscriber, downstream);
    assert(rc == 0);

    forward(backend, frontend); /* the subscription travels up */
    expect(publisher, "\001A", 2);
    for (int i = 0; i < updates; i++) {
        snprintf(number, sizeof number, "%d", i);
        zmq_send(publisher, "B", 1, ZMQ_SNDMORE);
        zmq_send(publisher, "nobody wants this", 17, 0);
        zmq_send(publisher, "A", 1, ZMQ_SNDMORE);
        zmq_send(publisher, number, strlen(number), 0);
        forward(frontend, backend);
        expect(subscriber, "A", 1);
        expect(subscriber, number, strlen(number));
    }
    zmq_setsockopt(subscriber, ZMQ_UNSUBSCRIBE, "A", 1);
    forward(backend, frontend);
    expect(publisher, "\000A", 2);

    zmq_close(subscriber);
    zmq_close(backend);
    zmq_close(frontend);
    zmq_close(publisher);
    zmq_ctx_destroy(context);
    printf("%d updates forwarded\n", updates);
    return 0;
}
