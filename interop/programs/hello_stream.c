/* A web server for one request: a STREAM socket, and a browser on a plain TCP socket. */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello, World!";

static void* browse(void* endpoint) {
    static char answer[256];
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server.sin_port = htons((unsigned short)atoi(strrchr(endpoint, ':') + 1));
    const int browser = socket(AF_INET, SOCK_STREAM, 0);
    int rc = connect(browser, (struct sockaddr*)&server, sizeof server);
    assert(rc == 0);
    rc = (int)write(browser, "GET / HTTP/1.0\r\n\r\n", 18);
    assert(rc == 18);
    size_t size = 0;
    for (ssize_t got; (got = read(browser, answer + size, sizeof answer - size)) > 0;) size += (size_t)got;
    close(browser);
    assert(size == strlen(page) && memcmp(answer, page, size) == 0);
    return NULL;
}

static int receive(void* server, unsigned char* buffer, size_t room) {
    const int size = zmq_recv(server, buffer, room, 0);
    assert(size >= 0 && (size_t)size < room);
    return size;
}

int main(void) {
    char endpoint[64];
    unsigned char id[256], request[256];
    size_t length = sizeof endpoint, read = 0;
    void* context = zmq_ctx_new();
    void* server = zmq_socket(context, ZMQ_STREAM);
    int rc = zmq_bind(server, "tcp://127.0.0.1:*");
    assert(rc == 0);
    zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &length);
    pthread_t browser;
    pthread_create(&browser, NULL, browse, endpoint);

    int id_size = receive(server, id, sizeof id); /* a connection: its name and an empty frame */
    rc = receive(server, request, sizeof request);
    assert(id_size == 5 && rc == 0);
    while (read < 18) {
        rc = receive(server, id, sizeof id);
        assert(rc == id_size);
        read += (size_t)receive(server, request + read, sizeof request - read);
    }
    assert(memcmp(request, "GET / HTTP/1.0\r\n\r\n", 18) == 0);
    zmq_send(server, id, (size_t)id_size, ZMQ_SNDMORE);
    zmq_send(server, page, strlen(page), 0);
    zmq_send(server, id, (size_t)id_size, ZMQ_SNDMORE); /* an empty frame closes the connection */
    zmq_send(server, "", 0, 0);
    zmq_close(server);
    pthread_join(browser, NULL);
    zmq_ctx_destroy(context);
    printf("one page served\n");
    return 0;
}
