/* Runs one end of a connection, or both in one process for inproc, from a table of ends. */
#ifndef ZITHER_BENCH_ENDS_H
#define ZITHER_BENCH_ENDS_H

#include "zmq_common.h"

struct end {
    const char* role;
    int type;
    int bind;
    void (*act)(void* socket, const struct options* o);
};

struct job {
    const struct end* end;
    const struct options* options;
    void* socket;
};

static inline void* run_job(void* argument) {
    struct job* job = (struct job*)argument;
    job->end->act(job->socket, job->options);
    hold(job->options);
    check(zmq_close(job->socket) == 0, "zmq_close");
    return NULL;
}

static inline pthread_t start_thread(void* (*body)(void*), void* argument) {
    pthread_t thread = 0;
    if (pthread_create(&thread, NULL, body, argument) != 0) fail("pthread_create", "no thread");
    return thread;
}

/* A thread that waits for what never comes, in a socket of its own, until the context is shut down. */
static inline void* stay_idle(void* socket) {
    char body[1];
    if (zmq_recv(socket, body, sizeof body, 0) >= 0 || zmq_errno() != ETERM) fail("idle thread", "was woken");
    check(zmq_close(socket) == 0, "zmq_close");
    return NULL;
}

static inline void run_alone(void* context, const struct end* end, const struct options* o) {
    struct job job = {end, o, NULL};
    pthread_t thread = 0;
    if (o->idle) {
        char endpoint[256];
        void* socket = zmq_socket(context, ZMQ_PULL);
        check(socket != NULL, "zmq_socket");
        bind_socket(socket, "tcp://127.0.0.1:*", endpoint, sizeof endpoint);
        thread = start_thread(stay_idle, socket);
    }
    job.socket = open_socket(context, end->type, o, end->bind);
    run_job(&job);
    if (!o->idle) return;
    check(zmq_ctx_shutdown(context) == 0, "zmq_ctx_shutdown");
    pthread_join(thread, NULL);
}

/* `far` binds and works on a second thread. */
static inline void run_inproc(void* context, const struct end* ends, const struct options* o) {
    struct job near = {&ends[0], o, NULL}, far = {&ends[1], o, NULL};
    far.socket = open_socket(context, far.end->type, o, 1);
    near.socket = open_socket(context, near.end->type, o, 0);
    const pthread_t thread = start_thread(run_job, &far);
    run_job(&near);
    pthread_join(thread, NULL);
}

/* ends[0] connects to ends[1]; "inproc" runs these two in one process. */
static inline int run_ends(const struct end* ends, size_t count, int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    print_library();
    void* context = zmq_ctx_new();
    check(context != NULL, "zmq_ctx_new");
    size_t i = 0;
    if (strcmp(o.role, "inproc") == 0) {
        run_inproc(context, ends, &o);
    } else {
        while (i < count && strcmp(ends[i].role, o.role) != 0) i++;
        if (i == count) fail("unknown role", o.role);
        run_alone(context, &ends[i], &o);
    }
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
    return 0;
}

#endif
