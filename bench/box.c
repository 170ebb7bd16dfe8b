/* libsodium's box alone, in one thread and with no socket: the limit of CURVE's throughput. */
#define _GNU_SOURCE
#include "common.h"

#include <sodium.h>

int main(int argc, char** argv) {
    const struct options o = parse_options(argc, argv);
    if (strcmp(o.role, "seal") != 0) fail("unknown role", o.role);
    if (sodium_init() < 0) fail("sodium_init", "failed");
    unsigned char public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
    unsigned char key[crypto_box_BEFORENMBYTES], nonce[crypto_box_NONCEBYTES] = "CurveZMQMESSAGEC";
    crypto_box_keypair(public, secret);
    if (crypto_box_beforenm(key, public, secret) != 0) fail("crypto_box_beforenm", "failed");
    unsigned char *plain = calloc(1, o.size + 1), *sealed = malloc(o.size + 1 + crypto_box_MACBYTES);
    const uint64_t stride = clock_stride(o.size), start = now_ns(), end = start + (uint64_t)(o.seconds * 1e9);
    uint64_t n = 0;
    for (; n == 0 || n % stride != 0 || now_ns() < end; n++) {
        memcpy(nonce + 16, &n, sizeof n);
        /* One byte more, as CURVE's flags go into the box. */
        if (crypto_box_easy_afternm(sealed, plain, o.size + 1, nonce, key) != 0) fail("crypto_box", "failed");
    }
    report_throughput(n, o.size, now_ns() - start);
    free(plain);
    free(sealed);
    return 0;
}
