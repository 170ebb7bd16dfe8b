/* A stream of messages through OpenSSL on a blocking socket: the limit of TLS throughput, as `bare` is of
 * TCP's. */
#define _GNU_SOURCE
#include "bare_common.h"

#include <openssl/ssl.h>
#include <signal.h>

static void secure(int ok) {
    if (!ok) fail("tls", "OpenSSL refused");
}

static SSL* open_tls(const struct options* o, int server) {
    char path[4096];
    SSL_CTX* context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    secure(context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION));
    if (!o->tls) fail("--tls", "is needed");
    snprintf(path, sizeof path, "%s/cert.pem", o->tls);
    if (server) {
        secure(SSL_CTX_use_certificate_chain_file(context, path) == 1);
        snprintf(path, sizeof path, "%s/key.pem", o->tls);
        secure(SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1);
    } else {
        secure(SSL_CTX_load_verify_locations(context, path, NULL) == 1);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    }
    SSL* tls = SSL_new(context);
    const int fd = server ? accept_stream(o->endpoint) : connect_stream(o->endpoint);
    secure(tls != NULL && SSL_set_fd(tls, fd) == 1 && (server ? SSL_accept(tls) : SSL_connect(tls)) == 1);
    SSL_CTX_free(context);
    return tls;
}

static void push(SSL* tls, const struct options* o) {
    const size_t unit = framed(o->size), most = per_batch(unit);
    char* batch = calloc(most, unit);
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    size_t written;
    do secure(SSL_write_ex(tls, batch, most * unit, &written) == 1);
    while (now_ns() < end);
    /* Stays until the other side has read all: a close would take back what is on the way. */
    secure(SSL_shutdown(tls) >= 0);
    while (SSL_read_ex(tls, batch, 1, &written) == 1) {
    }
    free(batch);
}

static void pull(SSL* tls, const struct options* o) {
    char* buffer = malloc(batch_bytes);
    uint64_t bytes = 0, first = 0;
    size_t n;
    while (SSL_read_ex(tls, buffer, batch_bytes, &n) == 1) {
        if (bytes == 0) first = now_ns();
        bytes += n;
    }
    secure(SSL_get_error(tls, 0) == SSL_ERROR_ZERO_RETURN);
    report_throughput(bytes / framed(o->size), o->size, now_ns() - first);
    free(buffer);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    const int server = strcmp(o.role, "pull") == 0;
    if (!server && strcmp(o.role, "push") != 0) fail("unknown role", o.role);
    signal(SIGPIPE, SIG_IGN);
    SSL* tls = open_tls(&o, server);
    (server ? pull : push)(tls, &o);
    SSL_free(tls);
    return 0;
}
