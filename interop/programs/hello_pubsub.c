/* A weather service that publishes every zip code, and a client that wants one of them. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { updates = 100 };

int main(void) {
    char endpoint[64], update[64];
    size_t length = sizeof endpoint;
    void* context = zmq_ctx_new();
    void* publisher = zmq_socket(context, ZMQ_XPUB); /* it can see who subscribes */
    int rc = zmq_bind(publisher, "tcp://127.0.0.1:*");
    assert(rc == 0);
    zmq_getsockopt(publisher, ZMQ_LAST_ENDPOINT, endpoint, &length);

    void* subscriber = zmq_socket(context, ZMQ_SUB);
    rc = zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "10001 ", 6);
    assert(rc == 0);
    rc = zmq_connect(subscriber, endpoint);
    assert(rc == 0);
    rc = zmq_recv(publisher, update, sizeof update, 0);
    assert(rc == 7 && memcmp(update, "\00110001 ", 7) == 0);

    for (int i = 0; i < updates; i++)
        for (int zip = 10000; zip < 10003; zip++) {
            const int size = snprintf(update, sizeof update, "%05d %d %d", zip, i, 50);
            rc = zmq_send(publisher, update, (size_t)size, 0);
            assert(rc == size);
        }
    for (int i = 0; i < updates; i++) {
        int zip, temperature, humidity;
        rc = zmq_recv(subscriber, update, sizeof update - 1, 0);
        assert(rc > 0);
        update[rc] = '\0';
        rc = sscanf(update, "%d %d %d", &zip, &temperature, &humidity);
        assert(rc == 3 && zip == 10001 && temperature == i);
    }
    zmq_close(subscriber);
    zmq_close(publisher);
    zmq_ctx_destroy(context);
    printf("%d updates for one zip code of three\n", updates);
    return 0;
}
