/* Very many subscriptions of one SUB at one PUB: how long they take, what memory they cost both processes,
   and what a message that matches one of them costs the publisher. No marks: libzmq drops subscriptions
   beyond them. */
#define _GNU_SOURCE
#include "lookup.h"
#include "memory.h"
#include "topics.h"
#include "zmq_common.h"

static void* open_end(void* context, int type, const struct options* o, int server) {
    void* socket = new_socket(context, type, o, server);
    set_number(socket, ZMQ_SNDHWM, 0);
    set_number(socket, ZMQ_RCVHWM, 0);
    return socket;
}

/* Publishes "end" until the subscriber, who subscribed to it last, answers. */
static void wait_for_subscriptions(void* pub, void* control) {
    char ready[8];
    zmq_pollitem_t item = {control, 0, ZMQ_POLLIN, 0};
    do check(zmq_send(pub, "end", 3, 0) == 3, "zmq_send");
    while (zmq_poll(&item, 1, 1) == 0);
    check(zmq_recv(control, ready, sizeof ready, 0) >= 0, "zmq_recv");
}

/* In the table beside, a topic of its own is looked up for each that is sent. */
enum { topics_beside = 1000000 };

/* Topics in an order that no cache foresees, a thousand at a time, each thousand when the last one has
   arrived: only the publisher's own work is on its clock. */
static void publish(void* pub, void* control, const struct options* o, const struct topic_table* beside) {
    enum { batch = 1000 };
    static char topics[batch][topic_bytes + 1], others[batch][topic_bytes + 1];
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    uint64_t sent = 0, busy = 0, pick = 1, pick_beside = 1;
    char answer[8];
    do {
        for (size_t i = 0; i < batch; i++) make_topic(topics[i], any_topic(&pick, o->topics));
        for (size_t i = 0; beside && i < batch; i++)
            make_topic(others[i], any_topic(&pick_beside, topics_beside));
        const uint64_t start = cpu_ns();
        for (size_t i = 0; i < batch; i++) {
            check(!beside || knows_topic(beside, others[i]), "looking a topic up");
            check(zmq_send(pub, topics[i], topic_bytes, 0) == topic_bytes, "zmq_send");
        }
        check(zmq_recv(control, answer, sizeof answer, 0) >= 0, "zmq_recv");
        busy += cpu_ns() - start;
        sent += batch;
    } while (now_ns() < end);
    check(zmq_send(pub, "end", 3, 0) == 3, "zmq_send");
    printf("result {\"matched\": %llu, \"match_ns\": %.1f, ", (unsigned long long)sent,
           (double)busy / (double)sent);
}

static void run_publisher(void* context, const struct options* o, const struct topic_table* beside) {
    char data[256], controls[256], both[600];
    void* control = open_end(context, ZMQ_PULL, o, 1);
    void* pub = open_end(context, ZMQ_PUB, o, 1);
    bind_socket(pub, "tcp://127.0.0.1:*", data, sizeof data);
    bind_socket(control, "tcp://127.0.0.1:*", controls, sizeof controls);
    snprintf(both, sizeof both, "%s %s", data, controls);
    announce(both);
    const double before = resident_bytes();
    wait_for_subscriptions(pub, control);
    const double grown = resident_bytes() - before;
    publish(pub, control, o, beside);
    printf("\"pub_bytes\": %.1f}\n", grown / (double)o->topics);
    check(zmq_close(pub) == 0 && zmq_close(control) == 0, "zmq_close");
}

/* The number of messages up to and with the next "end". */
static uint64_t receive_until_end(void* sub) {
    char topic[topic_bytes];
    int size;
    for (uint64_t n = 1;; n++) {
        size = zmq_recv(sub, topic, sizeof topic, 0);
        check(size >= 0, "zmq_recv");
        if (size == 3) return n;
    }
}

static void run_subscriber(void* context, const struct options* o) {
    char* both = strdup(o->endpoint);
    const char* controls = cut_endpoints(both);
    char topic[topic_bytes + 1];
    void* control = open_end(context, ZMQ_PUSH, o, 0);
    void* sub = open_end(context, ZMQ_SUB, o, 0);
    check(zmq_connect(control, controls) == 0 && zmq_connect(sub, both) == 0, "zmq_connect");
    check(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "begin", 5) == 0, "ZMQ_SUBSCRIBE");
    const double before = resident_bytes();
    const uint64_t start = now_ns();
    for (size_t i = 0; i < o->topics; i++) {
        make_topic(topic, i);
        check(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, topic, topic_bytes) == 0, "ZMQ_SUBSCRIBE");
    }
    check(zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "end", 3) == 0, "ZMQ_SUBSCRIBE");
    receive_until_end(sub);
    const uint64_t ready = now_ns();
    printf("result {\"messages\": %zu, \"subscribe_s\": %.4f, \"sub_bytes\": %.1f}\n", o->topics,
           (double)(ready - start) / 1e9, (resident_bytes() - before) / (double)o->topics);
    check(zmq_send(control, "ready", 5, 0) == 5, "zmq_send");
    for (uint64_t n = 0;;) {
        const int size = zmq_recv(sub, topic, sizeof topic, 0);
        check(size >= 0, "zmq_recv");
        if (size == 3 && n > 0) break;
        n += size == topic_bytes;
        if (size == topic_bytes && n % 1000 == 0) check(zmq_send(control, "next", 4, 0) == 4, "zmq_send");
    }
    check(zmq_close(sub) == 0 && zmq_close(control) == 0, "zmq_close");
    free(both);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    print_library();
    void* context = zmq_ctx_new();
    check(context != NULL, "zmq_ctx_new");
    if (strcmp(o.role, "pub") == 0)
        run_publisher(context, &o, NULL);
    else if (strcmp(o.role, "pub_by_table") == 0)
        run_publisher(context, &o, make_topic_table(topics_beside));
    else if (strcmp(o.role, "sub") == 0)
        run_subscriber(context, &o);
    else
        fail("unknown role", o.role);
    check(zmq_ctx_term(context) == 0, "zmq_ctx_term");
    return 0;
}
