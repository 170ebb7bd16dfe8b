// One socket, several threads: every message once, nobody sleeps beside work, on a scheduler that misbehaves.
#include "sleeper.hpp"
#include "support/disturb.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

using namespace zither;
using namespace zither::test;

namespace {

way tcp_or_inproc() { return GENERATE(tcp, ipc_abstract, inproc); }

/// Threads that receive on one socket and note the numbers they got, until "end".
class receivers {
public:
    receivers(zither::socket& from, int threads, int numbers) : seen_(static_cast<std::size_t>(numbers)) {
        for (int i = 0; i < threads; ++i)
            threads_.emplace_back([this, &from, i] {
                hesitation pause(static_cast<std::uint32_t>(i));
                for (std::error_code error;; pause()) {
                    const auto part = from.receive(wait::as_set, error);
                    if (error || part.text() == "end") return;
                    ++seen_[static_cast<std::size_t>(std::stoi(std::string(part.text())))];
                    ++count_;
                }
            });
    }
    ~receivers() { join(); }
    int count() const { return count_; }
    void join() {
        for (auto& each : threads_)
            if (each.joinable()) each.join();
    }
    bool each_once() const {
        return std::all_of(seen_.begin(), seen_.end(), [](const auto& times) { return times == 1; });
    }

private:
    std::deque<std::atomic<int>> seen_;
    std::atomic<int> count_{0};
    std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("several threads that receive on one socket get each message once") {
    const auto by = tcp_or_inproc();
    const int threads = GENERATE(2, 4);
    CAPTURE(by, threads);
    constexpr int count = 10000;
    disturbance shake(1);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    receivers receiving(pull, threads, count);
    hesitation pause(99);
    for (int i = 0; i < count; ++i, pause()) push.send(std::to_string(i));
    CHECK(eventually([&] { return receiving.count() == count; }));
    for (int i = 0; i < threads; ++i) push.send("end");
    receiving.join();
    CHECK(receiving.each_once());
}

TEST_CASE("a single message among several sleepers always wakes one of them") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int rounds = 3000, threads = 3;
    disturbance shake(2);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    receivers receiving(pull, threads, rounds);
    int woken = 0;
    // One at a time: each must be taken before the next is sent, so a lost wake-up cannot hide behind it.
    while (woken < rounds) {
        push.send(std::to_string(woken));
        if (!eventually([&] { return receiving.count() > woken; })) break;
        ++woken;
    }
    CHECK(woken == rounds);
    for (int i = 0; i < threads; ++i) push.send("end");
    receiving.join();
    CHECK(receiving.each_once());
}

TEST_CASE("several threads send on one socket, and whole messages arrive in each one's order") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int threads = 3, count = 3000;
    disturbance shake(3);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.set(option::receive_high_water_mark, 10);  // so that they wait for room, too
    push.set(option::send_high_water_mark, 10);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    std::vector<std::thread> senders;
    for (int from = 0; from < threads; ++from)
        senders.emplace_back([&, from] {
            std::error_code error;
            hesitation pause(static_cast<std::uint32_t>(from));
            for (int i = 0; i < count && !error; ++i, pause())
                push.send(message(std::to_string(from) + ":" + std::to_string(i)), wait::as_set, error);
        });
    std::vector<int> next(threads, 0);
    int right = 0;
    for (; right < threads * count; ++right) {
        const auto part = next_part(pull);
        if (!part) break;
        const std::string text(part->text());
        if (text.substr(2) != std::to_string(next[static_cast<std::size_t>(text[0] - '0')]++)) break;
    }
    if (right < threads * count) in.shutdown();
    for (auto& each : senders) each.join();
    CHECK(right == threads * count);
}

TEST_CASE("one thread sends while another receives on the same DEALER") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int count = 10000;
    disturbance shake(4);
    context in;
    auto other = make(in, socket_type::dealer);  // a ROUTER would drop what there is no room for
    auto dealer = make(in, socket_type::dealer);
    other.bind(by.to_bind());
    dealer.connect(other.last_endpoint());
    std::thread echo([&] {
        std::error_code error;
        for (int i = 0; i < count && !error; ++i) {
            auto parts = other.receive_multipart(wait::as_set, error);
            if (!error) other.send(std::move(parts), wait::as_set, error);
        }
    });
    std::thread sender([&] {
        std::error_code error;
        hesitation pause(5);
        for (int i = 0; i < count && !error; ++i, pause())
            dealer.send(message(std::to_string(i)), wait::as_set, error);
    });
    int back = 0;
    for (; back < count; ++back) {
        const auto part = next_part(dealer);
        if (!part || part->text() != std::to_string(back)) break;
    }
    if (back < count) in.shutdown();
    sender.join();
    echo.join();
    CHECK(back == count);
}

TEST_CASE("no message is stranded in two hundred thousand, with a poller and a receiver on one socket") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int count = 200000;
    disturbance shake(6);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    std::atomic<bool> stop{false};
    std::thread looker([&] {
        poller one;
        one.add(pull, 0);
        std::error_code error;
        while (!stop && !error) (void)one.wait(1ms, error);
    });
    std::thread sender([&] {
        std::error_code error;
        hesitation pause(7, 64);
        for (int i = 0; i < count && !error; ++i, pause())
            push.send(message("sixteen octets.."), wait::as_set, error);
    });
    int got = 0;
    while (got < count && next_part(pull)) ++got;
    stop = true;
    if (got < count) in.shutdown();
    sender.join();
    looker.join();
    CHECK(got == count);
}

TEST_CASE("endpoints come and go in one thread while another sends and a third receives") {
    const auto by = GENERATE(tcp, ipc_abstract, inproc);
    CAPTURE(by);
    disturbance shake(8);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind(by.to_bind());
    push.connect(pull.last_endpoint());
    std::atomic<bool> stop{false};
    std::atomic<int> got{0};
    std::thread receiver([&] {
        std::error_code error;
        while (!error && !stop) {
            (void)pull.receive(wait::as_set, error);
            if (!error) ++got;
        }
    });
    std::thread sender([&] {
        std::error_code error;
        while (!stop && (!error || error == errc::again)) push.send(message("x"), wait::as_set, error);
    });
    for (int i = 0; i < 100; ++i) {
        pull.bind(by.to_bind());
        const auto at = pull.last_endpoint();
        push.connect(at);
        push.disconnect(at);
        pull.unbind(at);
    }
    const int before = got;
    CHECK(eventually([&] { return got > before + 100; }));  // the first connection never suffered
    stop = true;
    in.shutdown();
    sender.join();
    receiver.join();
}

TEST_CASE("threads that wait on different sockets of one context do not wait for each other") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int pairs = 4, rounds = 1000;
    disturbance shake(9);
    context in;
    std::vector<std::thread> threads;
    std::atomic<int> complete{0};
    for (int i = 0; i < pairs; ++i)
        threads.emplace_back([&] {
            auto rep = make(in, socket_type::rep);
            auto req = make(in, socket_type::req);
            rep.bind(by.to_bind());
            req.connect(rep.last_endpoint());
            for (int round = 0; round < rounds; ++round) {
                req.send("?");
                if (received(rep) != "?") return;
                rep.send("!");
                if (received(req) != "!") return;
            }
            ++complete;
        });
    for (auto& each : threads) each.join();
    CHECK(complete == pairs);
}
