/* What every benchmark program shares: options, clocks, and the lines that `compare` reads. Also read as C++.
 */
#ifndef ZITHER_BENCH_COMMON_H
#define ZITHER_BENCH_COMMON_H

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

struct options {
    const char* role;
    const char* endpoint; /* two of them, with a space between, where a role needs a second connection */
    const char* tls;      /* a folder with cert.pem and key.pem */
    size_t size;          /* bytes in one message */
    uint64_t count;       /* messages, or round trips; 0 means: for `seconds` */
    double seconds;
    size_t peers;       /* connections */
    size_t topics;      /* subscriptions */
    double interval_us; /* of a steady sender */
    int cpu;            /* -1: wherever the scheduler likes */
    int curve, idle, awake, wakeable;
    int hold; /* close only when the standard input ends */
};

static inline __attribute__((noreturn)) void fail(const char* what, const char* why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Of all threads of the process. */
static inline uint64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void stay_on(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fail("--cpu", strerror(errno));
}

static inline void take_option(struct options* o, const char* name, const char* value) {
    if (strcmp(name, "--endpoint") == 0)
        o->endpoint = value;
    else if (strcmp(name, "--tls") == 0)
        o->tls = value;
    else if (strcmp(name, "--size") == 0)
        o->size = strtoul(value, NULL, 10);
    else if (strcmp(name, "--count") == 0)
        o->count = strtoull(value, NULL, 10);
    else if (strcmp(name, "--seconds") == 0)
        o->seconds = strtod(value, NULL);
    else if (strcmp(name, "--peers") == 0)
        o->peers = strtoul(value, NULL, 10);
    else if (strcmp(name, "--topics") == 0)
        o->topics = strtoul(value, NULL, 10);
    else if (strcmp(name, "--interval") == 0)
        o->interval_us = strtod(value, NULL);
    else if (strcmp(name, "--cpu") == 0)
        o->cpu = atoi(value);
    else if (strcmp(name, "--deadline") == 0)
        alarm((unsigned)atoi(value));
    else
        fail("unknown option", name);
}

static inline int take_flag(struct options* o, const char* name) {
    int* flag = strcmp(name, "--curve") == 0      ? &o->curve
                : strcmp(name, "--idle") == 0     ? &o->idle
                : strcmp(name, "--awake") == 0    ? &o->awake
                : strcmp(name, "--wakeable") == 0 ? &o->wakeable
                : strcmp(name, "--hold") == 0     ? &o->hold
                                                  : NULL;
    if (flag) *flag = 1;
    return flag != NULL;
}

static inline struct options parse_options(int argc, char** argv) {
    struct options o;
    memset(&o, 0, sizeof o);
    o.endpoint = "tcp://127.0.0.1:*";
    o.size = 64;
    o.seconds = 1;
    o.peers = 1;
    o.topics = 1;
    o.interval_us = 1000;
    o.cpu = -1;
    if (argc < 2)
        fail("usage",
             "ROLE [--endpoint E] [--size BYTES] [--count N | --seconds S] [--peers N] [--topics N] "
             "[--interval US] [--cpu N] [--tls FOLDER] [--curve] [--idle] [--awake] [--wakeable] [--hold] "
             "[--deadline S]");
    alarm(30);
    o.role = argv[1];
    for (int i = 2; i < argc; i++) {
        if (take_flag(&o, argv[i])) continue;
        if (i + 1 == argc) fail(argv[i], "needs a value");
        take_option(&o, argv[i], argv[i + 1]);
        i++;
    }
    if (o.size < 16) fail("--size", "must be 16 or more: the message that ends a run has 8 bytes");
    if (o.cpu >= 0) stay_on(o.cpu); /* before the library starts its threads, so that they inherit it */
    return o;
}

static inline void announce(const char* endpoint) {
    printf("endpoint %s\n", endpoint);
    fflush(stdout);
}

/* The time that a sender runs for. The clock is looked at each so many messages, at most 1 MiB of them, so
   that the look costs nothing and big messages still stop in time. They are counted down: a division for each
   would be measured with them. */
struct run_time {
    uint64_t end, stride, left;
};

static inline struct run_time run_for(double seconds, size_t size) {
    const uint64_t n = ((uint64_t)1 << 20) / size, stride = n < 1 ? 1 : n > 256 ? 256 : n;
    return (struct run_time){now_ns() + (uint64_t)(seconds * 1e9), stride, stride};
}

/* Asked before each message. */
static inline int is_over(struct run_time* time) {
    if (--time->left > 0) return 0;
    time->left = time->stride;
    return now_ns() >= time->end;
}

/* The default high-water mark of 1000 messages, except where that would queue more than 64 MiB. */
static inline size_t queue_mark(size_t size) { return size > 65536 ? ((size_t)64 << 20) / size + 1 : 1000; }

static inline void report_throughput(uint64_t messages, size_t size, uint64_t ns) {
    const double seconds = (double)ns / 1e9;
    printf(
        "result {\"messages\": %llu, \"seconds\": %.6f, \"per_second\": %.3f, \"megabytes_per_second\": "
        "%.3f}\n",
        (unsigned long long)messages, seconds, (double)messages / seconds,
        (double)messages * (double)size / seconds / 1e6);
    fflush(stdout);
}

#include "samples.h"

#endif
