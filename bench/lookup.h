/* Very many topics in a hash table, beside those that a SUB subscribed to. */
#ifndef ZITHER_BENCH_LOOKUP_H
#define ZITHER_BENCH_LOOKUP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct topic_table; /* goes with the process */
struct topic_table* make_topic_table(size_t topics);
int knows_topic(const struct topic_table* table, const char* topic);

#ifdef __cplusplus
}
#endif

#endif
