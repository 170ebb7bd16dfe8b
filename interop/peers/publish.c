/* PUB or XPUB with SUB or XSUB: nothing is sent before the subscription is known to have arrived, other
   topics stay away, and a topic given up stops coming. The subscriber wants "a." and, for a while, "c.".
   The rendezvous is of "c.", asked for last: who hears it is known to have asked for both. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "peer.h"

/* An XPUB sees the subscriptions; a PUB publishes until the runner brings word that something arrived. */
static void await_subscriber(struct talk* talk) {
    note_progress("the subscription", 0);
    if (talk->type == ZMQ_XPUB) {
        char one[64], two[64];
        receive_text(talk->socket, one, sizeof one);
        receive_text(talk->socket, two, sizeof two);
        const int first = strcmp(one, "\001c.") == 0;
        require(strcmp(first ? one : two, "\001c.") == 0 && strcmp(first ? two : one, "\001a.") == 0,
                "a subscription to each of the two topics");
        return;
    }
    while (!told("synced", 2)) send_text(talk->socket, "c.sync", 0);
}

static void publish_all(struct talk* talk) {
    for (int i = 0; i < talk->messages; i++) {
        send_text(talk->socket, "b.topic", ZMQ_SNDMORE);
        say_parts(talk, i);
        say(talk, i);
    }
}

/* What reaches an XPUB after the subscriptions: a word from an XSUB, and then that "c." is no longer wanted.
 */
static int subscriber_left_topic(struct talk* talk, int* heard_word) {
    char text[64];
    if (talk->type == ZMQ_PUB) return told("unsubscribed", 2);
    zmq_pollitem_t item = {talk->socket, 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, 2) <= 0) return 0;
    const size_t size = receive_text(talk->socket, text, sizeof text);
    if (talk->other == ZMQ_XSUB && strcmp(text, "upstream") == 0 && !*heard_word) {
        *heard_word = 1;
        return 0;
    }
    require(size == 3 && memcmp(text, "\0c.", 3) == 0, "the unsubscription from c.");
    require(*heard_word == (talk->other == ZMQ_XSUB), "the subscriber's own message before it");
    return 1;
}

void publish(struct talk* talk) {
    int heard_word = 0;
    await_subscriber(talk);
    publish_all(talk);
    note_progress("the unsubscription", 0);
    do {
        send_text(talk->socket, "c.round", 0);
        send_text(talk->socket, "a.round", 0);
    } while (!subscriber_left_topic(talk, &heard_word));
    send_text(talk->socket, "c.last", 0);
    send_text(talk->socket, "a.last", 0);
}

/* A SUB subscribes before it has a connection, an XSUB after it asked for one. */
void subscribe_early(struct talk* talk) {
    if (talk->type != ZMQ_SUB) return;
    require(zmq_setsockopt(talk->socket, ZMQ_SUBSCRIBE, "a.", 2) == 0, "subscribe to a.");
    require(zmq_setsockopt(talk->socket, ZMQ_SUBSCRIBE, "c.", 2) == 0, "subscribe to c.");
}

static void subscribe_late(struct talk* talk) {
    if (talk->type != ZMQ_XSUB) return;
    send_text(talk->socket, "\001a.", 0);
    send_text(talk->socket, "\001c.", 0);
}

static void leave_topic(struct talk* talk) {
    if (talk->type == ZMQ_SUB) {
        require(zmq_setsockopt(talk->socket, ZMQ_UNSUBSCRIBE, "c.", 2) == 0, "unsubscribe from c.");
        return;
    }
    send_text(talk->socket, "upstream", 0);
    require(zmq_send(talk->socket, "\0c.", 3, 0) == 3, "unsubscribe from c.");
}

/* The topic of the first message of the list; the messages of the rendezvous before it are read away. */
static void skip_sync(struct talk* talk) {
    char topic[64];
    int synced = 0;
    for (;;) {
        receive_text(talk->socket, topic, sizeof topic);
        if (strcmp(topic, "c.sync") != 0) break;
        if (!synced) tell("synced");
        synced = 1;
    }
    require(strcmp(topic, "a.topic") == 0, "the first topic");
    require(synced == (talk->other == ZMQ_PUB), "a rendezvous with a PUB and none with an XPUB");
    hear_parts(talk, 0);
}

/* Rounds of "c.round a.round" until one comes without its first half; then only "a." until the end. */
static void watch_topic_fade(struct talk* talk) {
    char topic[64];
    int left = 0, wanted = 1, seen = 0;
    for (;;) {
        receive_text(talk->socket, topic, sizeof topic);
        if (strcmp(topic, "a.last") == 0) break;
        if (strcmp(topic, "c.round") == 0) {
            require(wanted, "no c. after the unsubscription had arrived");
            if (!left) leave_topic(talk);
            left = seen = 1;
            continue;
        }
        require(strcmp(topic, "a.round") == 0, topic);
        require(left, "c. while it was wanted");
        if (wanted && !seen) tell("unsubscribed");
        wanted = wanted && seen;
        seen = 0;
    }
    require(left && (!wanted || talk->other == ZMQ_XPUB), "a time without c.");
}

void subscribe(struct talk* talk) {
    subscribe_late(talk);
    skip_sync(talk);
    for (int i = 1; i < talk->messages; i++) hear(talk, i);
    watch_topic_fade(talk);
}
