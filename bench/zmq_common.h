/* What the programs written against the stable zmq.h API share. Each is built once, and run on the one
   library or the other by LD_LIBRARY_PATH. */
#ifndef ZITHER_BENCH_ZMQ_COMMON_H
#define ZITHER_BENCH_ZMQ_COMMON_H

#include "common.h"

#include <pthread.h>
#include <zmq.h>

static inline void check(int ok, const char* what) {
    if (!ok) fail(what, zmq_strerror(zmq_errno()));
}

static inline void print_library(void) {
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

static inline void set_number(void* socket, int option, int value) {
    check(zmq_setsockopt(socket, option, &value, sizeof value) == 0, "zmq_setsockopt");
}

/* The key pairs printed in the CURVE chapter of the ZeroMQ manual; a benchmark has nothing to protect. */
static inline void use_curve(void* socket, int server) {
    const char* client_public = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
    const char* client_secret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";
    const char* server_public = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
    const char* server_secret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
    if (server) {
        set_number(socket, ZMQ_CURVE_SERVER, 1);
        check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, server_secret, 41) == 0, "ZMQ_CURVE_SECRETKEY");
        return;
    }
    check(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_public, 41) == 0, "ZMQ_CURVE_SERVERKEY");
    check(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, client_public, 41) == 0, "ZMQ_CURVE_PUBLICKEY");
    check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, client_secret, 41) == 0, "ZMQ_CURVE_SECRETKEY");
}

static inline void set_pem(void* socket, int option, const char* folder, const char* name) {
    char path[4096], text[16384];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE* file = fopen(path, "r");
    if (!file) fail(path, strerror(errno));
    const size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    check(zmq_setsockopt(socket, option, text, size) == 0, "a TLS option");
}

/* Zither's own options, by their numbers: libzmq's header has no names for them. */
static inline void use_tls(void* socket, const char* folder, int server) {
    enum { cert = 10111, key = 10112, trust = 10113, hostname = 10115, client_cert = 10116 };
    if (server) {
        set_pem(socket, cert, folder, "cert.pem");
        set_pem(socket, key, folder, "key.pem");
        set_number(socket, client_cert, 0);
        return;
    }
    set_pem(socket, trust, folder, "cert.pem");
    check(zmq_setsockopt(socket, hostname, "*", 1) == 0, "TLS_HOSTNAME");
}

static inline void* new_socket(void* context, int type, const struct options* o, int server) {
    void* socket = zmq_socket(context, type);
    check(socket != NULL, "zmq_socket");
    const int mark = (int)queue_mark(o->size);
    set_number(socket, ZMQ_SNDHWM, mark);
    set_number(socket, ZMQ_RCVHWM, mark);
    if (o->curve) use_curve(socket, server);
    if (o->tls) use_tls(socket, o->tls, server);
    return socket;
}

/* Binds, and gives the endpoint with its port. */
static inline void bind_socket(void* socket, const char* endpoint, char* bound, size_t size) {
    check(zmq_bind(socket, endpoint) == 0, "zmq_bind");
    check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &size) == 0, "ZMQ_LAST_ENDPOINT");
}

static inline void* open_socket(void* context, int type, const struct options* o, int bind) {
    void* socket = new_socket(context, type, o, bind);
    if (bind) {
        char endpoint[256];
        bind_socket(socket, o->endpoint, endpoint, sizeof endpoint);
        announce(endpoint);
    } else {
        check(zmq_connect(socket, o->endpoint) == 0, "zmq_connect");
    }
    return socket;
}

/* The second of the two endpoints in `both`, which is cut after the first. */
static inline const char* cut_endpoints(char* both) {
    char* space = strchr(both, ' ');
    if (!space) fail(both, "two endpoints are needed");
    *space = 0;
    return space + 1;
}

/* libzmq 4.3.4 drops what is still in the kernel if an IPC peer hangs up while the receiver is at its
   high-water mark, so the sender stays until `compare` has seen the receiver end. */
static inline void hold(const struct options* o) {
    while (o->hold && getchar() != EOF) {
    }
}

#endif
