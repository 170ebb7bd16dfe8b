/* One end of a conversation, written against the zmq.h API and linked to either library:

       peer SCENARIO TYPE OTHER bind|connect ENDPOINT [DEAD_ENDPOINT]

   README.md has the contract: the lines on standard input and output, and the exit codes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum { deadline_s = 120, binder_salt = 0, connector_salt = 100 };

static const struct named_type {
    const char* name;
    int type;
} types[] = {
    {"pair", ZMQ_PAIR},     {"pub", ZMQ_PUB},         {"sub", ZMQ_SUB},     {"req", ZMQ_REQ},
    {"rep", ZMQ_REP},       {"dealer", ZMQ_DEALER},   {"push", ZMQ_PUSH},   {"pull", ZMQ_PULL},
    {"router", ZMQ_ROUTER}, {"xpub", ZMQ_XPUB},       {"xsub", ZMQ_XSUB},   {"stream", ZMQ_STREAM},
    {"server", ZMQ_SERVER}, {"client", ZMQ_CLIENT},   {"radio", ZMQ_RADIO}, {"dish", ZMQ_DISH},
    {"gather", ZMQ_GATHER}, {"scatter", ZMQ_SCATTER}, {"peer", ZMQ_PEER},   {"channel", ZMQ_CHANNEL},
};

static void converse(struct talk* talk) { talk->converse(talk); }

static const struct scenario {
    const char* name;
    int messages;
    play_function *prepare, *play; /* before the endpoint is opened (or NULL), and after */
} scenarios[] = {
    {"traffic", 42, NULL, converse},
    {"large", 3, NULL, converse},
    {"flood", 5000, prepare_flood, converse},
    {"linger", 42, NULL, converse},
    {"heartbeat", 6, prepare_heartbeat, play_heartbeat},
    {"immediate", 20, prepare_immediate, converse},
    {"reconnect", 10, prepare_reconnect, play_reconnect},
    {"null-zap", 42, prepare_null_zap, play_known},
    {"plain", 42, prepare_plain, play_known},
    {"curve", 42, prepare_curve, converse},
    {"curve-zap", 42, prepare_curve, play_known},
    {"curve-large", 3, prepare_curve, converse},
    {"null-denied", 0, prepare_refused, play_refused},
    {"plain-wrong", 0, prepare_refused, play_refused},
    {"plain-300", 0, prepare_refused, play_refused},
    {"plain-none", 0, prepare_refused, play_refused},
    {"curve-wrong", 0, prepare_refused, play_refused},
    {"curve-denied", 0, prepare_refused, play_refused},
    {"curve-300", 0, prepare_refused, play_refused},
    {"curve-500", 0, prepare_refused, play_refused},
    {"curve-none", 0, prepare_refused, play_refused},
    {"curve-impostor", 0, prepare_refused, play_refused},
    /* What these have of their own is on the other side: raw_peer.py, curve/. */
    {"curve-commands", 42, prepare_curve, converse},
    {"curve-intruder", 6, prepare_curve, converse},
    {"curve-strict", 6, prepare_curve, converse},
    {"curve-deceiver", 6, prepare_deceived, converse},
    {"pieces", 42, NULL, converse},
    {"eager", 42, NULL, converse},
    {"silent", 6, prepare_silent, converse},
    {"ttl", 6, NULL, converse},
    {"intruder", 6, NULL, converse},
};

static const struct named_type* find_type(const char* name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0) return &types[i];
    fprintf(stderr, "unsupported: socket type %s\n", name);
    exit(unsupported);
}

static const struct scenario* find_scenario(const char* name) {
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(scenarios[i].name, name) == 0) return &scenarios[i];
    fprintf(stderr, "unsupported: scenario %s\n", name);
    exit(unsupported);
}

static struct talk describe(char** arguments) {
    const struct named_type *type = find_type(arguments[1]), *other = find_type(arguments[2]);
    struct talk talk = {.scenario = arguments[0], .endpoint = arguments[4], .dead_endpoint = arguments[5]};
    talk.type = type->type;
    talk.other = other->type;
    talk.binds = strcmp(arguments[3], "bind") == 0;
    snprintf(talk.own_id, sizeof talk.own_id, "%s-%s", type->name, talk.binds ? "bind" : "connect");
    snprintf(talk.peer_id, sizeof talk.peer_id, "%s-%s", other->name, talk.binds ? "connect" : "bind");
    talk.own_salt = talk.binds ? binder_salt : connector_salt;
    talk.peer_salt = talk.binds ? connector_salt : binder_salt;
    return talk;
}

static void name_socket(struct talk* talk) {
    const int mandatory = 1;
    if (talk->type == ZMQ_REQ || talk->type == ZMQ_DEALER || talk->type == ZMQ_ROUTER)
        require(zmq_setsockopt(talk->socket, ZMQ_ROUTING_ID, talk->own_id, strlen(talk->own_id)) == 0,
                "ROUTING_ID");
    if (talk->type == ZMQ_ROUTER)
        require(zmq_setsockopt(talk->socket, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof mandatory) == 0,
                "MANDATORY");
}

static void open_endpoint(struct talk* talk) {
    char bound[256];
    size_t length = sizeof bound;
    if (!talk->binds && talk->type == ZMQ_PEER) {
        connect_to_peer(talk);
        return;
    }
    if (!talk->binds) {
        require(zmq_connect(talk->socket, talk->endpoint) == 0, "connect");
        return;
    }
    require(zmq_bind(talk->socket, talk->endpoint) == 0, "bind");
    require(zmq_getsockopt(talk->socket, ZMQ_LAST_ENDPOINT, bound, &length) == 0, "the bound endpoint");
    printf("endpoint %s\n", bound);
    fflush(stdout);
}

/* Whoever lingers leaves at once, and its library must still deliver everything. */
static void leave(struct talk* talk) {
    say_line("done");
    if (strcmp(talk->scenario, "linger") != 0) await("close");
    note_progress("close", 0);
    require(zmq_close(talk->socket) == 0, "close");
    end_security(talk);
    require(zmq_ctx_term(talk->context) == 0, "the context's end");
}

int main(int argc, char** argv) {
    if (argc < 6) {
        fprintf(stderr, "usage: %s SCENARIO TYPE OTHER bind|connect ENDPOINT [DEAD_ENDPOINT]\n", argv[0]);
        return unsupported;
    }
    start_deadline(deadline_s);
    print_library();
    const struct scenario* scenario = find_scenario(argv[1]);
    struct talk talk = describe(argv + 1);
    talk.messages = scenario->messages;
    if (!choose_way(&talk)) return unsupported;

    talk.context = zmq_ctx_new();
    talk.socket = zmq_socket(talk.context, talk.type);
    if (!talk.socket && talk.type >= ZMQ_SERVER) return unsupported; /* built without draft types */
    require(talk.socket != NULL, "socket");
    name_socket(&talk);
    subscribe_early(&talk);
    join_early(&talk);
    if (scenario->prepare) scenario->prepare(&talk);
    open_endpoint(&talk);
    scenario->play(&talk);
    leave(&talk);
    return passed;
}
