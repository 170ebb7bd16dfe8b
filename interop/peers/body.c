/* The messages: how many parts number i has, how long each is and what each byte must be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum { huge = 64 * 1024 * 1024 };

/* Around every border of the framing: empty, inline, short and long frames, more than a read. */
static const size_t sizes[] = {0, 1, 33, 255, 256, 8192, 65536};
enum { size_count = sizeof sizes / sizeof *sizes };

static int part_count(const struct talk* talk, int message) {
    if (talk->type >= ZMQ_SERVER) return 1; /* draft types know no parts */
    return strstr(talk->scenario, "large") || strcmp(talk->scenario, "flood") == 0 ? 1 : 1 + message % 3;
}

static size_t part_size(const struct talk* talk, int message, int part) {
    if (strstr(talk->scenario, "large")) return message == 1 ? huge : 255;
    if (strcmp(talk->scenario, "flood") == 0) return (size_t)(message % 100);
    return sizes[(message + part) % size_count];
}

static int seed_of(int message, int part, int salt) { return message * 13 + part * 3 + salt; }

/* 251 is a prime: a lost or repeated block of any usual size shows. */
void fill(unsigned char* body, size_t from, size_t size, int seed) {
    for (size_t i = 0; i < size; i++) body[i] = (unsigned char)((from + i) % 251 + (size_t)seed);
}

size_t first_difference(const unsigned char* body, size_t from, size_t size, int seed) {
    for (size_t i = 0; i < size; i++)
        if (body[i] != (unsigned char)((from + i) % 251 + (size_t)seed)) return i;
    return size;
}

static void say_part(struct talk* talk, int message, int part) {
    const size_t size = part_size(talk, message, part);
    const int last = part + 1 == part_count(talk, message);
    zmq_msg_t body;
    require(zmq_msg_init_size(&body, size) == 0, "a message to send");
    fill(zmq_msg_data(&body), 0, size, seed_of(message, part, talk->own_salt));
    address_part(talk, &body);
    require(zmq_msg_send(&body, talk->socket, last ? 0 : ZMQ_SNDMORE) == (int)size, "send a part");
}

static void check_part(struct talk* talk, zmq_msg_t* body, int message, int part) {
    const size_t size = zmq_msg_size(body), expected = part_size(talk, message, part);
    const int more = part + 1 < part_count(talk, message);
    char text[128];
    snprintf(text, sizeof text, "message %d part %d: expected %zu bytes, received %zu", message, part,
             expected, size);
    require(size == expected, text);
    const size_t at = first_difference(zmq_msg_data(body), 0, size, seed_of(message, part, talk->peer_salt));
    snprintf(text, sizeof text, "message %d part %d: wrong byte at %zu of %zu", message, part, at, size);
    require(at == size, text);
    snprintf(text, sizeof text, "message %d part %d: expected more %d", message, part, more);
    require(zmq_msg_more(body) == more, text);
    check_sender(talk, body);
}

void say_parts(struct talk* talk, int message) {
    note_progress("say", message);
    for (int part = 0; part < part_count(talk, message); part++) say_part(talk, message, part);
}

void hear_parts(struct talk* talk, int message) {
    note_progress("hear", message);
    for (int part = 0; part < part_count(talk, message); part++) {
        zmq_msg_t body;
        zmq_msg_init(&body);
        require(zmq_msg_recv(&body, talk->socket, 0) >= 0, "receive a part");
        check_part(talk, &body, message, part);
        zmq_msg_close(&body);
    }
}

void say(struct talk* talk, int message) {
    for (const char* const* frame = talk->envelope; *frame; frame++)
        send_text(talk->socket, *frame, ZMQ_SNDMORE);
    say_parts(talk, message);
}

void hear(struct talk* talk, int message) {
    note_progress("hear", message);
    for (const char* const* frame = talk->envelope; *frame; frame++) {
        int more = 0;
        size_t length = sizeof more;
        hear_text(talk->socket, *frame);
        require(zmq_getsockopt(talk->socket, ZMQ_RCVMORE, &more, &length) == 0 && more,
                "a part after the envelope");
    }
    hear_parts(talk, message);
}

void send_text(void* socket, const char* text, int flags) {
    require(zmq_send(socket, text, strlen(text), flags) == (int)strlen(text), text);
}

size_t receive_text(void* socket, char* text, size_t room) {
    const int size = zmq_recv(socket, text, room - 1, 0);
    require(size >= 0 && (size_t)size < room, "receive a text frame");
    text[size] = '\0';
    return (size_t)size;
}

void hear_text(void* socket, const char* expected) {
    char text[256], reason[600];
    const size_t size = receive_text(socket, text, sizeof text);
    snprintf(reason, sizeof reason, "expected the frame '%s', received '%s'", expected, text);
    require(size == strlen(expected) && memcmp(text, expected, size) == 0, reason);
}
