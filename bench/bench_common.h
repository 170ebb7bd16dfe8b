/* What zmq_bench.c and bare_bench.c share: options, clocks, and the lines that `compare` reads. */
#ifndef ZITHER_BENCH_COMMON_H
#define ZITHER_BENCH_COMMON_H

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct options {
    const char* role;
    const char* endpoint;
    size_t size;    /* bytes in one message */
    uint64_t count; /* messages, or round trips; 0 means: for `seconds` */
    double seconds;
    int cpu; /* -1: wherever the scheduler likes */
    int curve;
    int hold; /* close only when the standard input ends */
};

_Noreturn static inline void fail(const char* what, const char* why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline struct options parse_options(int argc, char** argv) {
    struct options o = {NULL, "tcp://127.0.0.1:*", 64, 0, 1.0, -1, 0, 0};
    unsigned deadline = 30;
    if (argc < 2)
        fail("usage",
             "ROLE [--endpoint E] [--size BYTES] [--count N | --seconds S] [--cpu N] [--curve] [--hold] "
             "[--deadline S]");
    o.role = argv[1];
    for (int i = 2; i < argc; i++) {
        const char* name = argv[i];
        if (strcmp(name, "--curve") == 0) {
            o.curve = 1;
            continue;
        }
        if (strcmp(name, "--hold") == 0) {
            o.hold = 1;
            continue;
        }
        if (++i == argc) fail(name, "needs a value");
        if (strcmp(name, "--endpoint") == 0)
            o.endpoint = argv[i];
        else if (strcmp(name, "--size") == 0)
            o.size = strtoul(argv[i], NULL, 10);
        else if (strcmp(name, "--count") == 0)
            o.count = strtoull(argv[i], NULL, 10);
        else if (strcmp(name, "--seconds") == 0)
            o.seconds = strtod(argv[i], NULL);
        else if (strcmp(name, "--cpu") == 0)
            o.cpu = atoi(argv[i]);
        else if (strcmp(name, "--deadline") == 0)
            deadline = (unsigned)atoi(argv[i]);
        else
            fail("unknown option", name);
    }
    if (o.size < 16) fail("--size", "must be 16 or more: the message that ends a run has 8 bytes");
    alarm(deadline);
    if (o.cpu >= 0) {
        /* Before the library starts its threads, so that they inherit it. */
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)o.cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0) fail("--cpu", strerror(errno));
    }
    return o;
}

static inline void announce(const char* endpoint) {
    printf("endpoint %s\n", endpoint);
    fflush(stdout);
}

/* How many messages between two looks at the clock: at most 1 MiB of them, so that the look costs nothing and
   big messages still stop in time. */
static inline uint64_t clock_stride(size_t size) {
    const uint64_t n = ((uint64_t)1 << 20) / size;
    return n < 1 ? 1 : n > 256 ? 256 : n;
}

static inline void report_throughput(uint64_t messages, size_t size, uint64_t ns) {
    const double seconds = (double)ns / 1e9;
    printf(
        "result {\"messages\": %llu, \"seconds\": %.6f, \"per_second\": %.3f, \"megabytes_per_second\": "
        "%.3f}\n",
        (unsigned long long)messages, seconds, (double)messages / seconds,
        (double)messages * (double)size / seconds / 1e6);
    fflush(stdout);
}

/* Round-trip times. The first tenth of the run (time or count) warms up and is not kept. */
struct samples {
    uint32_t* ns;
    size_t kept, capacity;
    uint64_t taken, warm_up_count, count;
    uint64_t warm_until, end;
};

static inline struct samples samples_for(const struct options* o) {
    const uint64_t length = (uint64_t)(o->seconds * 1e9), start = now_ns();
    struct samples s = {NULL, 0, 1u << 22, 0, o->count / 10, o->count, start + length / 10, start + length};
    s.ns = malloc(s.capacity * sizeof *s.ns);
    if (!s.ns) fail("samples", "out of memory");
    return s;
}

static inline int samples_want_more(const struct samples* s) {
    return s->count ? s->taken < s->count : now_ns() < s->end;
}

static inline void samples_add(struct samples* s, uint64_t from, uint64_t to) {
    s->taken++;
    const int warm = s->count ? s->taken > s->warm_up_count : from >= s->warm_until;
    if (warm && s->kept < s->capacity)
        s->ns[s->kept++] = to - from > UINT32_MAX ? UINT32_MAX : (uint32_t)(to - from);
}

static inline int samples_order(const void* a, const void* b) {
    const uint32_t x = *(const uint32_t*)a, y = *(const uint32_t*)b;
    return x < y ? -1 : x > y;
}

/* One-way times in microseconds: half of a round trip. */
static inline void report_latency(struct samples* s) {
    double sum = 0;
    if (s->kept == 0) fail("latency", "no round trip after the warm-up");
    qsort(s->ns, s->kept, sizeof *s->ns, samples_order);
    for (size_t i = 0; i < s->kept; i++) sum += s->ns[i];
    printf(
        "result {\"messages\": %llu, \"mean_us\": %.3f, \"p50_us\": %.3f, \"p99_us\": %.3f, \"max_us\": "
        "%.3f}\n",
        (unsigned long long)s->taken * 2, sum / (double)s->kept / 2e3, s->ns[s->kept / 2] / 2e3,
        s->ns[s->kept - 1 - s->kept / 100] / 2e3, s->ns[s->kept - 1] / 2e3);
    fflush(stdout);
    free(s->ns);
}

#endif
