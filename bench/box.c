/* libsodium's box: alone in one thread, and between two bare sockets. What CURVE cannot be faster than. */
#define _GNU_SOURCE
#include "bare_common.h"

#include <sodium.h>

/* Of a MESSAGE: the command's name, the short nonce, the MAC, and the flags that go into the box. */
enum { name_bytes = 8, nonce_bytes = 8, flag_bytes = 1, more_bytes = 8 + 8 + crypto_box_MACBYTES + 1 };

static unsigned char key[crypto_box_BEFORENMBYTES];

static void make_key(void) {
    unsigned char public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
    static const unsigned char seed[crypto_box_SEEDBYTES];
    if (crypto_box_seed_keypair(public, secret, seed) != 0) fail("crypto_box_seed_keypair", "failed");
    if (crypto_box_beforenm(key, public, secret) != 0) fail("crypto_box_beforenm", "failed");
}

static unsigned char* nonce_of(uint64_t number) {
    static unsigned char nonce[crypto_box_NONCEBYTES] = "CurveZMQMESSAGEC";
    memcpy(nonce + 16, &number, sizeof number);
    return nonce;
}

/* A message as CURVE frames it, and the box in it. */
static size_t sealed_frame(const struct options* o) { return framed(o->size + more_bytes); }
static size_t box_at(const struct options* o) {
    return sealed_frame(o) - o->size - more_bytes + name_bytes + nonce_bytes;
}

static void seal_one(unsigned char* to, const unsigned char* plain, size_t size, uint64_t number) {
    if (crypto_box_easy_afternm(to, plain, size, nonce_of(number), key) != 0) fail("crypto_box", "failed");
}

static void seal(const struct options* o) {
    unsigned char *plain = calloc(1, o->size + flag_bytes), *sealed = malloc(o->size + more_bytes);
    const uint64_t start = now_ns();
    struct run_time time = run_for(o->seconds, o->size);
    uint64_t n = 0;
    for (; !is_over(&time); n++) seal_one(sealed, plain, o->size + flag_bytes, n);
    report_throughput(n, o->size, now_ns() - start);
    free(plain);
    free(sealed);
}

static void push(const struct options* o) {
    const int fd = connect_stream(o->endpoint);
    const size_t unit = sealed_frame(o), box = box_at(o), most = per_batch(unit);
    unsigned char *plain = calloc(1, o->size + flag_bytes), *batch = calloc(most, unit);
    const uint64_t end = now_ns() + (uint64_t)(o->seconds * 1e9);
    for (uint64_t sent = 0; sent == 0 || now_ns() < end;) {
        for (size_t i = 0; i < most; i++, sent++)
            seal_one(batch + i * unit + box, plain, o->size + flag_bytes, sent);
        write_all(fd, (char*)batch, most * unit);
    }
    close(fd);
    free(plain);
    free(batch);
}

static void pull(const struct options* o) {
    const int fd = accept_stream(o->endpoint);
    const size_t unit = sealed_frame(o), box = box_at(o), most = per_batch(unit);
    unsigned char *plain = malloc(o->size + flag_bytes), *batch = malloc(most * unit);
    uint64_t heard = 0, first = 0;
    while (read_all(fd, (char*)batch, most * unit)) {
        if (heard == 0) first = now_ns();
        for (size_t i = 0; i < most; i++, heard++) {
            if (crypto_box_open_easy_afternm(plain, batch + i * unit + box,
                                             o->size + flag_bytes + crypto_box_MACBYTES, nonce_of(heard),
                                             key) != 0)
                fail("crypto_box_open", "a forged box");
        }
    }
    report_throughput(heard, o->size, now_ns() - first);
    close(fd);
    free(plain);
    free(batch);
}

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    if (sodium_init() < 0) fail("sodium_init", "failed");
    make_key();
    if (strcmp(o.role, "seal") == 0)
        seal(&o);
    else if (strcmp(o.role, "push") == 0)
        push(&o);
    else if (strcmp(o.role, "pull") == 0)
        pull(&o);
    else
        fail("unknown role", o.role);
    return 0;
}
