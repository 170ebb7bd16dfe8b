// zmq_poll over sockets and descriptors.
#include "c_api.hpp"

using namespace zither::test;

namespace {

using clock_type = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct a_pipe {
    a_pipe() { REQUIRE(::pipe(ends) == 0); }
    ~a_pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    void write() const { REQUIRE(::write(ends[1], "x", 1) == 1); }
    int ends[2];
};

int poll_in_time(std::vector<zmq_pollitem_t>& items) {
    const auto start = clock_type::now();
    const int count = zmq_poll(items.data(), static_cast<int>(items.size()), deadline);
    return clock_type::now() - start < milliseconds(deadline / 2) ? count : -99;
}

}  // namespace

TEST_CASE("zmq_poll marks each item that is ready, and no other") {
    const bool network = GENERATE(true, false);
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(network));
    a_pipe raw;
    std::vector<zmq_pollitem_t> items{{two.one, 0, ZMQ_POLLIN, 0},
                                      {two.other, 0, ZMQ_POLLIN | ZMQ_POLLOUT, 0},
                                      {nullptr, raw.ends[0], ZMQ_POLLIN, 0},
                                      {nullptr, raw.ends[1], ZMQ_POLLOUT, 0}};
    two.other.send("x");
    items[0].revents = 77;
    items[2].revents = 77;
    REQUIRE(eventually([&] { return zmq_poll(items.data(), 4, 1) == 3; }));
    CHECK(items[0].revents == ZMQ_POLLIN);
    CHECK(items[1].revents == ZMQ_POLLOUT);
    CHECK(items[2].revents == 0);
    CHECK(items[3].revents == ZMQ_POLLOUT);
    raw.write();
    CHECK(poll_in_time(items) == 4);
    CHECK(items[2].revents == ZMQ_POLLIN);
    CHECK(two.one.receive() == "x");
    CHECK(poll_in_time(items) == 3);
    CHECK(items[0].revents == 0);
}

TEST_CASE("zmq_poll asked for nothing finds nothing") {
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(false));
    two.other.send("x");
    zmq_pollitem_t item{two.one, 0, 0, 0};
    CHECK(zmq_poll(&item, 1, 0) == 0);
    CHECK(item.revents == 0);
}

TEST_CASE("zmq_poll's time-out ends it, with and without items") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    pull.bound("tcp://127.0.0.1:*");
    zmq_pollitem_t item{pull, 0, ZMQ_POLLIN, 0};
    for (const int count : {0, 1}) {
        const auto start = clock_type::now();
        CHECK(zmq_poll(&item, count, 30) == 0);
        CHECK(clock_type::now() - start >= milliseconds(29));
    }
    CHECK(zmq_poll(nullptr, 0, 0) == 0);
    CHECK(zmq_poll(&item, 1, 0) == 0);
}

TEST_CASE("zmq_poll says what is wrong") {
    zmq_pollitem_t item{nullptr, 0, ZMQ_POLLIN, 0};
    CHECK(zmq_poll(nullptr, 1, 0) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_poll(&item, -1, 0) == -1);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("zmq_poll sees a closed pipe and a descriptor in error") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    std::vector<zmq_pollitem_t> items{{nullptr, ends[1], ZMQ_POLLERR, 0}};
    CHECK(poll_in_time(items) == 1);
    CHECK(items[0].revents == ZMQ_POLLERR);
    ::close(ends[1]);
}

TEST_CASE("each kind of item wakes a sleeping zmq_poll") {
    const bool network = GENERATE(true, false);
    c_context context;
    c_pair one(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    c_pair other(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    a_pipe raw;
    std::vector<zmq_pollitem_t> items{
        {one.one, 0, ZMQ_POLLIN, 0}, {other.one, 0, ZMQ_POLLIN, 0}, {nullptr, raw.ends[0], ZMQ_POLLIN, 0}};
    for (std::size_t round = 0; round < 300; ++round) {
        const auto which = round % 3;
        std::thread waker([&] {
            if (round % 2) std::this_thread::yield();
            if (which == 0) one.other.send("x");
            if (which == 1) other.other.send("x");
            if (which == 2) raw.write();
        });
        const int count = poll_in_time(items);
        waker.join();
        REQUIRE(count == 1);
        for (std::size_t i = 0; i < 3; ++i) REQUIRE(items[i].revents == (i == which ? ZMQ_POLLIN : 0));
        char octet = 0;
        if (which == 0) REQUIRE(one.one.receive() == "x");
        if (which == 1) REQUIRE(other.one.receive() == "x");
        if (which == 2) REQUIRE(::read(raw.ends[0], &octet, 1) == 1);
    }
}

TEST_CASE("zmq_poll for room ends when there is some") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    pull.set(ZMQ_RCVHWM, 1);
    push.set(ZMQ_SNDHWM, 1);
    push.connect(pull.bound(somewhere(false)));
    while (push.send("x", ZMQ_DONTWAIT) == 1) {
    }
    std::vector<zmq_pollitem_t> items{{push, 0, ZMQ_POLLOUT, 0}};
    CHECK(zmq_poll(items.data(), 1, 0) == 0);
    std::thread reader([&] {
        while (pull.receive(ZMQ_DONTWAIT) == "x") {
        }
    });
    CHECK(poll_in_time(items) == 1);
    reader.join();
    CHECK(push.send("x", ZMQ_DONTWAIT) == 1);
}

TEST_CASE("one socket may be in a poll twice") {
    c_context context;
    c_pair two(context, ZMQ_PAIR, ZMQ_PAIR, somewhere(true));
    std::vector<zmq_pollitem_t> items{{two.one, 0, ZMQ_POLLIN, 0}, {two.one, 0, ZMQ_POLLIN, 0}};
    two.other.send("x");
    CHECK(eventually(
        [&] { return poll_in_time(items) == 2; }));  // it may come between a look at the one and the other
}

TEST_CASE("many sockets in one poll, each heard") {
    constexpr std::size_t count = 40;
    c_context context;
    c_socket push(context, ZMQ_PUSH);
    std::vector<c_socket> pulls;
    std::vector<zmq_pollitem_t> items;
    for (std::size_t i = 0; i < count; ++i) {
        pulls.emplace_back(context, ZMQ_PULL);
        push.connect(pulls.back().bound(somewhere(i % 2 == 0)));
        items.push_back({pulls.back(), 0, ZMQ_POLLIN, 0});
    }
    for (std::size_t i = 0; i < 10 * count; ++i) push.send("x");
    std::size_t got = 0;
    while (got < 10 * count && poll_in_time(items) > 0)
        for (std::size_t i = 0; i < count; ++i)
            if (items[i].revents & ZMQ_POLLIN) got += pulls[i].receive(ZMQ_DONTWAIT) == "x";
    CHECK(got == 10 * count);
}
