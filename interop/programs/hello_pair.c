/* Three threads that start one another and pass a signal back through inproc PAIR sockets. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

static void signal_ready(void* context, const char* endpoint) {
    void* transmitter = zmq_socket(context, ZMQ_PAIR);
    int rc = zmq_connect(transmitter, endpoint);
    assert(rc == 0);
    rc = zmq_send(transmitter, "READY", 5, 0);
    assert(rc == 5);
    zmq_close(transmitter);
}

static void await_ready(void* receiver) {
    char text[8];
    const int size = zmq_recv(receiver, text, sizeof text, 0);
    assert(size == 5 && memcmp(text, "READY", 5) == 0);
    zmq_close(receiver);
}

static void* listen_at(void* context, const char* endpoint) {
    void* receiver = zmq_socket(context, ZMQ_PAIR);
    const int rc = zmq_bind(receiver, endpoint);
    assert(rc == 0);
    return receiver;
}

static void* step_one(void* context) {
    signal_ready(context, "inproc://step2");
    return NULL;
}

static void* step_two(void* context) {
    pthread_t thread;
    void* receiver = listen_at(context, "inproc://step2");
    pthread_create(&thread, NULL, step_one, context);
    await_ready(receiver);
    pthread_join(thread, NULL);
    signal_ready(context, "inproc://step3");
    return NULL;
}

int main(void) {
    pthread_t thread;
    void* context = zmq_ctx_new();
    void* receiver = listen_at(context, "inproc://step3");
    pthread_create(&thread, NULL, step_two, context);
    await_ready(receiver);
    pthread_join(thread, NULL);
    zmq_ctx_destroy(context);
    printf("three steps\n");
    return 0;
}
