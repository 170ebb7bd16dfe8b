/* One loop over two ZeroMQ sockets and a pipe of the operating system. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { tasks = 30, updates = 40, lines = 10 };

static void* context;
static char tasks_at[64], updates_at[64];
static int pipe_ends[2];

static void* bind_to_any(int type, char* endpoint) {
    size_t length = 64;
    void* socket = zmq_socket(context, type);
    const int rc = zmq_bind(socket, "tcp://127.0.0.1:*");
    assert(rc == 0);
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length);
    return socket;
}

static void* produce(void* unused) {
    char subscription[8];
    void* ventilator = bind_to_any(ZMQ_PUSH, tasks_at);
    void* publisher = bind_to_any(ZMQ_XPUB, updates_at);
    int rc = (int)write(pipe_ends[1], "b", 1); /* both are bound */
    assert(rc == 1);
    zmq_recv(publisher, subscription, sizeof subscription, 0);
    for (int i = 0; i < tasks; i++) zmq_send(ventilator, "task", 4, 0);
    for (int i = 0; i < updates; i++) zmq_send(publisher, "update", 6, 0);
    for (int i = 0; i < lines; i++) {
        rc = (int)write(pipe_ends[1], "l", 1);
        assert(rc == 1);
    }
    zmq_close(ventilator);
    zmq_close(publisher);
    return unused;
}

int main(void) {
    pthread_t producer;
    char text[16];
    int seen_tasks = 0, seen_updates = 0, seen_lines = 0;
    context = zmq_ctx_new();
    int rc = pipe(pipe_ends);
    assert(rc == 0);
    pthread_create(&producer, NULL, produce, NULL);
    rc = (int)read(pipe_ends[0], text, 1);
    assert(rc == 1);
    void* receiver = zmq_socket(context, ZMQ_PULL);
    void* subscriber = zmq_socket(context, ZMQ_SUB);
    zmq_connect(receiver, tasks_at);
    zmq_connect(subscriber, updates_at);
    zmq_setsockopt(subscriber, ZMQ_SUBSCRIBE, "", 0);

    zmq_pollitem_t items[] = {
        {receiver, 0, ZMQ_POLLIN, 0}, {subscriber, 0, ZMQ_POLLIN, 0}, {NULL, pipe_ends[0], ZMQ_POLLIN, 0}};
    while (seen_tasks < tasks || seen_updates < updates || seen_lines < lines) {
        rc = zmq_poll(items, 3, 10000);
        assert(rc > 0);
        if (items[0].revents & ZMQ_POLLIN) seen_tasks += zmq_recv(receiver, text, sizeof text, 0) == 4;
        if (items[1].revents & ZMQ_POLLIN) seen_updates += zmq_recv(subscriber, text, sizeof text, 0) == 6;
        if (items[2].revents & ZMQ_POLLIN) seen_lines += read(pipe_ends[0], text, 1) == 1;
    }
    rc = zmq_poll(items, 3, 0);
    assert(rc == 0);
    pthread_join(producer, NULL);
    zmq_close(receiver);
    zmq_close(subscriber);
    zmq_ctx_destroy(context);
    printf("%d tasks, %d updates, %d lines in one loop\n", seen_tasks, seen_updates, seen_lines);
    return 0;
}
