/* Times of single messages, and what is told about them. Part of common.h. */
#ifndef ZITHER_BENCH_SAMPLES_H
#define ZITHER_BENCH_SAMPLES_H

/* The first tenth of the run (time or count) warms up and is not kept. */
struct samples {
    uint32_t* ns;
    size_t kept, capacity;
    uint64_t taken, warm_up_count, count;
    uint64_t warm_until, end;
};

static inline struct samples samples_for(const struct options* o) {
    const uint64_t length = (uint64_t)(o->seconds * 1e9), start = now_ns();
    struct samples s;
    memset(&s, 0, sizeof s);
    s.capacity = (size_t)1 << 22;
    s.warm_up_count = o->count / 10;
    s.count = o->count;
    s.warm_until = start + length / 10;
    s.end = start + length;
    s.ns = (uint32_t*)malloc(s.capacity * sizeof *s.ns);
    if (!s.ns) fail("samples", "out of memory");
    return s;
}

static inline int samples_want_more(const struct samples* s) {
    return s->count ? s->taken < s->count : s->taken == 0 || now_ns() < s->end;
}

static inline void samples_add(struct samples* s, uint64_t from, uint64_t to) {
    s->taken++;
    const int warm = s->count ? s->taken > s->warm_up_count : from >= s->warm_until;
    if (s->kept == s->capacity) return;
    s->ns[s->kept] = to - from > UINT32_MAX ? UINT32_MAX : (uint32_t)(to - from);
    s->kept += (size_t)warm;
}

static inline int samples_order(const void* a, const void* b) {
    const uint32_t x = *(const uint32_t*)a, y = *(const uint32_t*)b;
    return x < y ? -1 : x > y;
}

/* In microseconds. `hops` is 2 for round trips, of which half is told, and 1 for one-way times. */
static inline void report_latency(struct samples* s, int hops) {
    static const double shares[] = {0,   0.01, 0.05, 0.1,  0.2,  0.3,  0.4,   0.5,   0.6,
                                    0.7, 0.8,  0.9,  0.95, 0.98, 0.99, 0.995, 0.999, 0.9995};
    const double unit = 1e3 * hops;
    double sum = 0;
    if (s->kept == 0) s->kept = s->taken > 0; /* a run that was all warm-up tells its last time */
    if (s->kept == 0) fail("latency", "nothing measured");
    qsort(s->ns, s->kept, sizeof *s->ns, samples_order);
    for (size_t i = 0; i < s->kept; i++) sum += s->ns[i];
    printf(
        "result {\"messages\": %llu, \"mean_us\": %.3f, \"p50_us\": %.3f, \"p99_us\": %.3f, \"max_us\": "
        "%.3f, \"quantiles_us\": [",
        (unsigned long long)s->taken * (unsigned)hops, sum / (double)s->kept / unit,
        s->ns[s->kept / 2] / unit, s->ns[s->kept - 1 - s->kept / 100] / unit, s->ns[s->kept - 1] / unit);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        printf("%s[%g, %.3f]", i ? ", " : "", shares[i], s->ns[(size_t)(shares[i] * (double)s->kept)] / unit);
    printf("]}\n");
    fflush(stdout);
    free(s->ns);
}

/* Waits for the next beat of a steady sender: asleep if there is time to, else with the eyes on the clock. */
static inline void wait_until(uint64_t when, double interval_us) {
    if (interval_us >= 50) {
        struct timespec t;
        t.tv_sec = (time_t)(when / 1000000000u);
        t.tv_nsec = (long)(when % 1000000000u);
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
        }
    }
    while (now_ns() < when) {
    }
}

#endif
