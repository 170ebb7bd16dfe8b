// A child of a fork gets clean errors and may end what it inherited; the parent notices nothing.
#include "zmq.h"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>

#include <sys/wait.h>
#include <unistd.h>

namespace {

struct conversation {
    conversation() {
        for (auto* one : {rep, req}) {
            const int deadline_ms = 20000;
            zmq_setsockopt(one, ZMQ_RCVTIMEO, &deadline_ms, sizeof deadline_ms);
        }
        char bound[256];
        std::size_t size = sizeof bound;
        REQUIRE(zmq_bind(rep, "tcp://127.0.0.1:*") == 0);
        REQUIRE(zmq_getsockopt(rep, ZMQ_LAST_ENDPOINT, bound, &size) == 0);
        REQUIRE(zmq_connect(req, bound) == 0);
    }
    ~conversation() {
        zmq_close(req);
        zmq_close(rep);
        zmq_ctx_term(context);
    }
    conversation(const conversation&) = delete;
    conversation& operator=(const conversation&) = delete;

    [[nodiscard]] bool turn() const {
        char text[8];
        return zmq_send(req, "ask", 3, 0) == 3 && zmq_recv(rep, text, sizeof text, 0) == 3 &&
               zmq_send(rep, "answer", 6, 0) == 6 && zmq_recv(req, text, sizeof text, 0) == 6;
    }

    void* context = zmq_ctx_new();
    void* rep = zmq_socket(context, ZMQ_REP);
    void* req = zmq_socket(context, ZMQ_REQ);
};

/// The exit code of `play` in a child; -1 when it did not end by itself.
template <class Play>
int in_child(Play&& play) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        ::_exit(play());
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

bool fails_with(int result, int number) { return result == -1 && zmq_errno() == number; }

}  // namespace

TEST_CASE("a forked child's calls fail and its closes leave the parent alone") {
    conversation parent;
    REQUIRE(parent.turn());
    const auto end_everything = [&] {
        char text[8];
        if (!fails_with(zmq_recv(parent.rep, text, sizeof text, 0), ETERM)) return 1;
        if (!fails_with(zmq_send(parent.req, "x", 1, 0), ETERM)) return 2;
        if (zmq_socket(parent.context, ZMQ_PAIR) || zmq_errno() != ETERM) return 3;
        if (zmq_close(parent.rep) != 0 || zmq_close(parent.req) != 0) return 4;
        return zmq_ctx_term(parent.context) == 0 ? 0 : 5;
    };
    CHECK(in_child(end_everything) == 0);
    for (int i = 0; i < 100; ++i) REQUIRE(parent.turn());
}

TEST_CASE("a forked child may have a context of its own") {
    conversation parent;
    REQUIRE(parent.turn());
    CHECK(in_child([] {
              conversation own;
              for (int i = 0; i < 100; ++i)
                  if (!own.turn()) return 1;
              return 0;
          }) == 0);
    for (int i = 0; i < 100; ++i) REQUIRE(parent.turn());
}
