// A receive that waits for an answer stays awake for a moment, where that helped before.
#include "sleeper.hpp"

#include <zither/sockets/poller.hpp>
#include <zither/transport/spin_habit.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/sockios.h>

using namespace zither;
using namespace zither::test;

namespace {

constexpr int for_ever_us = 1'000'000;

/// How many waits in a row are not worth to stay awake for, until one is.
int omitted(transport::spin_habit& by) {
    int count = 0;
    while (!by.worthwhile()) ++count;
    return count;
}

/// Times that the calling thread went to sleep; who yields does not.
long times_slept() {
    rusage usage{};
    REQUIRE(::getrusage(RUSAGE_THREAD, &usage) == 0);
    return usage.ru_nvcsw;
}

/// A REP in a thread of its own, which answers until it is told to stop.
class echo {
public:
    echo(context& in, const std::string& at) : socket_(make(in, socket_type::rep)) {
        socket_.bind(at);
        endpoint_ = socket_.last_endpoint();
        thread_ = std::thread([this] {
            for (std::string got; got != "stop";) {
                got = received(socket_);
                socket_.send(got);
            }
        });
    }
    ~echo() { thread_.join(); }
    echo(const echo&) = delete;
    echo& operator=(const echo&) = delete;
    [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

private:
    zither::socket socket_;
    std::string endpoint_;
    std::thread thread_;
};

/// Sleeps of a REQ in so many round trips.
template <class Wait>
long sleeps_in(int trips, int spin_us, Wait&& wait) {
    context in;
    const echo server(in, tcp.to_bind());
    auto req = make(in, socket_type::req);
    req.set(option::spin_time, spin_us);
    req.connect(server.endpoint());
    req.send("first");
    REQUIRE(received(req) == "first");
    const auto before = times_slept();
    for (int i = 0; i < trips; ++i) {
        req.send(std::to_string(i));
        wait(req);
        REQUIRE(received(req) == std::to_string(i));
    }
    const auto slept = times_slept() - before;
    req.send("stop");
    REQUIRE(received(req) == "stop");
    return slept;
}

}  // namespace

TEST_CASE("what was in vain four times is tried seldom, and again once it helped") {
    using outcome = transport::spin_habit::outcome;
    const auto [how, pause] = GENERATE(std::pair(outcome::nothing, 64), std::pair(outcome::others_ran, 1024));
    transport::spin_habit habit;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 4; ++i) {
            REQUIRE(omitted(habit) == 0);
            habit.ended(how);
        }
        CHECK(omitted(habit) == pause - 1);
        habit.ended(how);
        CHECK(omitted(habit) == pause - 1);
        habit.ended(outcome::came);
    }
}

TEST_CASE("who waits for an answer does not sleep, unless it was told to") {
    constexpr int trips = 100;
    const auto nothing = [](zither::socket&) {};
    const auto poll = [](zither::socket& on) {
        poller one;
        one.add(on, 0);
        REQUIRE(one.wait(deadline).size() == 1);
    };
    // Where others need the cores it sleeps, as it should: then it is tried again.
    SECTION("in receive") {
        CHECK(eventually([&] { return sleeps_in(trips, for_ever_us, nothing) < trips / 4; }));
        CHECK(eventually([&] { return sleeps_in(trips, 0, nothing) > trips / 2; }));
    }
    SECTION("in a poller of this socket alone") {
        CHECK(eventually([&] { return sleeps_in(trips, for_ever_us, poll) < trips / 4; }));
        CHECK(eventually([&] { return sleeps_in(trips, 0, poll) > trips / 2; }));
    }
}

namespace {

/// A DEALER that stays awake, whose question nobody answers.
zither::socket unanswered(context& in, zither::socket& router) {
    router.bind(tcp.to_bind());
    auto dealer = make(in, socket_type::dealer);
    dealer.set(option::spin_time, for_ever_us);
    dealer.connect(router.last_endpoint());
    dealer.send("question");
    REQUIRE(received_all(router).ends_with("|question"));
    return dealer;
}

}  // namespace

TEST_CASE("who stays awake waits no longer than its time-out") {
    context in;
    auto router = make(in, socket_type::router);
    auto dealer = unanswered(in, router);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) CHECK_FALSE(dealer.receive_for(1ms));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::microseconds(for_ever_us));
}

TEST_CASE("who stays awake hears that the context ends") {
    context in;
    auto router = make(in, socket_type::router);
    auto dealer = unanswered(in, router);
    std::thread ending([&] { in.shutdown(); });
    message part;
    CHECK(error_of([&](auto& error) { dealer.receive(part, wait::as_set, error); }) == errc::terminated);
    ending.join();
}

namespace {

/// Says octets to an ipc endpoint one by one, each when the one before it was read; and counts after how many
/// of them the thread that waits for the message fell asleep again.
class dripping {
public:
    explicit dripping(const std::string& endpoint)
        : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un to{AF_UNIX, {}};
        endpoint.copy(to.sun_path, sizeof to.sun_path - 1, std::string_view("ipc://").size());
        REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    }
    ~dripping() { ::close(descriptor_); }
    dripping(const dripping&) = delete;
    dripping& operator=(const dripping&) = delete;

    void say(std::string_view text, pid_t to) {
        constexpr int looks = 50;
        for (const char octet : text) {
            REQUIRE(::send(descriptor_, &octet, 1, MSG_NOSIGNAL) == 1);
            REQUIRE(eventually([&] {
                int unread = 0;
                return ::ioctl(descriptor_, SIOCOUTQ, &unread) == 0 && unread == 0;
            }));
            bool asleep = false;
            for (int i = 0; i < looks && !asleep; ++i) asleep = sleeps(to);
            slept += asleep;
        }
    }
    int slept = 0;

private:
    const int descriptor_;
};

/// After how many octets of a handshake a PULL that waits for the first message falls asleep.
int sleeps_in_handshake(int spin_us) {
    using namespace std::string_view_literals;
    std::string greeting("\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL"sv);
    greeting.resize(64);
    context in;
    auto pull = make(in, socket_type::pull);
    pull.set(option::spin_time, spin_us);
    pull.bind("ipc://*");
    sleeper<std::string> receiver([&] { return received(pull); });
    REQUIRE(receiver.asleep());
    dripping peer(pull.last_endpoint());
    peer.say(greeting, receiver.id());
    peer.say("\4\x1a\5READY\13Socket-Type\0\0\0\4PUSH\0"sv, receiver.id());
    const int slept = peer.slept;
    peer.say("\1m"sv, receiver.id());
    CHECK(receiver.result() == "m");
    return slept;
}

}  // namespace

TEST_CASE("who waits for the first message stays awake between two steps of a handshake") {
    CHECK(eventually([] { return sleeps_in_handshake(for_ever_us) < 10; }));
    CHECK(eventually([] { return sleeps_in_handshake(0) > 50; }));
}
