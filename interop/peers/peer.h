/* What the files of the peer share: one end of one conversation, its control lines and its message bodies. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#ifndef ZMQ_BUILD_DRAFT_API
#define ZMQ_BUILD_DRAFT_API /* for the numbers; draft.c looks the functions up */
#endif
#include <zmq.h>

/* Exit codes of a peer. */
enum { passed = 0, failed = 1, unsupported = 127 };

struct talk;
typedef void play_function(struct talk* talk);

/* One end of a conversation: made by main, then played by one thread. */
struct talk {
    void *context, *socket;
    int type, other; /* ZMQ_PUSH, ... */
    int binds;
    const char *scenario, *endpoint;
    const char* dead_endpoint;    /* where nobody listens, for "immediate" */
    char own_id[32], peer_id[32]; /* routing ids: "dealer-connect", "router-bind" */
    const char* envelope[3];      /* frames before each body, NULL at the end */
    uint32_t route;               /* the one peer of a SERVER or PEER, 0 until it is known */
    const char* group;            /* of what a RADIO says and a DISH hears */
    play_function* converse;      /* what this pair of types does with its messages */
    int messages;                 /* how many each side says */
    int own_salt, peer_salt;      /* so that an echo is not an answer */
};

/* control.c: lines of text to and from the runner, and the reasons to give up. */
void require(int ok, const char* what);
void say_line(const char* line);
void tell(const char* word);
void await(const char* word);
int told(const char* word, int wait_ms);
void start_deadline(int seconds);
void note_progress(const char* what, int message);
void print_library(void);

/* body.c: messages whose every byte is known to both ends. */
void say(struct talk* talk, int message);
void hear(struct talk* talk, int message);
void say_parts(struct talk* talk, int message);
void hear_parts(struct talk* talk, int message);
void send_text(void* socket, const char* text, int flags);
void hear_text(void* socket, const char* expected);
size_t receive_text(void* socket, char* text, size_t room);
void fill(unsigned char* body, size_t from, size_t size, int seed);
size_t first_difference(const unsigned char* body, size_t from, size_t size, int seed);

/* Conversations of a pair of types. */
int choose_way(struct talk* talk); /* traffic.c; 0 if the two do not speak with each other */
play_function publish, subscribe;  /* publish.c */
void subscribe_early(struct talk* talk);
play_function exchange_stream; /* stream.c */

/* draft.c: what draft types add to a message and to a conversation. */
play_function broadcast, tune_in;
void address_part(struct talk* talk, zmq_msg_t* part);
void check_sender(struct talk* talk, zmq_msg_t* part);
void join_early(struct talk* talk);
void connect_to_peer(struct talk* talk);

/* Scenarios around them (cases.c). */
play_function prepare_heartbeat, prepare_immediate, prepare_reconnect, prepare_flood, prepare_silent;
play_function play_heartbeat, play_reconnect;

/* Scenarios with a mechanism (secure.c). */
play_function prepare_null_zap, prepare_plain, prepare_curve, prepare_deceived, prepare_refused, play_known,
    play_refused;
void end_security(struct talk* talk);
