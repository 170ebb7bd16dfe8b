/* The conversation of each pair of socket types, as a table: who says what when, and behind which envelope.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "peer.h"

static const char peer_id[] = "(the peer's routing id)"; /* stands for talk->peer_id */

static void say_all(struct talk* talk) {
    for (int i = 0; i < talk->messages; i++) say(talk, i);
}

static void hear_all(struct talk* talk) {
    for (int i = 0; i < talk->messages; i++) hear(talk, i);
}

static void exchange(struct talk* talk) {
    say_all(talk);
    hear_all(talk);
}

static void ask_each(struct talk* talk) {
    for (int i = 0; i < talk->messages; i++) {
        say(talk, i);
        hear(talk, i);
    }
}

static void answer_each(struct talk* talk) {
    for (int i = 0; i < talk->messages; i++) {
        hear(talk, i);
        say(talk, i);
    }
}

/* REQ and REP enforce their turns on both libraries. */
static void ask_in_turn(struct talk* talk) {
    char nothing[1];
    for (int i = 0; i < talk->messages; i++) {
        require(zmq_recv(talk->socket, nothing, 0, ZMQ_DONTWAIT) < 0 && errno == EFSM,
                "EFSM before a request");
        say(talk, i);
        require(zmq_send(talk->socket, "", 0, ZMQ_DONTWAIT) < 0 && errno == EFSM, "EFSM after a request");
        hear(talk, i);
    }
}

static void answer_in_turn(struct talk* talk) {
    char nothing[1];
    for (int i = 0; i < talk->messages; i++) {
        require(zmq_send(talk->socket, "", 0, ZMQ_DONTWAIT) < 0 && errno == EFSM, "EFSM before a request");
        hear(talk, i);
        require(zmq_recv(talk->socket, nothing, 0, ZMQ_DONTWAIT) < 0 && errno == EFSM,
                "EFSM before the answer");
        say(talk, i);
    }
}

/* A ROUTER learns that its peer is there only by trying: EHOSTUNREACH until the handshake is over. */
static void exchange_when_routable(struct talk* talk) {
    const struct timespec pause = {0, 2000000};
    note_progress("a route to the peer", 0);
    while (zmq_send(talk->socket, talk->peer_id, strlen(talk->peer_id), ZMQ_SNDMORE) < 0) {
        require(errno == EHOSTUNREACH, "EHOSTUNREACH from a ROUTER without that peer");
        nanosleep(&pause, NULL);
    }
    send_text(talk->socket, "hello", 0);
    hear_text(talk->socket, talk->peer_id);
    hear_text(talk->socket, "hello");
    exchange(talk);
}

/* Both could begin, but only the connector knows whom it speaks to. */
static void exchange_as_peers(struct talk* talk) {
    if (talk->binds)
        answer_each(talk);
    else
        exchange(talk);
}

static const struct way {
    int type, other;
    play_function* play;
    const char* envelope[3];
} ways[] = {
    {ZMQ_PUSH, ZMQ_PULL, say_all, {0}},
    {ZMQ_PULL, ZMQ_PUSH, hear_all, {0}},
    {ZMQ_PAIR, ZMQ_PAIR, exchange, {0}},
    {ZMQ_REQ, ZMQ_REP, ask_in_turn, {0}},
    {ZMQ_REP, ZMQ_REQ, answer_in_turn, {0}},
    {ZMQ_REQ, ZMQ_ROUTER, ask_each, {0}},
    {ZMQ_ROUTER, ZMQ_REQ, answer_each, {peer_id, ""}},
    {ZMQ_DEALER, ZMQ_REP, exchange, {"stack", ""}},
    {ZMQ_REP, ZMQ_DEALER, answer_each, {0}},
    {ZMQ_DEALER, ZMQ_DEALER, exchange, {0}},
    {ZMQ_DEALER, ZMQ_ROUTER, exchange, {0}},
    {ZMQ_ROUTER, ZMQ_DEALER, answer_each, {peer_id}},
    {ZMQ_ROUTER, ZMQ_ROUTER, exchange_when_routable, {peer_id}},
    {ZMQ_PUB, ZMQ_SUB, publish, {"a.topic"}},
    {ZMQ_PUB, ZMQ_XSUB, publish, {"a.topic"}},
    {ZMQ_XPUB, ZMQ_SUB, publish, {"a.topic"}},
    {ZMQ_XPUB, ZMQ_XSUB, publish, {"a.topic"}},
    {ZMQ_SUB, ZMQ_PUB, subscribe, {"a.topic"}},
    {ZMQ_SUB, ZMQ_XPUB, subscribe, {"a.topic"}},
    {ZMQ_XSUB, ZMQ_PUB, subscribe, {"a.topic"}},
    {ZMQ_XSUB, ZMQ_XPUB, subscribe, {"a.topic"}},
    {ZMQ_STREAM, ZMQ_STREAM, exchange_stream, {0}},
    {ZMQ_CLIENT, ZMQ_SERVER, exchange, {0}},
    {ZMQ_SERVER, ZMQ_CLIENT, answer_each, {0}},
    {ZMQ_RADIO, ZMQ_DISH, broadcast, {0}},
    {ZMQ_DISH, ZMQ_RADIO, tune_in, {0}},
    {ZMQ_SCATTER, ZMQ_GATHER, say_all, {0}},
    {ZMQ_GATHER, ZMQ_SCATTER, hear_all, {0}},
    {ZMQ_PEER, ZMQ_PEER, exchange_as_peers, {0}},
    {ZMQ_CHANNEL, ZMQ_CHANNEL, exchange, {0}},
};

static const struct way* find_way(const struct talk* talk) {
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i].type == talk->type && ways[i].other == talk->other) return &ways[i];
    return NULL;
}

int choose_way(struct talk* talk) {
    const struct way* way = find_way(talk);
    if (!way) return 0;
    for (size_t i = 0; i < 3; i++)
        talk->envelope[i] = way->envelope[i] == peer_id ? talk->peer_id : way->envelope[i];
    talk->converse = way->play;
    return 1;
}
