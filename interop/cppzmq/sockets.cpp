// cppzmq's context_t, socket_t with its typed options, poll, proxy and monitor_t.
#include <catch2/catch.hpp>
#include <zmq.hpp>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace option = zmq::sockopt;

template <class Option, class Value>
void keeps(zmq::socket_t& by, Option which, Value value) {
    by.set(which, value);
    CHECK(by.get(which) == value);
}

int error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const zmq::error_t& error) {
        CHECK(std::string(error.what()) == zmq_strerror(error.num()));
        return error.num();
    }
    return 0;
}

struct listener : zmq::monitor_t {
    void on_event_listening(const zmq_event_t&, const char* at) override {
        told.push_back(std::string("listening ") + at);
    }
    void on_event_accepted(const zmq_event_t&, const char* at) override {
        told.push_back(std::string("accepted ") + at);
    }
    void on_event_handshake_succeeded(const zmq_event_t&, const char* at) override {
        told.push_back(std::string("shook ") + at);
    }
    void on_event_disconnected(const zmq_event_t&, const char* at) override {
        told.push_back(std::string("lost ") + at);
    }
    std::vector<std::string> told;
};

}  // namespace

TEST_CASE("context_t has options and ends") {
    zmq::context_t context(2);
    CHECK(context.get(zmq::ctxopt::io_threads) == 2);
    context.set(zmq::ctxopt::max_sockets, 10);
    CHECK(context.get(zmq::ctxopt::max_sockets) == 10);
    CHECK(context.get(zmq::ctxopt::msg_t_size) == 64);
    zmq::socket_t pull(context, zmq::socket_type::pull);
    context.shutdown();
    zmq::message_t got;
    CHECK(error_of([&] { (void)pull.recv(got); }) == ETERM);
    pull.close();
    context.close();
    CHECK_FALSE(context);
}

TEST_CASE("typed options keep their values") {
    zmq::context_t context;
    zmq::socket_t dealer(context, zmq::socket_type::dealer);
    keeps(dealer, option::affinity, std::uint64_t{1});
    keeps(dealer, option::backlog, 7);
    keeps(dealer, option::connect_timeout, 100);
    keeps(dealer, option::handshake_ivl, 1000);
    keeps(dealer, option::heartbeat_ivl, 1000);
    keeps(dealer, option::heartbeat_timeout, 500);
    keeps(dealer, option::heartbeat_ttl, 300);
    keeps(dealer, option::immediate, true);
    keeps(dealer, option::ipv6, true);
    keeps(dealer, option::linger, 0);
    keeps(dealer, option::maxmsgsize, std::int64_t{1} << 40);
    keeps(dealer, option::multicast_hops, 3);
    keeps(dealer, option::multicast_maxtpdu, 1400);
    keeps(dealer, option::rate, 200);
    keeps(dealer, option::rcvbuf, 4096);
    keeps(dealer, option::rcvhwm, 5);
    keeps(dealer, option::rcvtimeo, 5);
    keeps(dealer, option::reconnect_ivl, 5);
    keeps(dealer, option::reconnect_ivl_max, 50);
    keeps(dealer, option::recovery_ivl, 5);
    keeps(dealer, option::sndbuf, 4096);
    keeps(dealer, option::sndhwm, 6);
    keeps(dealer, option::sndtimeo, 6);
    keeps(dealer, option::tcp_keepalive, 1);
    keeps(dealer, option::tcp_keepalive_cnt, 3);
    keeps(dealer, option::tcp_keepalive_idle, 60);
    keeps(dealer, option::tcp_keepalive_intvl, 10);
    keeps(dealer, option::tcp_maxrt, 1000);
    keeps(dealer, option::tos, 16);
    dealer.set(option::routing_id, "me");
    CHECK(dealer.get(option::routing_id) == "me");
    dealer.set(option::zap_domain, "home");
    CHECK(dealer.get(option::zap_domain) == "home");
    CHECK(dealer.get(option::type) == ZMQ_DEALER);
    CHECK(dealer.get(option::mechanism) == ZMQ_NULL);
    CHECK_FALSE(dealer.get(option::thread_safe));
    CHECK_FALSE(dealer.get(option::rcvmore));
    CHECK(dealer.get(option::fd) >= 0);
    CHECK(dealer.get(option::events) == 0);
    zmq::socket_t router(context, ZMQ_ROUTER), xpub(context, ZMQ_XPUB), req(context, ZMQ_REQ);
    router.set(option::router_mandatory, true);
    router.set(option::router_handover, true);
    router.set(option::probe_router, true);
    xpub.set(option::xpub_verbose, true);
    xpub.set(option::xpub_verboser, true);
    xpub.set(option::xpub_nodrop, true);
    xpub.set(option::xpub_manual, true);
    xpub.set(option::xpub_welcome_msg, "welcome");
    req.set(option::req_correlate, true);
    req.set(option::req_relaxed, true);
    CHECK(error_of([&] { req.set(option::xpub_verbose, true); }) == EINVAL);
}

TEST_CASE("errors are thrown with libzmq's numbers") {
    zmq::context_t context;
    zmq::socket_t one(context, ZMQ_REP), other(context, ZMQ_REP);
    one.bind("inproc://taken");
    CHECK(error_of([&] { other.bind("inproc://taken"); }) == EADDRINUSE);
    CHECK(error_of([&] { other.bind("nonsense://x"); }) == EPROTONOSUPPORT);
    CHECK(error_of([&] { other.connect("tcp://"); }) == EINVAL);
    CHECK(error_of([&] { other.unbind("tcp://127.0.0.1:1"); }) == ENOENT);
    CHECK(error_of([&] { other.send(zmq::str_buffer("x"), zmq::send_flags::dontwait); }) == EFSM);
    CHECK(error_of([&] { zmq::socket_t none(context, 99); }) == EINVAL);
}

TEST_CASE("sockets move, refer and talk; poll says who has something") {
    zmq::context_t context;
    zmq::socket_t rep(context, zmq::socket_type::rep), req(context, zmq::socket_type::req);
    rep.bind("tcp://127.0.0.1:*");
    req.connect(rep.get(option::last_endpoint));
    zmq::socket_t moved(std::move(req));
    const zmq::socket_ref ref(moved);
    CHECK(ref.handle() == moved.handle());
    moved.send(zmq::message_t(std::string("question")), zmq::send_flags::none);
    std::vector<zmq::pollitem_t> items{{rep.handle(), 0, ZMQ_POLLIN, 0}, {moved.handle(), 0, ZMQ_POLLIN, 0}};
    REQUIRE(zmq::poll(items, std::chrono::seconds(20)) == 1);
    CHECK(items[0].revents == ZMQ_POLLIN);
    CHECK(items[1].revents == 0);
    zmq::message_t got;
    REQUIRE(rep.recv(got));
    CHECK(got.to_string() == "question");
    rep.send(zmq::str_buffer("answer"));
    REQUIRE(moved.recv(got));
    CHECK(got.to_string() == "answer");
}

TEST_CASE("a proxy is steered to its end") {
    zmq::context_t context;
    zmq::socket_t front(context, ZMQ_PULL), back(context, ZMQ_PUSH), control(context, ZMQ_PAIR),
        steer(context, ZMQ_PAIR);
    zmq::socket_t in(context, ZMQ_PUSH), out(context, ZMQ_PULL);
    front.bind("inproc://front");
    back.bind("inproc://back");
    control.bind("inproc://control");
    in.connect("inproc://front");
    out.connect("inproc://back");
    steer.connect("inproc://control");
    std::thread proxy([&] { zmq::proxy_steerable(front, back, zmq::socket_ref(), control); });
    in.send(zmq::str_buffer("through"));
    zmq::message_t got;
    REQUIRE(out.recv(got));
    CHECK(got.to_string() == "through");
    steer.send(zmq::str_buffer("TERMINATE"));
    proxy.join();
}

TEST_CASE("monitor_t tells of a connection") {
    zmq::context_t context;
    zmq::socket_t pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    listener watch;
    watch.init(pull, "inproc://watch");
    pull.bind("tcp://127.0.0.1:*");
    const auto at = pull.get(option::last_endpoint);
    push.connect(at);
    while (watch.told.size() < 3) REQUIRE(watch.check_event(20000));
    push.close();
    while (watch.told.size() < 4) REQUIRE(watch.check_event(20000));
    CHECK(watch.told ==
          std::vector<std::string>{"listening " + at, "accepted " + at, "shook " + at, "lost " + at});
}

TEST_CASE("a subscriber gets what it asked for") {
    zmq::context_t context;
    zmq::socket_t xpub(context, ZMQ_XPUB), sub(context, ZMQ_SUB);
    xpub.bind("ipc://*");
    sub.set(option::subscribe, "b");
    sub.connect(xpub.get(option::last_endpoint));
    zmq::message_t got;
    REQUIRE(xpub.recv(got));
    CHECK(got.to_string() == "\1b");
    xpub.send(zmq::str_buffer("a1"));
    xpub.send(zmq::str_buffer("b1"));
    REQUIRE(sub.recv(got));
    CHECK(got.to_string() == "b1");
    sub.set(option::unsubscribe, "b");
    REQUIRE(xpub.recv(got));
    CHECK(got.to_string() == std::string("\0b", 2));
}
