/* A server that answers "Hello" with "World", and a client that asks it ten times. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { requests = 10 };

static void* serve(void* responder) {
    char buffer[10];
    for (int i = 0; i < requests; i++) {
        const int size = zmq_recv(responder, buffer, sizeof buffer, 0);
        assert(size == 5 && memcmp(buffer, "Hello", 5) == 0);
        zmq_send(responder, "World", 5, 0);
    }
    return NULL;
}

int main(void) {
    char endpoint[64], buffer[10];
    size_t length = sizeof endpoint;
    void* context = zmq_ctx_new();
    void* responder = zmq_socket(context, ZMQ_REP);
    int rc = zmq_bind(responder, "tcp://127.0.0.1:*");
    assert(rc == 0);
    rc = zmq_getsockopt(responder, ZMQ_LAST_ENDPOINT, endpoint, &length);
    assert(rc == 0);

    pthread_t server;
    pthread_create(&server, NULL, serve, responder);
    void* requester = zmq_socket(context, ZMQ_REQ);
    rc = zmq_connect(requester, endpoint);
    assert(rc == 0);
    for (int i = 0; i < requests; i++) {
        zmq_send(requester, "Hello", 5, 0);
        rc = zmq_recv(requester, buffer, sizeof buffer, 0);
        assert(rc == 5 && memcmp(buffer, "World", 5) == 0);
    }
    pthread_join(server, NULL);
    zmq_close(requester);
    zmq_close(responder);
    zmq_ctx_destroy(context);
    printf("%d requests answered\n", requests);
    return 0;
}
