// zmq_proxy, zmq_proxy_steerable and their ancestor zmq_device.
#include "c_api.hpp"

using namespace zither::test;

namespace {

/// A call that only ends with its context, in a thread of its own.
class until_the_end {
public:
    until_the_end(void* context, std::function<int()> call)
        : context_(context), thread_([this, call = std::move(call)] {
              result_ = call();
              error_ = zmq_errno();
          }) {}
    until_the_end(const until_the_end&) = delete;
    until_the_end& operator=(const until_the_end&) = delete;
    ~until_the_end() { end(); }
    void end() {
        if (!thread_.joinable()) return;
        zmq_ctx_shutdown(context_);
        thread_.join();
    }
    void join() { thread_.join(); }
    int result() const { return result_; }
    int error() const { return error_; }

private:
    void* context_;
    int result_ = 99;
    int error_ = 0;
    std::thread thread_;
};

struct sides {
    explicit sides(void* context) : front(context, ZMQ_ROUTER), back(context, ZMQ_DEALER) {
        for (auto* each : {&front, &back}) {
            each->set(ZMQ_RCVTIMEO, -1);
            each->set(ZMQ_SNDTIMEO, -1);
        }
        front_at = front.bound(somewhere(true));
        back_at = back.bound(somewhere(false));
    }
    c_socket front, back;
    std::string front_at, back_at;
};

/// A question through whatever is between, and its answer.
void converse(void* context, const sides& through) {
    c_socket req(context, ZMQ_REQ), rep(context, ZMQ_REP);
    req.connect(through.front_at);
    rep.connect(through.back_at);
    for (int i = 0; i < 20; ++i) {
        req.send(std::to_string(i), ZMQ_SNDMORE);
        req.send("?");
        CHECK(rep.receive_all() == std::to_string(i) + "|?");
        rep.send("!");
        CHECK(req.receive() == "!");
    }
}

}  // namespace

TEST_CASE("zmq_proxy forwards questions and answers until its context ends") {
    c_context context;
    sides two(context);
    until_the_end running(context, [&] { return zmq_proxy(two.front, two.back, nullptr); });
    converse(context, two);
    running.end();
    CHECK(running.result() == -1);
    CHECK(running.error() == ETERM);
}

TEST_CASE("zmq_proxy shows its capture all that passes") {
    c_context context;
    sides two(context);
    c_socket capture(context, ZMQ_PUB), captured(context, ZMQ_SUB);
    captured.set(ZMQ_SUBSCRIBE, "");
    captured.connect(capture.bound("inproc://capture"));
    until_the_end running(context, [&] { return zmq_proxy(two.front, two.back, capture); });
    c_socket dealer(context, ZMQ_DEALER), other(context, ZMQ_DEALER);
    dealer.set(ZMQ_ROUTING_ID, "asker");
    dealer.connect(two.front_at);
    other.connect(two.back_at);
    dealer.send("up", ZMQ_SNDMORE);
    dealer.send("and on");
    CHECK(other.receive_all() == "asker|up|and on");
    CHECK(captured.receive_all() == "asker|up|and on");
    other.send("asker", ZMQ_SNDMORE);
    other.send("down");
    CHECK(dealer.receive_all() == "down");
    CHECK(captured.receive_all() == "asker|down");
}

TEST_CASE("zmq_device is a proxy, whatever its type") {
    const int type = GENERATE(ZMQ_QUEUE, ZMQ_FORWARDER, ZMQ_STREAMER);
    c_context context;
    sides two(context);
    until_the_end running(context, [&] { return zmq_device(type, two.front, two.back); });
    converse(context, two);
}

TEST_CASE("zmq_proxy_steerable obeys PAUSE, RESUME and TERMINATE") {
    c_context context;
    c_socket front(context, ZMQ_PULL), back(context, ZMQ_PUSH), control(context, ZMQ_PAIR),
        commander(context, ZMQ_PAIR);
    for (auto* each : {&front, &back, &control}) {
        each->set(ZMQ_RCVTIMEO, -1);
        each->set(ZMQ_SNDTIMEO, -1);
    }
    c_socket push(context, ZMQ_PUSH), pull(context, ZMQ_PULL);
    push.connect(front.bound(somewhere(false)));
    pull.connect(back.bound(somewhere(false)));
    commander.connect(control.bound(somewhere(false)));
    until_the_end running(context, [&] { return zmq_proxy_steerable(front, back, nullptr, control); });
    push.send("before");
    CHECK(pull.receive() == "before");
    commander.send("PAUSE");
    commander.send("STATISTICS");
    REQUIRE(commander.receive_all().size() == 8 * 8 + 7);  // now it is certain that it pauses
    push.send("held");
    pull.set(ZMQ_RCVTIMEO, 50);
    CHECK(pull.receive()[0] == '<');
    pull.set(ZMQ_RCVTIMEO, deadline);
    commander.send("RESUME");
    CHECK(pull.receive() == "held");
    commander.send("TERMINATE");
    running.join();
    CHECK(running.result() == 0);
    push.send("after");
    CHECK(front.receive() == "after");
}

TEST_CASE("zmq_proxy_steerable counts messages and octets, both ways") {
    c_context context;
    sides two(context);
    c_socket control(context, ZMQ_PAIR), commander(context, ZMQ_PAIR);
    control.set(ZMQ_RCVTIMEO, -1);
    commander.connect(control.bound(somewhere(false)));
    until_the_end running(context,
                          [&] { return zmq_proxy_steerable(two.front, two.back, nullptr, control); });
    c_socket dealer(context, ZMQ_DEALER), other(context, ZMQ_DEALER);
    dealer.set(ZMQ_ROUTING_ID, "12345");
    dealer.connect(two.front_at);
    other.connect(two.back_at);
    for (int i = 0; i < 3; ++i) dealer.send("1234567");
    for (int i = 0; i < 3; ++i) CHECK(other.receive_all() == "12345|1234567");
    other.send("12345", ZMQ_SNDMORE);
    other.send("x");
    CHECK(dealer.receive() == "x");
    commander.send("STATISTICS");
    std::vector<std::uint64_t> counts;
    do {
        std::uint64_t count = 0;
        REQUIRE(zmq_recv(commander, &count, sizeof count, 0) == 8);
        counts.push_back(count);
    } while (commander.get(ZMQ_RCVMORE) == 1);
    CHECK(counts == std::vector<std::uint64_t>{3, 36, 1, 6, 1, 6, 3, 36});
    commander.send("TERMINATE");
    running.join();
    CHECK(running.result() == 0);
}

TEST_CASE("a proxy between nothing says so", "[zither]") {  // libzmq crashes
    c_context context;
    c_socket one(context, ZMQ_PAIR);
    CHECK(zmq_proxy(nullptr, one, nullptr) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_proxy(one, nullptr, nullptr) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_proxy_steerable(nullptr, nullptr, nullptr, nullptr) == -1);
    CHECK(zmq_errno() == EFAULT);
    CHECK(zmq_device(ZMQ_QUEUE, nullptr, nullptr) == -1);
}
