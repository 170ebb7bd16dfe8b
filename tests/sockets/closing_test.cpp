// A closed socket with nothing left to send is gone, whoever sent the last of it: with LINGER -1 a context
// would wait for it for ever.
#include "endpoints.hpp"
#include "support/disturb.hpp"
#include "support/loopback.hpp"

#include "zither/sockets/socket_object.hpp"

#include <memory>
#include <random>

using namespace zither;
using namespace zither::test;

namespace {

/// A socket that lingers for ever.
std::unique_ptr<zither::socket> patient(context& in, socket_type type) {
    auto made = std::make_unique<zither::socket>(make(in, type));
    made->set(option::linger, forever);
    made->set(option::reconnect_interval, 1ms);
    return made;
}

/// Lets go of a closed socket: is it gone when nobody does anything more?
bool goes(std::unique_ptr<zither::socket> closed) {
    const std::weak_ptr<sockets::socket_object> watched = closed->object();
    closed.reset();
    const bool gone = eventually([&] { return watched.expired(); });
    // So that a failure is one, and no hang.
    if (const auto left = watched.lock()) left->end_now();
    return gone;
}

/// Receives all there is, in a thread of its own.
class drain {
public:
    explicit drain(zither::socket& from)
        : thread_([&from] {
              for (std::error_code error; !error;) (void)from.receive(wait::as_set, error);
          }),
          from_(from) {}
    drain(const drain&) = delete;
    drain& operator=(const drain&) = delete;
    ~drain() {
        from_.close();
        thread_.join();
    }

private:
    std::thread thread_;
    zither::socket& from_;
};

}  // namespace

TEST_CASE("what a thread was writing while another closed was the last of it, and the socket goes") {
    const auto type = GENERATE(socket_type::scatter, socket_type::client, socket_type::channel);
    const auto other = type == socket_type::scatter  ? socket_type::gather
                       : type == socket_type::client ? socket_type::server
                                                     : socket_type::channel;
    const bool kept_busy = GENERATE(false, true);
    CAPTURE(static_cast<int>(type), kept_busy);
    disturbance shake(3);
    std::mt19937 random(4);
    context in;
    const auto body = body_of(200'000);
    for (int round = 0; round < 100; ++round) {
        auto sink = make(in, other);
        sink.bind("tcp://127.0.0.1:*");
        const drain draining(sink);
        auto used = patient(in, type);
        used->connect(sink.last_endpoint());
        std::atomic<int> sent{0};
        std::thread sender([&] {
            std::error_code error;
            do {
                used->send(message(body), wait::as_set, error);
                ++sent;
            } while (!error && (kept_busy || sent < 2));
        });
        const auto pause = random() % 2000;
        while (sent < 1) std::this_thread::yield();
        for (unsigned i = 0; i < pause; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
        used->close();
        sender.join();
        REQUIRE(goes(std::move(used)));
    }
}

TEST_CASE("a socket goes that closes while other threads look after it in every way") {
    disturbance shake(5);
    context in;
    const auto body = body_of(50'000);
    for (int round = 0; round < 100; ++round) {
        auto one = make(in, socket_type::channel);
        one.bind("tcp://127.0.0.1:*");
        const drain draining(one);
        auto used = patient(in, socket_type::channel);
        used->connect(one.last_endpoint());
        std::atomic<bool> begun{false};
        std::thread sender([&] {
            for (std::error_code error; !error; begun = true) used->send(message(body), wait::as_set, error);
        });
        std::thread receiver([&] {
            std::error_code error;
            (void)used->receive(wait::as_set, error);
        });
        std::thread looker([&] {
            for (int events = 0; used->object()->events(events) == errc::ok;) {
            }
        });
        while (!begun) std::this_thread::yield();
        used->close();
        for (auto* each : {&sender, &receiver, &looker}) each->join();
        REQUIRE(goes(std::move(used)));
    }
}

TEST_CASE("a closed socket goes when the connection that takes its last words is made after the close") {
    context in;
    auto raw = patient(in, socket_type::router);
    raw->set(option::router_raw, true);
    raw->set(option::connect_routing_id, "peer");
    // Nobody listens there yet.
    const int port = free_port();
    raw->connect("tcp://127.0.0.1:" + std::to_string(port));
    raw->send(parts_of({"peer", "last words"}));
    raw->close();
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto at = on_loopback(static_cast<std::uint16_t>(port));
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    // The listener says nothing and ends nothing.
    CHECK(goes(std::move(raw)));
    const int peer = ::accept(listener, nullptr, nullptr);
    char heard[64] = {};
    CHECK(::recv(peer, heard, sizeof heard, 0) == 10);
    CHECK(std::string(heard) == "last words");
    ::close(peer);
    ::close(listener);
}

TEST_CASE("a closed socket goes when the peer it disconnected before has had its time") {
    context in;
    auto push = patient(in, socket_type::push);
    const auto nowhere = tcp.exact();
    push->connect(nowhere);
    push->send("to nobody");
    push->set(option::linger, 50ms);
    push->disconnect(nowhere);
    push->set(option::linger, forever);
    push->close();
    CHECK(goes(std::move(push)));
}
