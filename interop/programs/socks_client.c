/* REQ reaches REP through the SOCKS5 proxy it is given, by address and by name: 0; 1 when the proxy refuses.
 */
#include <zmq.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void* context;

static void monitor_failures(void* of, void* pair) {
    assert(zmq_socket_monitor(of, "inproc://events",
                              ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED) == 0);
    assert(zmq_connect(pair, "inproc://events") == 0);
}

/* True when the first thing that happens is a finished handshake. */
static int reaches(const char* host, const char* port, int count, char** words) {
    void *rep = zmq_socket(context, ZMQ_REP), *req = zmq_socket(context, ZMQ_REQ),
         *pair = zmq_socket(context, ZMQ_PAIR);
    const int no_linger = 0;
    zmq_setsockopt(req, ZMQ_LINGER, &no_linger, sizeof no_linger);
    zmq_setsockopt(req, ZMQ_SOCKS_PROXY, words[1], strlen(words[1]));
    if (count > 3) {
        zmq_setsockopt(req, ZMQ_SOCKS_USERNAME, words[2], strlen(words[2]));
        zmq_setsockopt(req, ZMQ_SOCKS_PASSWORD, words[3], strlen(words[3]));
    }
    monitor_failures(req, pair);
    char at[256], there[256];
    size_t size = sizeof at;
    assert(zmq_bind(rep, port) == 0 && zmq_getsockopt(rep, ZMQ_LAST_ENDPOINT, at, &size) == 0);
    snprintf(there, sizeof there, "tcp://%s%s", host, strrchr(at, ':'));
    assert(zmq_connect(req, there) == 0);
    char event[6];
    unsigned short number = 0;
    assert(zmq_recv(pair, event, sizeof event, 0) == sizeof event);
    memcpy(&number, event, sizeof number);
    const int reached = number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    if (reached) {
        char word[8];
        assert(zmq_send(req, "ask", 3, 0) == 3 && zmq_recv(rep, word, sizeof word, 0) == 3);
        assert(zmq_send(rep, "tell", 4, 0) == 4 && zmq_recv(req, word, sizeof word, 0) == 4);
    }
    zmq_close(req);
    zmq_close(rep);
    zmq_close(pair);
    return reached;
}

int main(int count, char** words) {
    if (count < 2) return 2;
    context = zmq_ctx_new();
    const int all = reaches("127.0.0.1", "tcp://127.0.0.1:*", count, words) &&
                    reaches("localhost", "tcp://127.0.0.1:*", count, words);
    zmq_ctx_term(context);
    return all ? 0 : 1;
}
