/* Scenarios with a mechanism: the binder is the server and holds the handler of ZAP, the connector the
   client. In the refused ones both ends must learn why from their monitors, and no message may pass. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

/* Two key pairs of nobody, made with zmq_curve_keypair. */
static const char server_public[] = "sY%u*i^{-&!F+5EcK.M%2lR]MW(icuai<NXc)a4-",
                  server_secret[] = "f3*8K)CPv.+/ARlMHr1R.]q%I{Oa*sZNXsQJ45)p";
static const char client_public[] = "yakT>CRf-$M3ntxXuwzUq?O*otD-mFVwze6<#Dj^",
                  client_secret[] = "U8RbPjY1iRmpkOTzv-4e96aXf>K$Zg(VoR^Vn!b[";

static void set_text(void* socket, int option, const char* text, const char* name) {
    require(zmq_setsockopt(socket, option, text, strlen(text)) == 0, name);
}
static void set_int(void* socket, int option, int value, const char* name) {
    require(zmq_setsockopt(socket, option, &value, sizeof value) == 0, name);
}

/* The handler: one thread that answers until its context ends. */
static pthread_t handler;
static void* handler_socket;
static int has_handler;
static const char* verdict; /* on whoever shows the right things */

static const char* verdict_on(char frames[][64], const size_t* sizes, int count) {
    char text[41];
    require(count >= 6 && strcmp(frames[0], "1.0") == 0, "a request of version 1.0");
    require(strcmp(frames[2], "domain") == 0 && strcmp(frames[3], "127.0.0.1") == 0, "domain and address");
    if (strcmp(frames[5], "NULL") == 0) return count == 6 ? verdict : "500";
    if (strcmp(frames[5], "PLAIN") == 0)
        return count == 8 && strcmp(frames[6], "admin") == 0 && strcmp(frames[7], "secret") == 0 ? verdict
                                                                                                 : "400";
    require(strcmp(frames[5], "CURVE") == 0 && count == 7 && sizes[6] == 32, "a CURVE client's key");
    zmq_z85_encode(text, (const uint8_t*)frames[6], 32);
    return strcmp(text, client_public) == 0 ? verdict : "400";
}

static void* handle(void* socket) {
    for (;;) {
        char frames[9][64];
        size_t sizes[9];
        int count = 0, more = 1;
        size_t size = sizeof more;
        while (more) {
            const int got = zmq_recv(socket, frames[count], sizeof frames[count] - 1, 0);
            if (got < 0) return NULL;
            require(count < 8, "no more than eight frames");
            sizes[count] = (size_t)got;
            frames[count++][got] = '\0';
            zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
        }
        const char* status = verdict_on(frames, sizes, count);
        const int good = strcmp(status, "200") == 0;
        send_text(socket, "1.0", ZMQ_SNDMORE);
        send_text(socket, frames[1], ZMQ_SNDMORE);
        send_text(socket, status, ZMQ_SNDMORE);
        send_text(socket, good ? "" : "not you", ZMQ_SNDMORE);
        send_text(socket, good ? "somebody" : "", ZMQ_SNDMORE);
        zmq_send(socket, good ? "\4rank\0\0\0\5chief" : "", good ? 14 : 0, 0);
    }
}

static const char* verdict_in(const char* scenario) {
    if (strcmp(scenario, "plain-300") == 0 || strcmp(scenario, "curve-300") == 0) return "300";
    if (strcmp(scenario, "curve-500") == 0) return "500";
    return strcmp(scenario, "null-denied") == 0 ? "400" : "200";
}

static void start_handler(struct talk* talk) {
    verdict = verdict_in(talk->scenario);
    handler_socket = zmq_socket(talk->context, ZMQ_REP);
    set_int(handler_socket, ZMQ_LINGER, 0, "LINGER");
    require(zmq_bind(handler_socket, "inproc://zeromq.zap.01") == 0, "bind the handler");
    require(pthread_create(&handler, NULL, handle, handler_socket) == 0, "a thread");
    has_handler = 1;
    set_text(talk->socket, ZMQ_ZAP_DOMAIN, "domain", "ZAP_DOMAIN");
}

/* The handler's thread ends with its context; its socket is closed by whoever ends it. */
void end_security(struct talk* talk) {
    if (!has_handler) return;
    zmq_ctx_shutdown(talk->context);
    pthread_join(handler, NULL);
    zmq_close(handler_socket);
}

static int is(const struct talk* talk, const char* scenario) { return strcmp(talk->scenario, scenario) == 0; }

void prepare_null_zap(struct talk* talk) {
    if (talk->binds) start_handler(talk);
}

void prepare_plain(struct talk* talk) {
    if (talk->binds) {
        start_handler(talk);
        set_int(talk->socket, ZMQ_PLAIN_SERVER, 1, "PLAIN_SERVER");
        return;
    }
    if (is(talk, "plain-none")) return;
    set_text(talk->socket, ZMQ_PLAIN_USERNAME, "admin", "PLAIN_USERNAME");
    set_text(talk->socket, ZMQ_PLAIN_PASSWORD, is(talk, "plain-wrong") ? "guess" : "secret",
             "PLAIN_PASSWORD");
}

void prepare_curve(struct talk* talk) {
    if (talk->binds) {
        if (is(talk, "curve-zap") || is(talk, "curve-denied") || is(talk, "curve-300") ||
            is(talk, "curve-500"))
            start_handler(talk);
        set_int(talk->socket, ZMQ_CURVE_SERVER, 1, "CURVE_SERVER");
        set_text(talk->socket, ZMQ_CURVE_SECRETKEY, server_secret, "CURVE_SECRETKEY");
        return;
    }
    if (is(talk, "curve-none")) return;
    /* Denied: the server's own pair is one that its handler does not know. */
    const int denied = is(talk, "curve-denied");
    set_text(talk->socket, ZMQ_CURVE_PUBLICKEY, denied ? server_public : client_public, "CURVE_PUBLICKEY");
    set_text(talk->socket, ZMQ_CURVE_SECRETKEY, denied ? server_secret : client_secret, "CURVE_SECRETKEY");
    set_text(talk->socket, ZMQ_CURVE_SERVERKEY, is(talk, "curve-wrong") ? client_public : server_public,
             "CURVE_SERVERKEY");
}

/* A client that comes again and again. */
void prepare_deceived(struct talk* talk) {
    prepare_curve(talk);
    set_int(talk->socket, ZMQ_RECONNECT_IVL, 5, "RECONNECT_IVL");
}

/* What the handler said of the peer comes with its messages. */
void play_known(struct talk* talk) {
    talk->converse(talk);
    if (!has_handler || talk->type != ZMQ_PULL) {
        if (talk->type == ZMQ_PUSH) send_text(talk->socket, "who am I?", 0);
        return;
    }
    zmq_msg_t message;
    zmq_msg_init(&message);
    require(zmq_msg_recv(&message, talk->socket, 0) == 9, "one more message");
    const char* user = zmq_msg_gets(&message, "User-Id");
    const char* rank = zmq_msg_gets(&message, "rank");
    require(user && strcmp(user, "somebody") == 0, "the User-Id");
    require(rank && strcmp(rank, "chief") == 0, "the handler's metadata");
    zmq_msg_close(&message);
}

/* Refused. */
static void* monitor;

/* Refused for now: the client comes again. It is not told, and libzmq's server hangs up under CURVE alone, so
   it has to lose patience. */
static int is_for_now(const struct talk* talk) { return is(talk, "plain-300") || is(talk, "curve-300"); }

static void prepare_mechanism(struct talk* talk) {
    if (is(talk, "null-denied"))
        prepare_null_zap(talk);
    else if (strncmp(talk->scenario, "plain", 5) == 0)
        prepare_plain(talk);
    else
        prepare_curve(talk);
}

void prepare_refused(struct talk* talk) {
    prepare_mechanism(talk);
    if (is_for_now(talk) && !talk->binds) {
        set_int(talk->socket, ZMQ_HANDSHAKE_IVL, 500, "HANDSHAKE_IVL");
        set_int(talk->socket, ZMQ_RECONNECT_IVL, 50, "RECONNECT_IVL");
    }
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                       ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    require(zmq_socket_monitor(talk->socket, "inproc://monitor", events) == 0, "a monitor");
    monitor = zmq_socket(talk->context, ZMQ_PAIR);
    require(zmq_connect(monitor, "inproc://monitor") == 0, "connect to the monitor");
}

static int next_event(uint32_t* value) {
    unsigned char event[6];
    uint16_t number;
    char endpoint[256];
    require(zmq_recv(monitor, event, sizeof event, 0) == sizeof event, "an event");
    receive_text(monitor, endpoint, sizeof endpoint);
    memcpy(&number, event, sizeof number);
    memcpy(value, event + 2, sizeof *value);
    return number;
}

static void check_refusal(const struct talk* talk, int event, uint32_t value) {
    if (is(talk, "plain-wrong") && !talk->binds) /* libzmq's PLAIN knows only a misspelt ERROR */
        require((event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == 400) ||
                    (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL &&
                     value == ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND),
                "status 400");
    else if (is_for_now(talk) && talk->binds)
        require(event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == 300, "status 300 on the server's side");
    else if (is_for_now(talk))
        require(event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, "no word of it on the client's side");
    else if (is(talk, "curve-500"))
        require(event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == 500, "status 500 on both sides");
    else if (is(talk, "plain-wrong") || is(talk, "curve-denied") || is(talk, "null-denied"))
        require(event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == 400, "status 400 on both sides");
    else if (is(talk, "plain-none") ||
             is(talk, "curve-none")) /* whoever sees it first hangs up on the other */
        require(event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL ||
                    (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL &&
                     value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH),
                "a mismatch of mechanisms");
    else if (talk->binds || is(talk, "curve-impostor"))
        require(
            event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL && value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC,
            "a box that does not open");
    else
        require(event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED, "no handshake");
}

void play_refused(struct talk* talk) {
    for (int times = is_for_now(talk) ? 2 : 1; times > 0; times--) {
        uint32_t value = 0;
        const int event = next_event(&value);
        check_refusal(talk, event, value);
    }
    tell("refused");
    await("refused");
    const int none = 0;
    zmq_setsockopt(talk->socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(monitor, ZMQ_LINGER, &none, sizeof none);
    zmq_socket_monitor(talk->socket, NULL, 0);
    zmq_close(monitor);
}
