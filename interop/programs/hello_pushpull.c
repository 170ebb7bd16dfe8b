/* The parallel pipeline: a ventilator, three workers and a sink. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { workers = 3, tasks = 300 };

static void* context;
static char tasks_at[64], results_at[64];

static void* work(void* unused) {
    void* receiver = zmq_socket(context, ZMQ_PULL);
    void* sender = zmq_socket(context, ZMQ_PUSH);
    zmq_connect(receiver, tasks_at);
    zmq_connect(sender, results_at);
    int task;
    while (zmq_recv(receiver, &task, sizeof task, 0) == sizeof task) {
        task *= 2;
        zmq_send(sender, &task, sizeof task, 0);
    }
    assert(zmq_errno() == ETERM); /* the day is over */
    zmq_close(receiver);
    zmq_close(sender);
    return unused;
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
    pthread_t threads[workers];
    context = zmq_ctx_new();
    void* ventilator = bind_to_any(ZMQ_PUSH, tasks_at);
    void* sink = bind_to_any(ZMQ_PULL, results_at);
    for (int i = 0; i < workers; i++) pthread_create(&threads[i], NULL, work, NULL);
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
    for (int i = 0; i < workers; i++) pthread_join(threads[i], NULL);
    zmq_ctx_term(context);
    printf("%d tasks done by %d workers, sum %d\n", tasks, workers, sum);
    return 0;
}
