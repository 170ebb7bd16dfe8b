/* A broker in one call: zmq_proxy_steerable between REQ clients and REP workers, watched by a capture socket.
 */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { workers = 2, clients = 3, requests = 20 };

static void* context;
static char front[64], back[64];

static void* open_socket(int type, const char* endpoint) {
    void* socket = zmq_socket(context, type);
    const int rc = zmq_connect(socket, endpoint);
    assert(rc == 0);
    return socket;
}

static void* bind_to_any(int type, char* endpoint) {
    size_t length = 64;
    void* socket = zmq_socket(context, type);
    const int rc = zmq_bind(socket, "tcp://127.0.0.1:*");
    assert(rc == 0);
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length);
    return socket;
}

static void* work(void* worker) {
    char text[16];
    int size;
    while ((size = zmq_recv(worker, text, sizeof text, 0)) >= 0) zmq_send(worker, text, (size_t)size, 0);
    assert(zmq_errno() == ETERM);
    zmq_close(worker);
    return NULL;
}

static void* ask(void* unused) {
    char text[16];
    void* client = open_socket(ZMQ_REQ, front);
    for (int i = 0; i < requests; i++) {
        zmq_send(client, &i, sizeof i, 0);
        const int size = zmq_recv(client, text, sizeof text, 0);
        assert(size == sizeof i && memcmp(text, &i, sizeof i) == 0);
    }
    zmq_close(client);
    return unused;
}

static void* broker(void* unused) {
    void* frontend = bind_to_any(ZMQ_ROUTER, front);
    void* backend = bind_to_any(ZMQ_DEALER, back);
    void* capture = open_socket(ZMQ_PUSH, "inproc://capture");
    void* control = open_socket(ZMQ_PAIR, "inproc://control");
    zmq_send(control, "bound", 5, 0);
    const int rc = zmq_proxy_steerable(frontend, backend, capture, control);
    assert(rc == 0);
    void* sockets[] = {frontend, backend, capture, control};
    for (int i = 0; i < 4; i++) zmq_close(sockets[i]);
    return unused;
}

/* Each request and each reply passes with its envelope: name, empty frame, body. */
static void count_captured(void* capture) {
    const int high_water = 1000;
    zmq_setsockopt(capture, ZMQ_RCVHWM, &high_water, sizeof high_water);
    for (int i = 0; i < clients * requests * 2 * 3; i++) {
        int more;
        size_t length = sizeof more;
        const int size = zmq_recv(capture, NULL, 0, 0);
        zmq_getsockopt(capture, ZMQ_RCVMORE, &more, &length);
        assert(size == (i % 3 == 0 ? 5 : i % 3 == 1 ? 0 : 4) && more == (i % 3 != 2));
    }
}

int main(void) {
    pthread_t broker_thread, worker_threads[workers], client_threads[clients];
    char text[8];
    context = zmq_ctx_new();
    void* capture = zmq_socket(context, ZMQ_PULL);
    void* control = zmq_socket(context, ZMQ_PAIR);
    zmq_bind(capture, "inproc://capture");
    zmq_bind(control, "inproc://control");
    pthread_create(&broker_thread, NULL, broker, NULL);
    zmq_recv(control, text, sizeof text, 0);

    for (int i = 0; i < workers; i++)
        pthread_create(&worker_threads[i], NULL, work, open_socket(ZMQ_REP, back));
    for (int i = 0; i < clients; i++) pthread_create(&client_threads[i], NULL, ask, NULL);
    for (int i = 0; i < clients; i++) pthread_join(client_threads[i], NULL);
    count_captured(capture);
    zmq_send(control, "TERMINATE", 9, 0);
    pthread_join(broker_thread, NULL);
    zmq_close(capture);
    zmq_close(control);
    zmq_ctx_shutdown(context);
    for (int i = 0; i < workers; i++) pthread_join(worker_threads[i], NULL);
    zmq_ctx_term(context);
    printf("%d requests brokered\n", clients * requests);
    return 0;
}
