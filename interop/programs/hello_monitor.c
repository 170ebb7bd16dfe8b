/* Watches a client: it connects, shakes hands, loses its server, tries again, and meets the next one. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

static void* context;

/* Reads events until the wanted one; its endpoint is the second frame. */
static uint32_t await_event(void* monitor, uint16_t wanted, const char* endpoint) {
    for (;;) {
        unsigned char data[6];
        char address[64];
        uint16_t event;
        uint32_t value;
        int size = zmq_recv(monitor, data, sizeof data, 0);
        assert(size == 6);
        memcpy(&event, data, sizeof event);
        memcpy(&value, data + 2, sizeof value);
        size = zmq_recv(monitor, address, sizeof address - 1, 0);
        assert(size >= 0);
        address[size] = '\0';
        if (event != wanted) continue;
        assert(strcmp(address, endpoint) == 0);
        return value;
    }
}

static void* serve_at(const char* endpoint) {
    void* server = zmq_socket(context, ZMQ_REP);
    const int rc = zmq_bind(server, endpoint);
    assert(rc == 0);
    return server;
}

int main(void) {
    char endpoint[64];
    size_t length = sizeof endpoint;
    context = zmq_ctx_new();
    void* server = serve_at("tcp://127.0.0.1:*");
    zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &length);

    void* client = zmq_socket(context, ZMQ_REQ);
    int rc = zmq_socket_monitor(client, "inproc://client-events", ZMQ_EVENT_ALL);
    assert(rc == 0);
    void* monitor = zmq_socket(context, ZMQ_PAIR);
    rc = zmq_connect(monitor, "inproc://client-events");
    assert(rc == 0);
    rc = zmq_connect(client, endpoint);
    assert(rc == 0);

    const uint32_t descriptor = await_event(monitor, ZMQ_EVENT_CONNECTED, endpoint);
    assert(descriptor > 2);
    await_event(monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, endpoint);
    zmq_close(server);
    await_event(monitor, ZMQ_EVENT_DISCONNECTED, endpoint);
    await_event(monitor, ZMQ_EVENT_CONNECT_RETRIED, endpoint);
    server = serve_at(endpoint);
    await_event(monitor, ZMQ_EVENT_CONNECTED, endpoint);
    await_event(monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, endpoint);

    zmq_close(client);
    await_event(monitor, ZMQ_EVENT_MONITOR_STOPPED, "");
    zmq_close(monitor);
    zmq_close(server);
    zmq_ctx_destroy(context);
    printf("two servers met\n");
    return 0;
}
