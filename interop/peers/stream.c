/* STREAM with STREAM: raw bytes both ways over one TCP connection, its two notices, and its end. */
#include <string.h>

#include "peer.h"

enum { total = 3 * 1024 * 1024, id_room = 256 };

struct route {
    unsigned char id[id_room];
    size_t size;
};

static int more_follows(void* socket) {
    int more = 0;
    size_t length = sizeof more;
    require(zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &length) == 0, "RCVMORE");
    return more;
}

static void learn_route(void* socket, struct route* route) {
    char nothing[1];
    const int size = zmq_recv(socket, route->id, id_room, 0);
    require(size > 0 && size < id_room && more_follows(socket), "the connection's routing id");
    require(zmq_recv(socket, nothing, 1, 0) == 0 && !more_follows(socket),
            "the empty notice of a connection");
    route->size = (size_t)size;
}

static void hear_route(void* socket, const struct route* route) {
    unsigned char id[id_room];
    const int size = zmq_recv(socket, id, id_room, 0);
    require(size == (int)route->size && memcmp(id, route->id, route->size) == 0, "the same routing id again");
    require(more_follows(socket), "bytes after the routing id");
}

static void say_bytes(struct talk* talk, const struct route* route) {
    static const size_t sizes[] = {1, 255, 256, 65536};
    static unsigned char bytes[65536];
    size_t sent = 0;
    for (int i = 0; sent < total; i++) {
        const size_t left = total - sent, wanted = sizes[i % 4], size = wanted < left ? wanted : left;
        fill(bytes, sent, size, talk->own_salt);
        require(zmq_send(talk->socket, route->id, route->size, ZMQ_SNDMORE) == (int)route->size,
                "send a route");
        require(zmq_send(talk->socket, bytes, size, 0) == (int)size, "send bytes");
        sent += size;
        note_progress("bytes sent", (int)sent);
    }
}

static void hear_bytes(struct talk* talk, const struct route* route) {
    size_t received = 0;
    while (received < total) {
        zmq_msg_t bytes;
        zmq_msg_init(&bytes);
        hear_route(talk->socket, route);
        require(zmq_msg_recv(&bytes, talk->socket, 0) > 0 && !zmq_msg_more(&bytes),
                "bytes after the routing id");
        const size_t size = zmq_msg_size(&bytes);
        require(first_difference(zmq_msg_data(&bytes), received, size, talk->peer_salt) == size,
                "the right bytes");
        zmq_msg_close(&bytes);
        received += size;
        note_progress("bytes received", (int)received);
    }
    require(received == total, "no byte too many");
}

static void hear_end(void* socket, const struct route* route) {
    char nothing[1];
    note_progress("the end of the connection", 0);
    hear_route(socket, route);
    require(zmq_recv(socket, nothing, 1, 0) == 0, "the empty notice of the end");
    tell("closed");
}

/* libzmq closes a connection only when the socket is used once more. */
static void close_connection(void* socket, const struct route* route) {
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
    require(zmq_send(socket, route->id, route->size, ZMQ_SNDMORE) == (int)route->size, "send a route");
    require(zmq_send(socket, "", 0, 0) == 0, "close the connection");
    while (!told("closed", 2)) zmq_poll(&item, 1, 0);
}

void exchange_stream(struct talk* talk) {
    struct route route;
    learn_route(talk->socket, &route);
    say_bytes(talk, &route);
    hear_bytes(talk, &route);
    tell("complete");
    await("complete");
    if (talk->binds)
        hear_end(talk->socket, &route);
    else
        close_connection(talk->socket, &route);
}
