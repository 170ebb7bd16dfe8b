/* A C program of libzmq's, built against the installed drop-in. */
#include <stdio.h>
#include <string.h>
#include <zmq.h>

int main(void) {
    char text[8] = "";
    void* context = zmq_ctx_new();
    void* pull = zmq_socket(context, ZMQ_PULL);
    void* push = zmq_socket(context, ZMQ_PUSH);
    int failed = zmq_bind(pull, "inproc://here") != 0 || zmq_connect(push, "inproc://here") != 0;
    failed |= zmq_send(push, "Hello", 5, 0) != 5 || zmq_recv(pull, text, sizeof text - 1, 0) != 5;
    failed |= strcmp(text, "Hello") != 0;
    zmq_close(push);
    zmq_close(pull);
    zmq_ctx_term(context);
    printf("%s\n", text);
    return failed;
}
