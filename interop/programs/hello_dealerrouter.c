/* An asynchronous server: two DEALER clients, each with its own name, and one ROUTER that answers twice. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum { clients = 2, requests = 20, answers = 2 };

static void* context;
static char endpoint[64];

static void* ask(void* name) {
    char text[32];
    void* client = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(client, ZMQ_ROUTING_ID, name, strlen(name));
    int rc = zmq_connect(client, endpoint);
    assert(rc == 0);
    for (int i = 0; i < requests; i++) zmq_send(client, name, strlen(name), 0);
    for (int i = 0; i < requests * answers; i++) {
        rc = zmq_recv(client, text, sizeof text - 1, 0);
        assert(rc > 0);
        text[rc] = '\0';
        assert(strcmp(text, name) == 0);
    }
    zmq_close(client);
    return NULL;
}

static void receive(void* socket, zmq_msg_t* part, int more) {
    zmq_msg_init(part);
    const int size = zmq_msg_recv(part, socket, 0);
    assert(size > 0 && zmq_msg_more(part) == more);
}

int main(void) {
    char names[clients][16] = {"client-one", "client-two"};
    pthread_t threads[clients];
    size_t length = sizeof endpoint;
    context = zmq_ctx_new();
    void* server = zmq_socket(context, ZMQ_ROUTER);
    int rc = zmq_bind(server, "tcp://127.0.0.1:*");
    assert(rc == 0);
    zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &length);
    for (int i = 0; i < clients; i++) pthread_create(&threads[i], NULL, ask, names[i]);

    for (int i = 0; i < clients * requests; i++) {
        zmq_msg_t identity, body;
        receive(server, &identity, 1);
        receive(server, &body, 0);
        assert(zmq_msg_size(&identity) == zmq_msg_size(&body));
        for (int answer = 0; answer < answers; answer++) {
            zmq_msg_t to, copy;
            zmq_msg_init(&to);
            zmq_msg_init(&copy);
            zmq_msg_copy(&to, &identity);
            zmq_msg_copy(&copy, &body);
            rc = zmq_msg_send(&to, server, ZMQ_SNDMORE);
            assert(rc > 0);
            rc = zmq_msg_send(&copy, server, 0);
            assert(rc > 0);
        }
        zmq_msg_close(&identity);
        zmq_msg_close(&body);
    }
    for (int i = 0; i < clients; i++) pthread_join(threads[i], NULL);
    zmq_close(server);
    zmq_ctx_destroy(context);
    printf("%d requests answered %d times\n", clients * requests, answers);
    return 0;
}
