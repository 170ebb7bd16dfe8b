// The rest of zmq.h: errors, capabilities, keys, counters, timers, clocks and threads.
#include "c_api.hpp"

#include <algorithm>
#include <set>

using namespace zither::test;

TEST_CASE("the version is the header's, of the 4.3 series") {
    int major = 0, minor = 0, patch = -1;
    zmq_version(&major, &minor, &patch);
    CHECK(ZMQ_MAKE_VERSION(major, minor, patch) == ZMQ_VERSION);
    CHECK(ZMQ_MAKE_VERSION(major, minor, 0) == ZMQ_MAKE_VERSION(4, 3, 0));
}

TEST_CASE("each of ZeroMQ's own errors has its text, and the system's have theirs") {
    std::set<std::string> texts;
    for (const int error : {EFSM, ENOCOMPATPROTO, ETERM, EMTHREAD, EAGAIN, ENOTSUP, EHOSTUNREACH})
        texts.insert(zmq_strerror(error));
    CHECK(texts.size() == 7);
    CHECK(std::string(zmq_strerror(EINVAL)) == std::strerror(EINVAL));
    CHECK(std::string(zmq_strerror(ETERM)) == "Context was terminated");
    CHECK(std::string(zmq_strerror(EFSM)) == "Operation cannot be accomplished in current state");
}

TEST_CASE("zmq_errno is this thread's errno") {
    errno = EDOM;
    CHECK(zmq_errno() == EDOM);
    std::thread([] { errno = ERANGE; }).join();
    CHECK(zmq_errno() == EDOM);
}

TEST_CASE("capabilities are said to be there or not") {
    CHECK(zmq_has("ipc") == 1);
    CHECK(zmq_has("nonsense") == 0);
    CHECK(zmq_has("vmci") == 0);
}

TEST_CASE("Z85 of RFC 32: HelloWorld, and back") {
    const uint8_t octets[8] = {0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b};
    char text[11];
    CHECK(zmq_z85_encode(text, octets, sizeof octets) == text);
    CHECK(std::string(text) == "HelloWorld");
    uint8_t back[8];
    CHECK(zmq_z85_decode(back, "HelloWorld") == back);
    CHECK(std::memcmp(back, octets, 8) == 0);
}

TEST_CASE("Z85 refuses sizes that do not fit, and what is no Z85") {
    char text[64];
    uint8_t octets[64] = {};
    for (const std::size_t size : {1u, 2u, 3u, 5u, 33u}) {
        CHECK(zmq_z85_encode(text, octets, size) == nullptr);
        CHECK(zmq_errno() == EINVAL);
    }
    for (const auto* wrong :
         {"1234", "123456", "Hello World", "Hello\"orl", "Hell\x7f", "Hell\xff", "#####"}) {
        CAPTURE(wrong);
        CHECK(zmq_z85_decode(octets, wrong) == nullptr);
        CHECK(zmq_errno() == EINVAL);
    }
}

TEST_CASE("a Curve key pair is two keys of 40 characters, and the public one follows from the secret one") {
    char open[41], secret[41], again[41];
    REQUIRE(zmq_curve_keypair(open, secret) == 0);
    CHECK(std::strlen(open) == 40);
    CHECK(std::strlen(secret) == 40);
    CHECK(zmq_curve_public(again, secret) == 0);
    CHECK(std::string(again) == open);
    char other[41], other_secret[41];
    REQUIRE(zmq_curve_keypair(other, other_secret) == 0);
    CHECK(std::string(other) != open);
    // The manual's pair.
    CHECK(zmq_curve_public(again, "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6") == 0);
    CHECK(std::string(again) == "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7");
    CHECK(zmq_curve_public(again, "too short") == -1);
    CHECK(zmq_errno() == EINVAL);
}

TEST_CASE("an atomic counter counts") {
    void* counter = zmq_atomic_counter_new();
    REQUIRE(counter);
    CHECK(zmq_atomic_counter_value(counter) == 0);
    CHECK(zmq_atomic_counter_inc(counter) == 0);  // what it was
    CHECK(zmq_atomic_counter_inc(counter) == 1);
    CHECK(zmq_atomic_counter_value(counter) == 2);
    CHECK(zmq_atomic_counter_dec(counter) == 1);  // whether any are left
    CHECK(zmq_atomic_counter_dec(counter) == 0);
    CHECK(zmq_atomic_counter_value(counter) == 0);
    zmq_atomic_counter_set(counter, 42);
    CHECK(zmq_atomic_counter_value(counter) == 42);
    zmq_atomic_counter_destroy(&counter);
    CHECK(counter == nullptr);
}

TEST_CASE("an atomic counter counts from many threads") {
    void* counter = zmq_atomic_counter_new();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 10000; ++n) zmq_atomic_counter_inc(counter);
        });
    for (auto& each : threads) each.join();
    CHECK(zmq_atomic_counter_value(counter) == 40000);
    zmq_atomic_counter_destroy(&counter);
}

namespace {

/// Waits as an application does: until the next timer is due, then runs what is due.
void turn(void* timers) {
    const long timeout = zmq_timers_timeout(timers);
    if (timeout > 0) ::poll(nullptr, 0, static_cast<int>(timeout));
    CHECK(zmq_timers_execute(timers) == 0);
}

struct timers {
    ~timers() { zmq_timers_destroy(&handle); }
    int add(std::size_t interval) {
        return zmq_timers_add(
            handle, interval, [](int id, void* self) { static_cast<timers*>(self)->fired.push_back(id); },
            this);
    }
    void* handle = zmq_timers_new();
    std::vector<int> fired;
};

}  // namespace

TEST_CASE("timers fire again and again, each at its interval, none early") {
    timers on;
    CHECK(zmq_timers_timeout(on.handle) == -1);
    CHECK(zmq_timers_execute(on.handle) == 0);
    const auto start = std::chrono::steady_clock::now();
    const int slow = on.add(50);
    const int fast = on.add(20);
    CHECK(slow != fast);
    CHECK(zmq_timers_timeout(on.handle) <= 20);
    CHECK(zmq_timers_execute(on.handle) == 0);
    CHECK(on.fired.empty());
    while (on.fired.empty() || on.fired.back() != slow) turn(on.handle);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(50));
    CHECK(std::count(on.fired.begin(), on.fired.end(), fast) >= 1);
    CHECK(on.fired.front() == fast);
    const auto before = on.fired.size();
    while (on.fired.size() < before + 2) turn(on.handle);
}

TEST_CASE("a cancelled timer fires no more, and is unknown") {
    timers on;
    const int one = on.add(1), other = on.add(1000000);
    CHECK(zmq_timers_cancel(on.handle, one) == 0);
    CHECK(zmq_timers_timeout(on.handle) > 1000);
    CHECK(zmq_timers_cancel(on.handle, one) == -1);
    CHECK(zmq_errno() == EINVAL);
    CHECK(zmq_timers_reset(on.handle, one) == -1);
    CHECK(zmq_errno() == EINVAL);
    CHECK(zmq_timers_set_interval(on.handle, one, 5) == -1);
    CHECK(zmq_errno() == EINVAL);
    CHECK(zmq_timers_cancel(on.handle, other) == 0);
    CHECK(zmq_timers_timeout(on.handle) == -1);
    CHECK(on.fired.empty());
}

TEST_CASE("a timer's interval can change, and its wait begin again") {
    timers on;
    const int one = on.add(1000000);
    CHECK(zmq_timers_set_interval(on.handle, one, 10) == 0);
    CHECK(zmq_timers_timeout(on.handle) <= 10);
    while (on.fired.empty()) turn(on.handle);
    CHECK(zmq_timers_set_interval(on.handle, one, 1000000) == 0);
    CHECK(zmq_timers_timeout(on.handle) > 900000);
    CHECK(zmq_timers_reset(on.handle, one) == 0);
    CHECK(zmq_timers_timeout(on.handle) > 900000);
}

TEST_CASE("a timer may be cancelled in its own handler", "[zither]") {  // libzmq leaves that undefined
    struct state {
        void* timers;
        int fired;
    } own{zmq_timers_new(), 0};
    zmq_timers_add(
        own.timers, 1,
        [](int id, void* hint) {
            auto& self = *static_cast<state*>(hint);
            ++self.fired;
            zmq_timers_cancel(self.timers, id);
        },
        &own);
    while (own.fired == 0) turn(own.timers);
    CHECK(zmq_timers_timeout(own.timers) == -1);
    zmq_timers_destroy(&own.timers);
}

TEST_CASE("timers that are none are EFAULT") {
    const auto no_timers = [](long result) { return result == -1 && zmq_errno() == EFAULT; };
    void* none = nullptr;
    CHECK(no_timers(zmq_timers_destroy(&none)));
    CHECK(no_timers(zmq_timers_add(
        nullptr, 1, [](int, void*) {}, nullptr)));
    CHECK(no_timers(zmq_timers_cancel(nullptr, 1)));
    CHECK(no_timers(zmq_timers_set_interval(nullptr, 1, 1)));
    CHECK(no_timers(zmq_timers_reset(nullptr, 1)));
    CHECK(no_timers(zmq_timers_timeout(nullptr)));
    CHECK(no_timers(zmq_timers_execute(nullptr)));
    void* made = zmq_timers_new();
    CHECK(no_timers(zmq_timers_add(made, 1, nullptr, nullptr)));
    CHECK(zmq_timers_destroy(&made) == 0);
    CHECK(made == nullptr);
}

TEST_CASE("a stopwatch counts microseconds") {
    void* watch = zmq_stopwatch_start();
    REQUIRE(watch);
    ::poll(nullptr, 0, 20);
    const auto between = zmq_stopwatch_intermediate(watch);
    CHECK(between >= 19000);
    ::poll(nullptr, 0, 1);
    const auto end = zmq_stopwatch_stop(watch);
    CHECK(end > between);
    CHECK(end < 1000ul * deadline);
}

TEST_CASE("zmq_sleep sleeps") {
    const auto start = std::chrono::steady_clock::now();
    zmq_sleep(0);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
    zmq_sleep(1);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(999));
}

TEST_CASE("a thread runs its function, and closing it waits for the end") {
    struct state {
        std::thread::id in;
        int value = 0;
    } own;
    void* thread = zmq_threadstart(
        [](void* hint) {
            auto& self = *static_cast<state*>(hint);
            self.in = std::this_thread::get_id();
            ::poll(nullptr, 0, 10);
            self.value = 42;
        },
        &own);
    REQUIRE(thread);
    zmq_threadclose(thread);
    CHECK(own.value == 42);
    CHECK(own.in != std::this_thread::get_id());
}
