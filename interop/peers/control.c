/* The lines a peer exchanges with the runner, its deadline and its last words. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

static volatile const char* doing = "start";
static volatile int doing_message;

static void give_up(int signal) {
    char text[128];
    const int size =
        snprintf(text, sizeof text, "failed: deadline, while at %s %d\n", (const char*)doing, doing_message);
    (void)signal;
    if (write(STDERR_FILENO, text, (size_t)size) < 0) _exit(unsupported);
    _exit(failed);
}

void start_deadline(int seconds) {
    signal(SIGALRM, give_up);
    signal(SIGTERM, give_up);
    signal(SIGPIPE, SIG_IGN);
    alarm((unsigned)seconds);
}

void note_progress(const char* what, int message) {
    doing = what;
    doing_message = message;
}

void require(int ok, const char* what) {
    if (ok) return;
    fprintf(stderr, "failed: %s (%s), at %s %d\n", what, zmq_strerror(zmq_errno()), (const char*)doing,
            doing_message);
    exit(failed);
}

void say_line(const char* line) {
    printf("%s\n", line);
    fflush(stdout);
}

void tell(const char* word) {
    printf("tell %s\n", word);
    fflush(stdout);
}

/* One line of standard input; it is read without a buffer, so that poll(2) tells the truth. */
static void read_line(char* line, size_t room) {
    size_t size = 0;
    while (size + 1 < room) {
        if (read(STDIN_FILENO, line + size, 1) != 1) {
            require(size == 0, "a whole line from the runner");
            exit(failed); /* the runner has gone */
        }
        if (line[size] == '\n') break;
        size++;
    }
    line[size] = '\0';
}

/* Has the runner passed on `word`? Waits up to `wait_ms` (-1: until it has). Any other word is skipped. */
int told(const char* word, int wait_ms) {
    char line[128];
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    while (poll(&input, 1, wait_ms) > 0) {
        read_line(line, sizeof line);
        if (strcmp(line, word) == 0) return 1;
    }
    return 0;
}

void await(const char* word) {
    note_progress(word, 0);
    while (!told(word, -1)) {
    }
}

/* The runner refuses a result that was obtained on the wrong library. */
void print_library(void) {
    char line[4096];
    FILE* maps = fopen("/proc/self/maps", "r");
    require(maps != NULL, "/proc/self/maps");
    while (fgets(line, sizeof line, maps)) {
        char* path = strchr(line, '/');
        if (!path || !strstr(path, "/libzmq.so")) continue;
        printf("library %s", path); /* with its line end */
        fflush(stdout);
        break;
    }
    fclose(maps);
}
