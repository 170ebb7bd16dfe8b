/* One end of a conversation, written against the stable zmq.h API: `demo_peer ROLE bind|connect ENDPOINT
   [COUNT]`. Roles: req rep push pull pub sub dealer router. Both ends know what message number i looks like,
   so whoever receives checks every byte. A binder prints "endpoint ..." first; the last line is "ok: ..." and
   the exit code 0, or a reason and 1. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zmq.h>

enum { largest = 70000, deadline_s = 20 };

static volatile int sent, received;

static void give_up(int signal) {
    char text[96];
    const int size =
        snprintf(text, sizeof text, "failed: deadline, after %d sent and %d received\n", sent, received);
    (void)signal;
    if (write(STDERR_FILENO, text, (size_t)size) < 0) _exit(2);
    _exit(1);
}

static void require(int ok, const char* what) {
    if (ok) return;
    fprintf(stderr, "failed: %s (%s)\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

/* Sizes from 0 to 300 bytes, and now and then a large one: short frames, long frames, and frames of many
 * reads. */
static size_t size_of(int number) { return number % 50 == 49 ? largest : (size_t)(number * 37 % 301); }

static void fill(unsigned char* body, int number) {
    for (size_t i = 0; i < size_of(number); i++) body[i] = (unsigned char)(i * 7 + (size_t)number);
}

static void send_body(void* socket, int number) {
    static unsigned char body[largest];
    fill(body, number);
    require(zmq_send(socket, body, size_of(number), 0) == (int)size_of(number), "send");
    sent++;
}

static void receive_body(void* socket, int number) {
    static unsigned char expected[largest], body[largest + 1];
    fill(expected, number);
    const int size = zmq_recv(socket, body, sizeof body, 0);
    require(size == (int)size_of(number), "a body of the expected size");
    require(memcmp(body, expected, (size_t)size) == 0, "a body with the expected bytes");
    received++;
}

static void send_text(void* socket, const char* text, int flags) {
    require(zmq_send(socket, text, strlen(text), flags) == (int)strlen(text), "send a text part");
}

static void receive_text(void* socket, const char* expected) {
    char text[64];
    const int size = zmq_recv(socket, text, sizeof text, 0);
    require(size == (int)strlen(expected) && memcmp(text, expected, (size_t)size) == 0, expected);
}

static void expect_more(void* socket, int expected) {
    int more;
    size_t length = sizeof more;
    require(zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &length) == 0 && more == expected,
            "the expected number of parts");
}

static void play_req(void* socket, int count) {
    for (int i = 0; i < count; i++) {
        send_body(socket, i);
        receive_body(socket, i + 1);
    }
}

static void play_rep(void* socket, int count) {
    for (int i = 0; i < count; i++) {
        receive_body(socket, i);
        send_body(socket, i + 1);
    }
}

static void play_push(void* socket, int count) {
    for (int i = 0; i < count; i++) send_body(socket, i);
}

static void play_pull(void* socket, int count) {
    for (int i = 0; i < count; i++) receive_body(socket, i);
}

/* An XPUB, so that it can wait for the subscription. Every second message has a topic nobody asked for. */
static void play_pub(void* socket, int count) {
    receive_text(socket, "\001news");
    for (int i = 0; i < count; i++) {
        send_text(socket, "other", ZMQ_SNDMORE);
        send_body(socket, i);
        send_text(socket, "news.today", ZMQ_SNDMORE);
        send_body(socket, i);
    }
}

static void play_sub(void* socket, int count) {
    for (int i = 0; i < count; i++) {
        receive_text(socket, "news.today");
        expect_more(socket, 1);
        receive_body(socket, i);
        expect_more(socket, 0);
    }
}

/* All requests first, then all replies: what REQ could not do. */
static void play_dealer(void* socket, int count) {
    for (int i = 0; i < count; i++) {
        send_text(socket, "ask", ZMQ_SNDMORE);
        send_body(socket, i);
    }
    for (int i = 0; i < count; i++) {
        receive_text(socket, "answer");
        expect_more(socket, 1);
        receive_body(socket, i);
    }
}

static void play_router(void* socket, int count) {
    for (int i = 0; i < count; i++) {
        receive_text(socket, "dealer-1");
        receive_text(socket, "ask");
        expect_more(socket, 1);
        receive_body(socket, i);
        send_text(socket, "dealer-1", ZMQ_SNDMORE);
        send_text(socket, "answer", ZMQ_SNDMORE);
        send_body(socket, i);
    }
}

static const struct role {
    const char* name;
    int type;
    void (*play)(void* socket, int count);
} roles[] = {
    {"req", ZMQ_REQ, play_req},          {"rep", ZMQ_REP, play_rep},          {"push", ZMQ_PUSH, play_push},
    {"pull", ZMQ_PULL, play_pull},       {"pub", ZMQ_XPUB, play_pub},         {"sub", ZMQ_SUB, play_sub},
    {"dealer", ZMQ_DEALER, play_dealer}, {"router", ZMQ_ROUTER, play_router},
};

static const struct role* find_role(const char* name) {
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].name, name) == 0) return &roles[i];
    return NULL;
}

static void open_endpoint(void* socket, int bind, const char* endpoint) {
    char bound[256];
    size_t length = sizeof bound;
    if (!bind) {
        require(zmq_connect(socket, endpoint) == 0, "connect");
        return;
    }
    require(zmq_bind(socket, endpoint) == 0, "bind");
    require(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &length) == 0, "the bound endpoint");
    printf("endpoint %s\n", bound);
    fflush(stdout);
}

int main(int argc, char** argv) {
    const struct role* role = argc >= 4 ? find_role(argv[1]) : NULL;
    if (!role) {
        fprintf(stderr, "usage: demo_peer ROLE bind|connect ENDPOINT [COUNT]\n");
        return 2;
    }
    const int count = argc > 4 ? atoi(argv[4]) : 500;
    signal(SIGALRM, give_up);
    alarm(deadline_s); /* a lost message must end the demonstration, not hang it */

    void *context = zmq_ctx_new(), *socket = zmq_socket(context, role->type);
    require(socket != NULL, "socket");
    if (role->type == ZMQ_DEALER)
        require(zmq_setsockopt(socket, ZMQ_ROUTING_ID, "dealer-1", 8) == 0, "routing id");
    if (role->type == ZMQ_SUB) require(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "news", 4) == 0, "subscribe");
    open_endpoint(socket, strcmp(argv[2], "bind") == 0, argv[3]);
    role->play(socket, count);
    require(zmq_close(socket) == 0 && zmq_ctx_term(context) == 0, "close");
    printf("ok: %s, %d messages\n", role->name, count);
    return 0;
}
