// ZMQ_FD and ZMQ_EVENTS in an application's own event loop: edge-triggered, and never silent beside work.
#include "c_api.hpp"
#include "support/disturb.hpp"

#include <sys/epoll.h>

using namespace zither::test;

namespace {

int descriptor_of(const c_socket& of) {
    int descriptor = -1;
    std::size_t size = sizeof descriptor;
    REQUIRE(zmq_getsockopt(of, ZMQ_FD, &descriptor, &size) == 0);
    return descriptor;
}

/// An application's loop: epoll over ZMQ_FDs.
class event_loop {
public:
    explicit event_loop(bool edge) : edge_(edge), epoll_(::epoll_create1(0)) {}
    event_loop(const event_loop&) = delete;
    event_loop& operator=(const event_loop&) = delete;
    ~event_loop() { ::close(epoll_); }
    void add(const c_socket& one, std::uint32_t number = 0) {
        epoll_event wanted{};
        wanted.events = edge_ ? EPOLLIN | EPOLLET : EPOLLIN;
        wanted.data.u32 = number;
        REQUIRE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor_of(one), &wanted) == 0);
    }
    /// The numbers of those to look at; empty when none came in time.
    std::vector<std::uint32_t> wait(int timeout = deadline / 2) const {
        epoll_event ready[16];
        std::vector<std::uint32_t> numbers;
        const int count = ::epoll_wait(epoll_, ready, 16, timeout);
        for (int i = 0; i < count; ++i) numbers.push_back(ready[i].data.u32);
        return numbers;
    }

private:
    bool edge_;
    int epoll_;
};

bool can(const c_socket& one, int what) { return one.get(ZMQ_EVENTS) & what; }

/// Takes all there is, as the manual says an application must before it waits again.
template <class Each>
void drain(const c_socket& from, Each&& each) {
    while (can(from, ZMQ_POLLIN)) each(from.receive(ZMQ_DONTWAIT));
}

bool edge_or_level() { return GENERATE(true, false); }
bool tcp_or_inproc() { return GENERATE(true, false); }

}  // namespace

TEST_CASE("ZMQ_EVENTS says what could be done now") {
    const bool network = tcp_or_inproc();
    c_context context;
    c_socket one(context, ZMQ_PAIR), other(context, ZMQ_PAIR);
    CHECK(one.get(ZMQ_EVENTS) == 0);
    other.connect(one.bound(somewhere(network)));
    CHECK(eventually([&] { return one.get(ZMQ_EVENTS) == ZMQ_POLLOUT; }));
    other.send("x");
    CHECK(eventually([&] { return one.get(ZMQ_EVENTS) == (ZMQ_POLLIN | ZMQ_POLLOUT); }));
    CHECK(one.receive() == "x");
    CHECK(one.get(ZMQ_EVENTS) == ZMQ_POLLOUT);
}

TEST_CASE("the descriptor stays the same") {
    c_context context;
    c_socket one(context, ZMQ_PULL);
    const int before = descriptor_of(one);
    CHECK(before > 2);
    one.bound("tcp://127.0.0.1:*");
    CHECK(descriptor_of(one) == before);
}

TEST_CASE("every message wakes the loop that drained before it") {
    const bool edge = edge_or_level(), network = tcp_or_inproc();
    CAPTURE(edge, network);
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    event_loop loop(edge);
    loop.add(two.one);
    drain(two.one, [](const std::string&) {});
    for (int i = 0; i < 500; ++i) {
        two.other.send(std::to_string(i));
        std::string got;
        while (got.empty()) {
            REQUIRE_FALSE(loop.wait().empty());
            drain(two.one, [&](const std::string& text) { got += text; });
        }
        REQUIRE(got == std::to_string(i));
    }
}

TEST_CASE("a loop misses nothing while another thread sends") {
    const bool edge = edge_or_level(), network = tcp_or_inproc();
    CAPTURE(edge, network);
    constexpr int count = 20000;
    disturbance shake(11);
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    event_loop loop(edge);
    loop.add(two.one);
    std::thread sender([&] {
        hesitation pause(12, 4);
        for (int i = 0; i < count; ++i, pause()) two.other.send(std::to_string(i));
    });
    int got = 0, wrong = 0;
    bool in_time = true;
    drain(two.one, [&](const std::string& text) { wrong += text != std::to_string(got++); });
    while (got < count && in_time) {
        in_time = !loop.wait().empty();
        drain(two.one, [&](const std::string& text) { wrong += text != std::to_string(got++); });
    }
    sender.join();
    CHECK(in_time);
    CHECK(wrong == 0);
}

TEST_CASE("a loop that also sends checks its events afterwards, and misses nothing") {
    const bool edge = edge_or_level(), network = tcp_or_inproc();
    CAPTURE(edge, network);
    constexpr int count = 3000;
    c_context context;
    c_pair two(context, ZMQ_DEALER, ZMQ_DEALER, somewhere(network));
    std::thread echo([&] {
        for (int i = 0; i < count; ++i) two.other.send(two.other.receive());
    });
    event_loop loop(edge);
    loop.add(two.one);
    int sent = 0, back = 0;
    bool in_time = true;
    const auto turn = [&] {
        drain(two.one, [&](const std::string& text) { back += text == std::to_string(back); });
        // A few on their way at a time. The send may swallow the event: look again, as the manual says.
        while (sent < count && sent < back + 3) two.one.send(std::to_string(sent++));
    };
    turn();
    while (back < count && in_time) {
        if (!can(two.one, ZMQ_POLLIN)) in_time = !loop.wait().empty();
        turn();
    }
    CHECK(in_time);
    CHECK(back == count);
    if (back < count) zmq_ctx_shutdown(context);
    echo.join();
}

TEST_CASE("a loop is woken although another thread receives from the same socket", "[zither]") {
    const bool edge = edge_or_level();
    CAPTURE(edge);
    constexpr int count = 5000;
    disturbance shake(13);
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, "tcp://127.0.0.1:*");
    event_loop loop(edge);
    loop.add(two.one);
    std::atomic<int> got{0};
    std::atomic<bool> stop{false};
    std::thread other(
        [&] {  // takes some messages, and with each pass reads more from the network than it takes
            hesitation pause(14, 2);
            while (!stop) {
                if (two.one.receive(ZMQ_DONTWAIT)[0] != '<') ++got;
                pause();
                std::this_thread::yield();
            }
        });
    bool in_time = true;
    for (int i = 0; i < count && in_time; ++i) {
        two.other.send("x");
        // Until it is taken by either, the loop must not wait for ever.
        const auto start = std::chrono::steady_clock::now();
        while (got <= i && in_time) {
            loop.wait(1);
            drain(two.one, [&](const std::string& text) { got += text == "x"; });
            in_time = std::chrono::steady_clock::now() - start < std::chrono::seconds(10);
        }
    }
    stop = true;
    other.join();
    CHECK(in_time);
    CHECK(got == count);
}

TEST_CASE("a loop is woken although another thread sends on the same socket", "[zither]") {
    const bool edge = edge_or_level(), network = tcp_or_inproc();
    CAPTURE(edge, network);
    constexpr int count = 10000;
    disturbance shake(15);
    c_context context;
    c_pair two(context, ZMQ_DEALER, ZMQ_DEALER, somewhere(network));
    event_loop loop(edge);
    loop.add(two.one);
    // The sends drive the socket, too: they read what the loop should have been told of.
    std::thread sender([&] {
        hesitation pause(16, 4);
        for (int i = 0; i < count; ++i, pause()) two.one.send(std::to_string(i));
    });
    std::thread echo([&] {
        for (int i = 0; i < count; ++i) two.other.send(two.other.receive());
    });
    int back = 0;
    bool in_time = true;
    while (back < count && in_time) {
        in_time = !loop.wait().empty();
        drain(two.one, [&](const std::string& text) { back += text == std::to_string(back); });
    }
    CHECK(in_time);
    CHECK(back == count);
    if (back < count) zmq_ctx_shutdown(context);
    sender.join();
    echo.join();
}

TEST_CASE("one loop tends many sockets") {
    const bool edge = edge_or_level();
    constexpr int sockets = 8, each = 500;
    c_context context;
    std::vector<c_socket> pulls, pushes;
    event_loop loop(edge);
    for (int i = 0; i < sockets; ++i) {
        pulls.emplace_back(context, ZMQ_PULL);
        pushes.emplace_back(context, ZMQ_PUSH);
        pushes.back().connect(pulls.back().bound(somewhere(i % 2 == 0)));
        loop.add(pulls.back(), static_cast<std::uint32_t>(i));
    }
    std::thread sender([&] {
        for (int i = 0; i < each; ++i)
            for (auto& push : pushes) push.send(std::to_string(i));
    });
    std::vector<int> got(sockets, 0);
    int total = 0;
    bool in_time = true;
    const auto take = [&](std::uint32_t from) {
        drain(pulls[from], [&](const std::string& text) { total += text == std::to_string(got[from]++); });
    };
    for (std::uint32_t i = 0; i < sockets; ++i) take(i);
    while (total < sockets * each && in_time) {
        const auto ready = loop.wait();
        in_time = !ready.empty();
        for (const auto which : ready) take(which);
    }
    sender.join();
    CHECK(in_time);
    CHECK(total == sockets * each);
}

TEST_CASE("a loop is woken when there is room to send again") {
    const bool edge = edge_or_level(), network = tcp_or_inproc();
    CAPTURE(edge, network);
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    pull.set(ZMQ_RCVHWM, 2);
    push.set(ZMQ_SNDHWM, 2);
    push.connect(pull.bound(somewhere(network)));
    event_loop loop(edge);
    loop.add(push);
    const std::string body(60000, 'x');
    int sent = 0;
    std::atomic<bool> stop{false};
    std::atomic<int> received{0};
    std::thread reader([&] {
        pull.set(ZMQ_RCVTIMEO, 100);
        c_message msg;
        while (!stop)
            if (zmq_msg_recv(&msg, pull, 0) >= 0) ++received;
    });
    bool in_time = true;
    while (sent < 300 && in_time) {
        while (sent < 300 && can(push, ZMQ_POLLOUT) && push.send(body, ZMQ_DONTWAIT) >= 0) ++sent;
        if (sent < 300 && !can(push, ZMQ_POLLOUT)) in_time = !loop.wait().empty();
    }
    CHECK(in_time);
    CHECK(sent == 300);
    CHECK(eventually([&] { return received == 300; }));
    stop = true;
    reader.join();
}

TEST_CASE("a quiet socket does not make a loop spin") {
    const bool network = tcp_or_inproc();
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    event_loop loop(false);
    loop.add(two.one);
    two.other.send("x");
    std::string got;
    while (got.empty()) {
        REQUIRE_FALSE(loop.wait().empty());
        drain(two.one, [&](const std::string& text) { got = text; });
    }
    int wakeups = 0;
    for (int i = 0; i < 20; ++i) {
        wakeups += !loop.wait(5).empty();
        (void)two.one.get(ZMQ_EVENTS);
    }
    CHECK(wakeups <= 3);
}

TEST_CASE("a loop hears of the end of its context") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    pull.bound("tcp://127.0.0.1:*");
    event_loop loop(false);
    loop.add(pull);
    (void)pull.get(ZMQ_EVENTS);
    zmq_ctx_shutdown(context);
    CHECK_FALSE(loop.wait().empty());
    CHECK(pull.get(ZMQ_EVENTS) == -12345);
    CHECK(zmq_errno() == ETERM);
}
