/* One end of a measurement, written against the stable zmq.h API. The same file is built against libzmq and
   against Zither's drop-in library; `compare` runs the two builds side by side. */
#define _GNU_SOURCE
#include "bench_common.h"

#include <pthread.h>
#include <zmq.h>

/* The key pairs printed in the CURVE chapter of the ZeroMQ manual; a benchmark has nothing to protect. */
static const char client_public[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
static const char client_secret[] = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
static const char server_public[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
static const char server_secret[] = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";

static void check(int ok, const char* what) {
    if (!ok) fail(what, zmq_strerror(zmq_errno()));
}

static void print_library(void) {
    FILE* maps = fopen("/proc/self/maps", "r");
    char line[4096], last[4096] = "";
    while (maps && fgets(line, sizeof line, maps)) {
        char* path = strchr(line, '/');
        if (!path || !strstr(path, "/libzmq")) continue;
        path[strcspn(path, "\n")] = 0;
        if (strcmp(path, last) != 0) printf("library %s\n", path);
        snprintf(last, sizeof last, "%s", path);
    }
    if (maps) fclose(maps);
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    printf("version %d.%d.%d\n", major, minor, patch);
    fflush(stdout);
}

static void* open_socket(void* context, int type, const struct options* o, int bind) {
    void* socket = zmq_socket(context, type);
    check(socket != NULL, "zmq_socket");

    /* The default mark of 1000 messages, except where that would queue more than 64 MiB. */
    int mark = o->size > 65536 ? (int)(((size_t)64 << 20) / o->size) + 1 : 1000;
    check(zmq_setsockopt(socket, ZMQ_SNDHWM, &mark, sizeof mark) == 0, "ZMQ_SNDHWM");
    check(zmq_setsockopt(socket, ZMQ_RCVHWM, &mark, sizeof mark) == 0, "ZMQ_RCVHWM");

    if (o->curve && bind) {
        int yes = 1;
        check(zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes) == 0, "ZMQ_CURVE_SERVER");
        check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, server_secret, 41) == 0, "ZMQ_CURVE_SECRETKEY");
    } else if (o->curve) {
        check(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_public, 41) == 0, "ZMQ_CURVE_SERVERKEY");
        check(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, client_public, 41) == 0, "ZMQ_CURVE_PUBLICKEY");
        check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, client_secret, 41) == 0, "ZMQ_CURVE_SECRETKEY");
    }

    if (bind) {
        char endpoint[256];
        size_t length = sizeof endpoint;
        check(zmq_bind(socket, o->endpoint) == 0, "zmq_bind");
        check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length) == 0, "ZMQ_LAST_ENDPOINT");
        announce(endpoint);
    } else {
        check(zmq_connect(socket, o->endpoint) == 0, "zmq_connect");
    }
    return socket;
}

/* Sends for o->seconds (or o->count messages), then one 8-byte message that says how many there were. */
static void throughput_send(void* socket, const struct options* o) {
    char* body = calloc(1, o->size);
    const uint64_t stride = clock_stride(o->size);
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    uint64_t sent = 0;
    for (;;) {
        if (o->count ? sent == o->count : (sent % stride == 0 && now_ns() >= end)) break;
        check(zmq_send(socket, body, o->size, 0) == (int)o->size, "zmq_send");
        sent++;
    }
    check(zmq_send(socket, &sent, sizeof sent, 0) == sizeof sent, "zmq_send");
    free(body);
}

static void throughput_receive(void* socket, const struct options* o) {
    zmq_msg_t message;
    uint64_t received = 0, first = 0, announced = 0;
    check(zmq_msg_init(&message) == 0, "zmq_msg_init");
    for (;;) {
        int size = zmq_msg_recv(&message, socket, 0);
        check(size >= 0, "zmq_msg_recv");
        if (size == sizeof announced) break;
        if ((size_t)size != o->size) fail("received", "a message of the wrong size");
        if (received++ == 0) first = now_ns();
    }
    const uint64_t last = now_ns();
    memcpy(&announced, zmq_msg_data(&message), sizeof announced);
    zmq_msg_close(&message);
    if (announced != received) fail("received", "fewer or more messages than were sent");
    report_throughput(received, o->size, last - first);
}

static void latency_ask(void* socket, const struct options* o) {
    struct samples samples = samples_for(o);
    char *body = calloc(1, o->size), *reply = malloc(o->size);
    while (samples_want_more(&samples)) {
        const uint64_t start = now_ns();
        check(zmq_send(socket, body, o->size, 0) == (int)o->size, "zmq_send");
        check(zmq_recv(socket, reply, o->size, 0) == (int)o->size, "zmq_recv");
        samples_add(&samples, start, now_ns());
    }
    check(zmq_send(socket, "", 0, 0) == 0, "zmq_send");
    report_latency(&samples);
    free(body);
    free(reply);
}

/* Echoes until an empty body arrives. A ROUTER gets the routing id in front and sends it back the same way.
 */
static void latency_answer(void* socket) {
    zmq_msg_t part;
    check(zmq_msg_init(&part) == 0, "zmq_msg_init");
    for (;;) {
        check(zmq_msg_recv(&part, socket, 0) >= 0, "zmq_msg_recv");
        const int more = zmq_msg_more(&part);
        if (!more && zmq_msg_size(&part) == 0) break;
        check(zmq_msg_send(&part, socket, more ? ZMQ_SNDMORE : 0) >= 0, "zmq_msg_send");
    }
    zmq_msg_close(&part);
}

struct role {
    const char* name;
    int type;
    int bind;
    enum { push, pull, ask, answer } act;
};

static const struct role roles[] = {
    {"thr_push", ZMQ_PUSH, 0, push},    {"thr_pull", ZMQ_PULL, 1, pull},
    {"lat_req", ZMQ_REQ, 0, ask},       {"lat_rep", ZMQ_REP, 1, answer},
    {"lat_dealer", ZMQ_DEALER, 0, ask}, {"lat_router", ZMQ_ROUTER, 1, answer},
};

static const struct role* find_role(const char* name) {
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].name, name) == 0) return &roles[i];
    fail("unknown role", name);
}

struct job {
    const struct role* role;
    const struct options* options;
    void* socket;
};

/* libzmq 4.3.4 drops what is still in the kernel if an IPC peer hangs up while the receiver is at its
   high-water mark, so the sender stays until `compare` has seen the receiver end. */
static void hold(void) {
    while (getchar() != EOF) {
    }
}

static void* run(void* argument) {
    struct job* job = argument;
    switch (job->role->act) {
        case push: throughput_send(job->socket, job->options); break;
        case pull: throughput_receive(job->socket, job->options); break;
        case ask: latency_ask(job->socket, job->options); break;
        case answer: latency_answer(job->socket); break;
    }
    if (job->options->hold) hold();
    check(zmq_close(job->socket) == 0, "zmq_close");
    return NULL;
}

/* Both ends in one process: `back` binds and works on a second thread. */
static void run_inproc(void* context, const struct options* o, const char* front, const char* back) {
    struct job near = {find_role(front), o, NULL}, far = {find_role(back), o, NULL};
    far.socket = open_socket(context, far.role->type, o, 1);
    near.socket = open_socket(context, near.role->type, o, 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, &far) != 0) fail("pthread_create", "no thread");
    run(&near);
    pthread_join(thread, NULL);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    print_library();
    void* context = zmq_ctx_new();
    check(context != NULL, "zmq_ctx_new");
    if (strcmp(o.role, "inproc_thr") == 0) {
        run_inproc(context, &o, "thr_push", "thr_pull");
    } else if (strcmp(o.role, "inproc_lat") == 0) {
        run_inproc(context, &o, "lat_req", "lat_rep");
    } else {
        struct job job = {find_role(o.role), &o, NULL};
        job.socket = open_socket(context, job.role->type, &o, job.role->bind);
        run(&job);
    }
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
    return 0;
}
