/* Says what the library it runs on makes of every option: each number, on each type of socket and on a
 * context, read and written in every size and with values on both sides of every bound. `interop/run_options`
 * compares. */
#include <zmq.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { options_end = 131, types_end = 12, text_max = 70000 };

static const int integers[] = {INT_MIN, -3, -2,  -1,  0,     1,     2,       3,       4,
                               7,       8,  100, 255, 65535, 65536, 6553599, 6553600, INT_MAX};
static const size_t sizes[] = {0,  1,  2,  3,   5,   8,   15,  16,    17,   31,
                               32, 40, 41, 254, 255, 256, 257, 65535, 65536};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char* name_of_error(int number) {
    switch (number) {
        case 0: return "ok";
        case EINVAL: return "EINVAL";
        case EFAULT: return "EFAULT";
        case ENOTSUP: return "ENOTSUP";
        case ENOTSOCK: return "ENOTSOCK";
        case EFSM: return "EFSM";
        case EPERM: return "EPERM";
        case EAGAIN: return "EAGAIN";
        default: return "other";
    }
}

static const char* outcome(int result) { return name_of_error(result == 0 ? 0 : zmq_errno()); }

/* Descriptors differ from run to run, and readiness from library to library. */
static int varies(int option) { return option == ZMQ_FD || option == ZMQ_EVENTS; }

static void read_all_sizes(void* socket, int type, int option) {
    static const size_t room[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 255, 256};
    for (size_t i = 0; i < COUNT(room); ++i) {
        unsigned char to[256];
        size_t size = room[i];
        memset(to, 0xee, sizeof to);
        const int result = zmq_getsockopt(socket, option, to, &size);
        printf("type %d option %d get room %zu: %s", type, option, room[i], outcome(result));
        if (result == 0) printf(" size %zu", size);
        if (result == 0 && !varies(option))
            for (size_t at = 0; at < size && at < sizeof to; ++at) printf("%c%02x", at ? '.' : ' ', to[at]);
        putchar('\n');
    }
}

static void read_back(void* socket, int option) {
    static const size_t room[] = {sizeof(int), sizeof(int64_t), 256};
    for (size_t i = 0; i < COUNT(room) && !varies(option); ++i) {
        unsigned char to[256];
        size_t size = room[i];
        if (zmq_getsockopt(socket, option, to, &size) != 0) continue;
        printf(" then");
        for (size_t at = 0; at < size && at < 12; ++at) printf("%c%02x", at ? '.' : ' ', to[at]);
        printf(" (%zu)\n", size);
        return;
    }
    printf(" then unreadable\n");
}

static void write_integers(void* socket, int type, int option) {
    for (size_t i = 0; i < COUNT(integers); ++i) {
        const int value = integers[i];
        const int result = zmq_setsockopt(socket, option, &value, sizeof value);
        printf("type %d option %d set int %d: %s", type, option, value, outcome(result));
        read_back(socket, option);
    }
    static const int64_t wide[] = {INT64_MIN, -2, -1, 0, 1, 4294967296, INT64_MAX};
    for (size_t i = 0; i < COUNT(wide); ++i) {
        const int result = zmq_setsockopt(socket, option, wide + i, sizeof *wide);
        printf("type %d option %d set int64 %lld: %s", type, option, (long long)wide[i], outcome(result));
        read_back(socket, option);
    }
}

static void write_texts(void* socket, int type, int option) {
    static char text[text_max];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < COUNT(sizes); ++i) {
        const int result = zmq_setsockopt(socket, option, text, sizes[i]);
        printf("type %d option %d set %zu octets: %s", type, option, sizes[i], outcome(result));
        read_back(socket, option);
    }
    static const char* const words[] = {
        "lo",  "127.0.0.1", "10.0.0.0/8", "::1/64", "nonsense/99",    "X-a:b", "X-:b",
        "a:b", ":b",        "X-a:",       "X-a",    "localhost:1080", "root",  "a\0b"};
    for (size_t i = 0; i < COUNT(words); ++i) {
        const size_t size = i + 1 == COUNT(words) ? 3 : strlen(words[i]);
        const int result = zmq_setsockopt(socket, option, words[i], size);
        printf("type %d option %d set \"%s\": %s", type, option, words[i], outcome(result));
        read_back(socket, option);
    }
    const int result = zmq_setsockopt(socket, option, NULL, 0);
    printf("type %d option %d set nothing: %s", type, option, outcome(result));
    read_back(socket, option);
}

/* A context of its own for each type: libzmq ends closed sockets later, and has no more than 1023 at once. */
static int walk_socket(int type) {
    void* context = zmq_ctx_new();
    for (int option = 0; option < options_end; ++option) {
        void* fresh = zmq_socket(context, type);
        read_all_sizes(fresh, type, option);
        write_integers(fresh, type, option);
        write_texts(fresh, type, option);
        const int no_linger = 0;
        zmq_setsockopt(fresh, ZMQ_LINGER, &no_linger, sizeof no_linger);
        zmq_close(fresh);
    }
    return zmq_ctx_term(context);
}

static void walk_context(void) {
    for (int option = -1; option < 80; ++option) {
        void* fresh = zmq_ctx_new();
        errno = 0;
        const int before = zmq_ctx_get(fresh, option);
        printf("context option %d get: %s %d\n", option, name_of_error(before == -1 ? errno : 0), before);
        for (size_t i = 0; i < COUNT(integers); ++i) {
            const int result = zmq_ctx_set(fresh, option, integers[i]);
            printf("context option %d set %d: %s", option, integers[i], outcome(result));
            printf(" then %d\n", zmq_ctx_get(fresh, option));
        }
        zmq_ctx_term(fresh);
    }
}

int main(void) {
    walk_context();
    for (int type = 0; type < types_end; ++type)
        if (walk_socket(type) != 0) return 1;
    return 0;
}
