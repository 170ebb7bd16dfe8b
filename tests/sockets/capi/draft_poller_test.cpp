// zmq_poller_*: a poller that keeps its list.
#include "c_api.hpp"

using namespace zither::test;

namespace {

bool failed(int result, int number) { return result == -1 && zmq_errno() == number; }

struct c_poller {
    c_poller() : handle(zmq_poller_new()) {}
    c_poller(const c_poller&) = delete;
    c_poller& operator=(const c_poller&) = delete;
    ~c_poller() {
        if (handle) zmq_poller_destroy(&handle);
    }
    operator void*() const { return handle; }
    void* handle;
};

/// A descriptor that is readable and one that is not.
struct system_pipe {
    system_pipe() {
        REQUIRE(::pipe(ends) == 0);
        REQUIRE(::write(ends[1], "x", 1) == 1);
    }
    ~system_pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    int ends[2];
};

bool empty(const zmq_poller_event_t& event) {
    return !event.socket && event.fd == -1 && !event.user_data && event.events == 0;
}

}  // namespace

TEST_CASE("a poller's mistakes have libzmq's numbers") {
    c_context in;
    c_socket one(in, ZMQ_PAIR);
    c_poller poller;
    zmq_poller_event_t event{};
    void* nothing = nullptr;
    int descriptor = 0;
    CHECK(failed(zmq_poller_destroy(nullptr), EFAULT));
    CHECK(failed(zmq_poller_destroy(&nothing), EFAULT));
    CHECK(failed(zmq_poller_size(nullptr), EFAULT));
    CHECK(failed(zmq_poller_add(nullptr, one, nullptr, ZMQ_POLLIN), EFAULT));
    CHECK(failed(zmq_poller_modify(nullptr, one, ZMQ_POLLIN), EFAULT));
    CHECK(failed(zmq_poller_remove(nullptr, one), EFAULT));
    CHECK(failed(zmq_poller_add_fd(nullptr, 0, nullptr, ZMQ_POLLIN), EFAULT));
    CHECK(failed(zmq_poller_wait(nullptr, &event, 0), EFAULT));
    CHECK(failed(zmq_poller_wait_all(nullptr, &event, 1, 0), EFAULT));
    CHECK(failed(zmq_poller_fd(nullptr, &descriptor), EFAULT));

    CHECK(failed(zmq_poller_add(poller, nullptr, nullptr, ZMQ_POLLIN), ENOTSOCK));
    CHECK(failed(zmq_poller_add(poller, one, nullptr, 0x40), EINVAL));
    CHECK(failed(zmq_poller_modify(poller, one, ZMQ_POLLIN), EINVAL));
    CHECK(failed(zmq_poller_remove(poller, one), EINVAL));
    CHECK(failed(zmq_poller_add_fd(poller, -1, nullptr, ZMQ_POLLIN), EBADF));
    CHECK(failed(zmq_poller_modify_fd(poller, 1, ZMQ_POLLIN), EINVAL));
    CHECK(failed(zmq_poller_remove_fd(poller, 1), EINVAL));
    CHECK(failed(zmq_poller_remove_fd(poller, -1), EBADF));
    CHECK(zmq_poller_add(poller, one, nullptr, ZMQ_POLLIN) == 0);
    CHECK(failed(zmq_poller_add(poller, one, nullptr, ZMQ_POLLIN), EINVAL));
    CHECK(zmq_poller_add_fd(poller, 1, nullptr, 0) == 0);
    CHECK(failed(zmq_poller_add_fd(poller, 1, nullptr, 0), EINVAL));
    CHECK(failed(zmq_poller_modify_fd(poller, 1, 0x40), EINVAL));
    CHECK(zmq_poller_size(poller) == 2);
    CHECK(failed(zmq_poller_wait(poller, nullptr, 0), EFAULT));
    CHECK(failed(zmq_poller_wait_all(poller, nullptr, 0, 0), EFAULT));
    CHECK(failed(zmq_poller_wait_all(poller, &event, -1, 0), EINVAL));
}

TEST_CASE("a poller that waits for nothing says so") {
    c_context in;
    c_socket one(in, ZMQ_PAIR);
    c_poller poller;
    zmq_poller_event_t event{one, 7, &event, 1};
    CHECK(failed(zmq_poller_wait(poller, &event, -1), EFAULT));
    CHECK(empty(event));
    CHECK(failed(zmq_poller_wait(poller, &event, 0), EAGAIN));
    CHECK(failed(zmq_poller_wait(poller, &event, 1), EAGAIN));
    CHECK(zmq_poller_add(poller, one, nullptr, 0) == 0);
    CHECK(failed(zmq_poller_wait_all(poller, &event, 1, -1), EFAULT));
    CHECK(zmq_poller_modify(poller, one, ZMQ_POLLIN) == 0);
    CHECK(failed(zmq_poller_wait(poller, &event, 0), EAGAIN));
    CHECK(failed(zmq_poller_wait(poller, &event, 1), EAGAIN));
    CHECK(zmq_poller_remove(poller, one) == 0);
    CHECK(zmq_poller_size(poller) == 0);
}

TEST_CASE("a poller tells of what is ready and gives the user's data") {
    c_context in;
    for (const auto& [bound, connected] :
         {std::pair{ZMQ_PULL, ZMQ_PUSH}, std::pair{ZMQ_SERVER, ZMQ_CLIENT}}) {
        c_pair pair(in, bound, connected, somewhere(true));
        system_pipe raw;
        c_poller poller;
        int mine = 0;
        int theirs = 0;
        REQUIRE(zmq_poller_add(poller, pair.one, &mine, ZMQ_POLLIN) == 0);
        zmq_poller_event_t events[3];
        CHECK(failed(zmq_poller_wait_all(poller, events, 3, 0), EAGAIN));
        pair.other.send("x");
        REQUIRE(zmq_poller_wait(poller, events, -1) == 0);
        CHECK(events[0].socket == static_cast<void*>(pair.one));
        CHECK(events[0].fd == -1);
        CHECK(events[0].user_data == &mine);
        CHECK(events[0].events == ZMQ_POLLIN);

        REQUIRE(zmq_poller_add_fd(poller, raw.ends[0], &theirs, ZMQ_POLLIN) == 0);
        REQUIRE(zmq_poller_wait_all(poller, events, 3, -1) == 2);
        CHECK(events[1].socket == nullptr);
        CHECK(events[1].fd == raw.ends[0]);
        CHECK(events[1].user_data == &theirs);
        CHECK(events[1].events == ZMQ_POLLIN);
        CHECK(empty(events[2]));
        CHECK(zmq_poller_wait_all(poller, events, 1, -1) == 1);

        CHECK(pair.one.receive() == "x");
        CHECK(zmq_poller_wait_all(poller, events, 3, -1) == 1);
        CHECK(zmq_poller_modify_fd(poller, raw.ends[0], 0) == 0);
        CHECK(failed(zmq_poller_wait_all(poller, events, 3, 0), EAGAIN));
        CHECK(zmq_poller_remove_fd(poller, raw.ends[0]) == 0);
    }
}

TEST_CASE("a poller wakes when another thread's message comes") {
    c_context in;
    for (const bool network : {true, false}) {
        c_pair pair(in, ZMQ_SERVER, ZMQ_CLIENT, somewhere(network));
        c_poller poller;
        REQUIRE(zmq_poller_add(poller, pair.one, nullptr, ZMQ_POLLIN) == 0);
        std::thread sender([&] { pair.other.send("x"); });
        zmq_poller_event_t event;
        CHECK(zmq_poller_wait(poller, &event, deadline) == 0);
        CHECK(event.events == ZMQ_POLLIN);
        sender.join();
    }
}

TEST_CASE("a poller's socket that was closed is no socket, and the poller lives") {
    c_context in;
    c_socket one(in, ZMQ_PAIR);
    void* const handle = one;
    c_poller poller;
    REQUIRE(zmq_poller_add(poller, one, nullptr, ZMQ_POLLIN) == 0);
    one.close();
    CHECK(failed(zmq_poller_remove(poller, handle), ENOTSOCK));
    CHECK(zmq_poller_destroy(&poller.handle) == 0);
    CHECK(poller.handle == nullptr);
}

TEST_CASE("a poller has a descriptor when a type for threads is in it") {
    c_context in;
    c_socket classic(in, ZMQ_PAIR);
    c_pair pair(in, ZMQ_SERVER, ZMQ_CLIENT, somewhere(true));
    c_poller poller;
    int descriptor = -1;
    CHECK(failed(zmq_poller_fd(poller, &descriptor), EINVAL));
    REQUIRE(zmq_poller_add(poller, classic, nullptr, ZMQ_POLLIN) == 0);
    CHECK(failed(zmq_poller_fd(poller, &descriptor), EINVAL));
    REQUIRE(zmq_poller_add(poller, pair.one, nullptr, ZMQ_POLLIN) == 0);
    REQUIRE(zmq_poller_fd(poller, &descriptor) == 0);

    // libzmq's descriptor misses some of these. As an application's loop does: wait for the descriptor, then
    // take all there is.
    zmq_poller_event_t event;
    for (int round = 0; round < 20; ++round) {
        std::thread sender([&] { pair.other.send("x"); });
        bool found = false;
        while (!found) {
            pollfd wait{descriptor, POLLIN, 0};
            REQUIRE(::poll(&wait, 1, deadline) == 1);
            found = zmq_poller_wait(poller, &event, 0) == 0;
        }
        CHECK(pair.one.receive() == "x");
        CHECK(failed(zmq_poller_wait(poller, &event, 0), EAGAIN));
        sender.join();
    }
    CHECK(zmq_poller_remove(poller, pair.one) == 0);
}
