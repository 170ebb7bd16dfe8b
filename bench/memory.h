/* What the process keeps in memory. */
#ifndef ZITHER_BENCH_MEMORY_H
#define ZITHER_BENCH_MEMORY_H

#include "common.h"

static inline double resident_bytes(void) {
    FILE* file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    if (!file || fscanf(file, "%*u %lu", &pages) != 1) fail("/proc/self/statm", strerror(errno));
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

#endif
