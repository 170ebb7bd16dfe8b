/* The topics of the rows with very many subscriptions, and an order of them that no cache foresees. */
#ifndef ZITHER_BENCH_TOPICS_H
#define ZITHER_BENCH_TOPICS_H

#include <stdint.h>
#include <stdio.h>

enum { topic_bytes = 24 };

static inline void make_topic(char* topic, size_t number) {
    snprintf(topic, topic_bytes + 1, "prices/%08zx/tick/%03zu", number * 2654435761u & 0xffffffffu,
             number % 997);
}

static inline size_t any_topic(uint64_t* pick, size_t topics) {
    *pick = *pick * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(*pick >> 33) % topics;
}

#endif
