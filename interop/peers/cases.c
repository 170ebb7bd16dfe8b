/* What surrounds a conversation in some scenarios: idle time under heartbeats, a connector that must not
   queue for nobody, a binder that is killed and comes back. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

static void set_int(void* socket, int option, int value, const char* name) {
    require(zmq_setsockopt(socket, option, &value, sizeof value) == 0, name);
}

/* Heartbeats: the peer that does not answer within the time-out loses its connection, and both ends are idle
   for longer than that, once inside the library and once outside it. */
enum { interval_ms = 20, timeout_ms = 600, idle_ms = 1000 };

static void* monitor;

void prepare_heartbeat(struct talk* talk) {
    set_int(talk->socket, ZMQ_HEARTBEAT_IVL, interval_ms, "HEARTBEAT_IVL");
    set_int(talk->socket, ZMQ_HEARTBEAT_TIMEOUT, timeout_ms, "HEARTBEAT_TIMEOUT");
    set_int(talk->socket, ZMQ_HEARTBEAT_TTL, timeout_ms, "HEARTBEAT_TTL");
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;
    require(zmq_socket_monitor(talk->socket, "inproc://monitor", events) == 0, "a monitor");
    monitor = zmq_socket(talk->context, ZMQ_PAIR);
    require(zmq_connect(monitor, "inproc://monitor") == 0, "connect to the monitor");
}

/* For a peer that will never answer. */
void prepare_silent(struct talk* talk) {
    set_int(talk->socket, ZMQ_HEARTBEAT_IVL, interval_ms, "HEARTBEAT_IVL");
    set_int(talk->socket, ZMQ_HEARTBEAT_TIMEOUT, 200, "HEARTBEAT_TIMEOUT");
}

static int next_event(void) {
    unsigned char event[6];
    uint16_t number;
    char endpoint[256];
    if (zmq_recv(monitor, event, sizeof event, ZMQ_DONTWAIT) != sizeof event) return 0;
    receive_text(monitor, endpoint, sizeof endpoint);
    memcpy(&number, event, sizeof number);
    return number;
}

static void check_one_connection(void) {
    int connections = 0, event;
    while ((event = next_event()) != 0) {
        require(event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED, "no disconnection while idle");
        connections++;
    }
    require(errno == EAGAIN && connections == 1, "one handshake, and the same connection to the end");
}

static void converse_together(struct talk* talk, const char* next) {
    talk->converse(talk);
    tell(next);
    await(next);
}

void play_heartbeat(struct talk* talk) {
    zmq_pollitem_t item = {talk->socket, 0, ZMQ_POLLIN, 0};
    converse_together(talk, "idle-in-poll");
    require(zmq_poll(&item, 1, idle_ms) == 0, "silence while idle");
    tell("was-idle");
    await("was-idle");
    converse_together(talk, "idle-outside");
    require(poll(NULL, 0, idle_ms) == 0, "idle time");
    tell("was-idle-again");
    await("was-idle-again");
    converse_together(talk, "end");
    check_one_connection();
    set_int(monitor, ZMQ_LINGER, 0, "LINGER");
    zmq_close(monitor);
}

/* IMMEDIATE: without a connection nothing is taken, and what is sent later goes to the endpoint that
 * answered. */
void prepare_immediate(struct talk* talk) {
    if (talk->binds) return;
    require(talk->dead_endpoint != NULL, "an endpoint without a listener");
    set_int(talk->socket, ZMQ_IMMEDIATE, 1, "IMMEDIATE");
    require(zmq_connect(talk->socket, talk->dead_endpoint) == 0, "connect to nobody");
    require(zmq_send(talk->socket, "lost", 4, ZMQ_DONTWAIT) < 0 && errno == EAGAIN,
            "EAGAIN without a connection");
}

/* Reconnection: the binder signs each message with its process id; the connector must see two of them. */
static void serve_once(struct talk* talk, const char* signature) {
    if (talk->type == ZMQ_REP) {
        hear_text(talk->socket, "who");
        send_text(talk->socket, signature, 0);
    } else {
        send_text(talk->socket, "a.", ZMQ_SNDMORE);
        send_text(talk->socket, signature, 0);
    }
}

static void serve_until_told(struct talk* talk) {
    char signature[32];
    snprintf(signature, sizeof signature, "%d", (int)getpid());
    zmq_pollitem_t items[] = {{talk->socket, 0, talk->type == ZMQ_REP ? ZMQ_POLLIN : 0, 0},
                              {NULL, STDIN_FILENO, ZMQ_POLLIN, 0}};
    while (!told("finish", 0)) {
        require(zmq_poll(items, 2, talk->type == ZMQ_REP ? -1 : 2) >= 0, "poll");
        if (talk->type == ZMQ_PUB || items[0].revents) serve_once(talk, signature);
    }
}

/* Asks again and again: what was under way when the binder died may be lost. */
static void learn_server(struct talk* talk, char* signature, size_t room) {
    zmq_pollitem_t item = {talk->socket, 0, ZMQ_POLLIN, 0};
    do {
        if (talk->type != ZMQ_DEALER) continue;
        send_text(talk->socket, "", ZMQ_SNDMORE);
        send_text(talk->socket, "who", 0);
    } while (zmq_poll(&item, 1, 100) == 0);
    hear_text(talk->socket, talk->type == ZMQ_DEALER ? "" : "a.");
    receive_text(talk->socket, signature, room);
}

static void stay_with_server(struct talk* talk, const char* signature) {
    char again[32];
    for (int i = 0; i < talk->messages; i++) {
        learn_server(talk, again, sizeof again);
        require(strcmp(again, signature) == 0, "the same binder again");
    }
}

static void meet_both_servers(struct talk* talk) {
    char first[32], second[32];
    note_progress("the first binder", 0);
    learn_server(talk, first, sizeof first);
    stay_with_server(talk, first);
    say_line("restart");
    note_progress("the second binder", 0);
    do learn_server(talk, second, sizeof second);
    while (strcmp(first, second) == 0);
    stay_with_server(talk, second);
    tell("finish");
}

void prepare_reconnect(struct talk* talk) {
    set_int(talk->socket, ZMQ_LINGER, 0, "LINGER"); /* a question too many is no reason to stay */
}

void play_reconnect(struct talk* talk) {
    if (talk->binds)
        serve_until_told(talk);
    else
        meet_both_servers(talk);
}

/* Flood: queues so short that each side must wait for the other thousands of times. */
void prepare_flood(struct talk* talk) {
    set_int(talk->socket, ZMQ_SNDHWM, 5, "SNDHWM");
    set_int(talk->socket, ZMQ_RCVHWM, 5, "RCVHWM");
}
