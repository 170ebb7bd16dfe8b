// Several sleepers on one socket: one watches it. Whoever leaves, for whatever reason, leaves nobody asleep
// beside work.
#include "sleeper.hpp"
#include "support/disturb.hpp"

#include <memory>

#include <pthread.h>
#include <csignal>

using namespace zither;
using namespace zither::test;

namespace {

way tcp_or_inproc() { return GENERATE(tcp, ipc_abstract, inproc); }

using text_sleeper = sleeper<std::string>;

std::unique_ptr<text_sleeper> receiving(zither::socket& on) {
    return std::make_unique<text_sleeper>([&on] { return received(on); });
}

struct joined {
    joined(context& in, const way& by)
        : pull(make(in, socket_type::pull)), push(make(in, socket_type::push)) {
        pull.bind(by.to_bind());
        push.connect(pull.last_endpoint());
    }
    zither::socket pull;
    zither::socket push;
};

}  // namespace

TEST_CASE("as many sleepers wake as messages come at once, each for one") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int threads = 4;
    disturbance shake(21);
    context in;
    joined two(in, by);
    for (int round = 0; round < 50; ++round) {
        std::vector<std::unique_ptr<text_sleeper>> waiting;
        for (int i = 0; i < threads; ++i) waiting.push_back(receiving(two.pull));
        if (round % 2)
            for (auto& each : waiting) REQUIRE(each->asleep());
        for (int i = 0; i < threads; ++i) two.push.send("x");
        for (auto& each : waiting) REQUIRE(each->result() == "x");
    }
}

TEST_CASE("as many senders go on as there is room for at once") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int threads = 3;
    disturbance shake(22);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    push.bind(by.to_bind());
    for (int round = 0; round < 20; ++round) {
        std::vector<std::unique_ptr<text_sleeper>> waiting;
        for (int i = 0; i < threads; ++i)
            waiting.push_back(std::make_unique<text_sleeper>([&] {
                const stopwatch since;
                push.send("x");
                return std::string(since.late() ? "late" : "sent");
            }));
        for (auto& each : waiting) REQUIRE(each->asleep());
        auto reader = make(in, socket_type::pull);
        reader.connect(push.last_endpoint());
        for (auto& each : waiting) REQUIRE(each->result() == "sent");
        for (int i = 0; i < threads; ++i) REQUIRE(received(reader) == "x");
        reader.close();
        // Until the socket knows that its only peer has gone, a send still has a place to go to.
        REQUIRE(eventually([&] { return try_send(push, "away") == errc::again; }));
    }
}

TEST_CASE("a sleeper whose time is over leaves the others awake to what comes") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    joined two(in, by);
    for (int round = 0; round < 20; ++round) {
        sleeper<bool> brief([&] { return two.pull.receive_for(10ms).has_value(); });
        auto waiting = receiving(two.pull);
        CHECK_FALSE(brief.result());
        two.push.send("x");
        REQUIRE(waiting->result() == "x");
    }
}

TEST_CASE("a poller that wakes for another socket leaves a receiver awake to what comes") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    joined shared(in, by), other(in, by);
    for (int round = 0; round < 50; ++round) {
        sleeper<std::string> polling([&] {
            poller both;
            both.add(shared.pull, 0);
            both.add(other.pull, 1);
            std::string seen;
            for (const auto& each : both.wait(deadline / 4)) seen += std::to_string(each.number);
            return seen;
        });
        REQUIRE(polling.asleep());
        auto waiting = receiving(shared.pull);
        REQUIRE(waiting->asleep());
        other.push.send("x");
        REQUIRE(polling.result() == "1");
        REQUIRE(received(other.pull) == "x");
        shared.push.send("y");
        REQUIRE(waiting->result() == "y");
    }
}

TEST_CASE("pollers and receivers asleep on one socket: a message wakes somebody who takes it") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    disturbance shake(23);
    context in;
    joined two(in, by);
    std::atomic<bool> stop{false};
    std::vector<std::thread> pollers;
    for (int i = 0; i < 2; ++i)
        pollers.emplace_back([&] {  // wake, look, and leave the message to others
            poller one;
            one.add(two.pull, 0);
            std::error_code error;
            while (!stop && !error) {
                (void)one.wait(5ms, error);
                std::this_thread::yield();
            }
        });
    int right = 0;
    for (int i = 0; i < 300; ++i) {
        auto waiting = receiving(two.pull);
        if (i % 2) (void)waiting->asleep();
        two.push.send(std::to_string(i));
        right += waiting->result() == std::to_string(i);
    }
    stop = true;
    for (auto& each : pollers) each.join();
    CHECK(right == 300);
}

TEST_CASE("a sleeper that a signal takes away leaves the others awake to what comes") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    struct sigaction quiet {
    }, before{};
    quiet.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &quiet, &before);
    context in;
    joined two(in, by);
    for (int round = 0; round < 20; ++round) {
        sleeper<std::string> first([&] { return received(two.pull); });
        REQUIRE(first.asleep());
        auto second = receiving(two.pull);
        REQUIRE(second->asleep());
        ::pthread_kill(round % 2 ? first.native() : second->native(), SIGUSR1);
        auto& gone = round % 2 ? first : *second;
        auto& left = round % 2 ? *second : first;
        REQUIRE(gone.result() == "<interrupted by a signal>");
        two.push.send("x");
        REQUIRE(left.result() == "x");
    }
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("a poller that waits for room wakes when the first peer comes") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto push = make(in, socket_type::push);
    push.bind(by.to_bind());
    sleeper<std::size_t> polling([&] {
        poller one;
        one.add(push, 0, poll_flags::output);
        const stopwatch since;
        const auto found = one.wait(deadline).size();
        return since.late() ? 99 : found;
    });
    REQUIRE(polling.asleep());
    auto pull = make(in, socket_type::pull);
    pull.connect(push.last_endpoint());
    CHECK(polling.result() == 1);
}

TEST_CASE("sockets are made, used and closed in several threads at once") {
    const auto by = GENERATE(tcp, ipc, ipc_wildcard, inproc);
    CAPTURE(by);
    constexpr int threads = 4, rounds = 50;
    disturbance shake(24);
    context in;
    std::atomic<int> complete{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t)
        workers.emplace_back([&, t] {
            hesitation pause(static_cast<std::uint32_t>(t), 2);
            for (int i = 0; i < rounds; ++i) {
                joined two(in, by);
                if (i % 3 == 0) two.push.set(option::linger, 20ms);
                two.push.send("x");
                pause();
                if (i % 2 && received(two.pull) != "x") return;
                if (i % 5 == 0) two.pull.close();
                pause();
            }
            ++complete;
        });
    for (auto& each : workers) each.join();
    CHECK(complete == threads);
}
