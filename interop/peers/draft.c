/* The draft socket types: messages of one part, each with a routing id (SERVER, PEER) or a group (RADIO,
   DISH). A libzmq may be built without them, so their functions are looked up by name when they are needed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

static void* look_up(const char* name) {
    void* function = dlsym(RTLD_DEFAULT, name);
    if (function) return function;
    fprintf(stderr, "unsupported: this library has no %s\n", name);
    exit(unsupported);
}

#define LIBRARY(name) ((__typeof__(&name))look_up(#name))

/* The longest name there is: JOIN and LEAVE become long frames. */
enum { longest_group = 255 };
static char wanted[longest_group + 1];
static const char other[] = "other", for_a_while[] = "for a while";

static int knows_route(const struct talk* talk) { return talk->type == ZMQ_SERVER || talk->type == ZMQ_PEER; }

void address_part(struct talk* talk, zmq_msg_t* part) {
    if (knows_route(talk))
        require(LIBRARY(zmq_msg_set_routing_id)(part, talk->route) == 0, "a routing id to send to");
    if (talk->type == ZMQ_RADIO)
        require(LIBRARY(zmq_msg_set_group)(part, talk->group) == 0, "a group to send to");
}

void check_sender(struct talk* talk, zmq_msg_t* part) {
    if (talk->type == ZMQ_DISH)
        require(strcmp(LIBRARY(zmq_msg_group)(part), talk->group) == 0, "the group of a message");
    if (!knows_route(talk)) return;
    const uint32_t route = LIBRARY(zmq_msg_routing_id)(part);
    require(route != 0 && (talk->route == 0 || talk->route == route), "the one peer's routing id");
    talk->route = route;
}

/* Only this way does a PEER know the other one before it was spoken to. */
void connect_to_peer(struct talk* talk) {
    talk->route = LIBRARY(zmq_connect_peer)(talk->socket, talk->endpoint);
    require(talk->route != 0, "connect to a peer");
}

static void send_to_group(struct talk* talk, const char* group, const char* text) {
    zmq_msg_t message;
    require(zmq_msg_init_size(&message, strlen(text)) == 0, "a message to a group");
    memcpy(zmq_msg_data(&message), text, strlen(text));
    talk->group = group;
    address_part(talk, &message);
    require(zmq_msg_send(&message, talk->socket, 0) == (int)strlen(text), "send to a group");
}

/* A RADIO does not learn who listens, so both rendezvous are the runner's: groups joined, and a group left.
 */
void broadcast(struct talk* talk) {
    note_progress("the first listener", 0);
    while (!told("synced", 2)) send_to_group(talk, wanted, "sync");
    send_to_group(talk, wanted, "begin");
    for (int i = 0; i < talk->messages; i++) {
        talk->group = other;
        say(talk, i);
        talk->group = wanted;
        say(talk, i);
    }
    note_progress("a group without listeners", 0);
    do {
        send_to_group(talk, for_a_while, "round");
        send_to_group(talk, wanted, "round");
    } while (!told("left", 2));
    send_to_group(talk, for_a_while, "last");
    send_to_group(talk, wanted, "last");
}

void join_early(struct talk* talk) {
    memset(wanted, 'w', longest_group);
    if (talk->type != ZMQ_DISH) return;
    require(LIBRARY(zmq_join)(talk->socket, wanted) == 0, "join a group");
    require(LIBRARY(zmq_join)(talk->socket, for_a_while) == 0, "join another group");
}

/* Which of the two groups joined, and what it heard. */
static const char* hear_group(struct talk* talk, char* text, size_t room) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    const int size = zmq_msg_recv(&message, talk->socket, 0);
    require(size >= 0 && (size_t)size < room, "a text of a group");
    memcpy(text, zmq_msg_data(&message), (size_t)size);
    text[size] = '\0';
    const char* group = LIBRARY(zmq_msg_group)(&message);
    const int is_wanted = strcmp(group, wanted) == 0;
    require(is_wanted || strcmp(group, for_a_while) == 0, "nothing of a group that was not joined");
    zmq_msg_close(&message);
    return is_wanted ? wanted : for_a_while;
}

static void await_beginning(struct talk* talk) {
    char text[16];
    int synced = 0;
    note_progress("the beginning", 0);
    for (;;) {
        require(hear_group(talk, text, sizeof text) == wanted, "the group of the beginning");
        if (strcmp(text, "begin") == 0) break;
        require(strcmp(text, "sync") == 0, "a rendezvous");
        if (!synced) tell("synced");
        synced = 1;
    }
    require(synced, "a rendezvous before the beginning");
}

/* Both groups in turn until one is given up; then, sooner or later, only the other. */
static void watch_group_fade(struct talk* talk) {
    char text[16];
    int left = 0, gone = 0, seen = 0;
    note_progress("a group given up", 0);
    for (;;) {
        const char* group = hear_group(talk, text, sizeof text);
        if (strcmp(text, "last") == 0 && group == wanted) break;
        require(strcmp(text, "round") == 0, "a round");
        if (group == for_a_while) {
            require(!gone, "nothing of a group that was left");
            if (!left) require(LIBRARY(zmq_leave)(talk->socket, for_a_while) == 0, "leave a group");
            left = seen = 1;
            continue;
        }
        require(left, "both groups while both are wanted");
        if (!gone && !seen) tell("left");
        gone = gone || !seen;
        seen = 0;
    }
    require(gone, "a time without the group that was left");
}

void tune_in(struct talk* talk) {
    await_beginning(talk);
    talk->group = wanted;
    for (int i = 0; i < talk->messages; i++) hear(talk, i);
    watch_group_fade(talk);
}
