/* The parallel pipeline: a ventilator, three workers and a sink. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { workers = 3, tasks = 300 };

static void* context;

struct worker {
    pthread_t thread;
    void *receiver, *sender;
};

static void* work(void* worker) {
    struct worker* w = worker;
    int task;
    while (zmq_recv(w->receiver, &task, sizeof task, 0) == sizeof task) {
        task *= 2;
        zmq_send(w->sender, &task, sizeof task, 0);
    }
    assert(zmq_errno() == ETERM); /* the day is over */
    zmq_close(w->receiver);
    zmq_close(w->sender);
    return NULL;
}

static void* connect_to(int type, const char* endpoint) {
    void* socket = zmq_socket(context, type);
    const int rc = zmq_connect(socket, endpoint);
    assert(rc == 0);
    return socket;
}

static void* bind_to_any(int type, char* endpoint) {
    size_t length = 64;
    void* socket = zmq_socket(context, type);
    int rc = zmq_bind(socket, "tcp://127.0.0.1:*");
    assert(rc == 0);
    rc = zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length);
    assert(rc == 0);
    return socket;
}

int main(void) {
    struct worker hired[workers];
    char tasks_at[64], results_at[64];
    context = zmq_ctx_new();
    void* ventilator = bind_to_any(ZMQ_PUSH, tasks_at);
    void* sink = bind_to_any(ZMQ_PULL, results_at);
    for (int i = 0; i < workers; i++) {
        hired[i].receiver = connect_to(ZMQ_PULL, tasks_at);
        hired[i].sender = connect_to(ZMQ_PUSH, results_at);
        pthread_create(&hired[i].thread, NULL, work, &hired[i]);
    }
    for (int i = 0; i < tasks; i++) zmq_send(ventilator, &i, sizeof i, 0);

    int sum = 0;
    for (int i = 0; i < tasks; i++) {
        int result = 0;
        const int size = zmq_recv(sink, &result, sizeof result, 0);
        assert(size == sizeof result);
        sum += result;
    }
    assert(sum == tasks * (tasks - 1));
    zmq_close(ventilator);
    zmq_close(sink);
    zmq_ctx_shutdown(context);
    for (int i = 0; i < workers; i++) pthread_join(hired[i].thread, NULL);
    zmq_ctx_term(context);
    printf("%d tasks done by %d workers, sum %d\n", tasks, workers, sum);
    return 0;
}
