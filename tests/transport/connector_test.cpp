#include "loop.hpp"

#include "zither/transport/connector.hpp"

#include <filesystem>
#include <vector>

#include <netdb.h>

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;
using namespace std::chrono_literals;

namespace {

/// A connector and what it told.
struct dialler {
    dialler(loop& by, const std::string& text, connector::timing when = {},
            const stream_options& options = {})
        : dials(std::make_shared<connector>(by.work, at(text), options, when)) {
        dials->start({.connected =
                          [this](int number, const address& peer) {
                              connections.emplace_back(number);
                              peers.push_back(endpoint_text(peer));
                          },
                      .delayed = [this](int error) { delays.push_back(error); },
                      .retried = [this](int interval_ms) { waits.push_back(interval_ms); },
                      .failed = [this](int error) { failures.push_back(error); }});
    }
    ~dialler() { dials->close(); }
    dialler(const dialler&) = delete;
    dialler& operator=(const dialler&) = delete;

    std::shared_ptr<connector> dials;
    std::vector<descriptor> connections;
    std::vector<std::string> peers;
    std::vector<int> delays;
    std::vector<int> waits;
    std::vector<int> failures;
};

/// A plain listening socket.
struct plain_listener {
    explicit plain_listener(const std::string& text, int backlog = 10)
        : socket(::socket(address_of(text).storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        auto where = address_of(text);
        REQUIRE(::bind(socket.get(), where.get(), where.size) == 0);
        REQUIRE(::listen(socket.get(), backlog) == 0);
        address bound;
        bound.size = sizeof bound.storage;
        REQUIRE(::getsockname(socket.get(), bound.get(), &bound.size) == 0);
        name = endpoint_text(bound);
    }
    /// The next caller, and where it comes from.
    descriptor accept() {
        pollfd look{socket.get(), POLLIN, 0};
        REQUIRE(::poll(&look, 1, 10000) == 1);
        caller.size = sizeof caller.storage;
        return descriptor(::accept4(socket.get(), caller.get(), &caller.size, SOCK_CLOEXEC));
    }
    descriptor socket;
    std::string name;
    address caller;
};

std::string temporary(const std::string& name) { return std::filesystem::temp_directory_path() / name; }

constexpr connector::timing quick{.reconnect = 1ms, .reconnect_max = 4ms};
constexpr connector::timing once{.reconnect = -1ms, .reconnect_max = 0ms};

}  // namespace

TEST_CASE("a connector connects") {
    loop turns;
    plain_listener there("tcp://127.0.0.1:0");
    dialler one(turns, there.name);
    REQUIRE(turns.until([&] { return !one.connections.empty(); }));
    const auto accepted = there.accept();
    CHECK(joined(one.connections[0].get(), accepted.get()));
    CHECK(one.peers[0] == there.name);
    CHECK(one.failures.empty());
    CHECK(one.waits.empty());
    CHECK(::fcntl(one.connections[0].get(), F_GETFL) & O_NONBLOCK);
    CHECK(::fcntl(one.connections[0].get(), F_GETFD) & FD_CLOEXEC);
}

TEST_CASE("a connector connects by ipc, in the file system and without") {
    loop turns;
    const auto name = "zither-connector-test-" + std::to_string(::getpid());
    const auto text = GENERATE_COPY(as<std::string>(), "ipc://@" + name, "ipc://" + temporary(name));
    plain_listener there(text);
    dialler one(turns, text);
    REQUIRE(turns.until([&] { return !one.connections.empty(); }));
    CHECK(joined(one.connections[0].get(), there.accept().get()));
    if (text[6] == '/') ::unlink(text.c_str() + 6);
}

TEST_CASE("a connector looks names up") {
    if (addrinfo* found = nullptr; ::getaddrinfo("localhost", nullptr, nullptr, &found) == 0) {
        ::freeaddrinfo(found);
    } else {
        WARN("this system has no /etc/hosts: there is no name to look up");
        return;
    }
    loop turns;
    plain_listener there("tcp://127.0.0.1:0");
    const auto port = there.name.substr(there.name.rfind(':'));
    stream_options options;
    // With IPv6 the name may mean ::1 first, where nobody listens: the next address is tried.
    options.ipv6 = GENERATE(false, true);
    dialler one(turns, "tcp://localhost" + port, quick, options);
    REQUIRE(turns.until([&] { return !one.connections.empty(); }));
    CHECK(one.peers[0] == there.name);
    CHECK(one.failures.empty());
}

TEST_CASE("a refused connector backs off and comes back until somebody listens") {
    loop turns;
    const auto text = free_endpoint();
    dialler one(turns, text, quick);
    REQUIRE(turns.until([&] { return one.failures.size() >= 8; }));
    for (const auto error : one.failures) CHECK(error == ECONNREFUSED);
    REQUIRE(one.waits.size() + 1 >= one.failures.size());
    for (const auto wait : one.waits) {
        CHECK(wait >= 0);
        CHECK(wait <= 4);
    }
    CHECK(one.waits[0] <= 1);
    CHECK(*std::max_element(one.waits.begin(), one.waits.end()) >= 2);
    CHECK(one.connections.empty());

    plain_listener there(text);
    REQUIRE(turns.until([&] { return !one.connections.empty(); }));
    CHECK(joined(one.connections[0].get(), there.accept().get()));
}

TEST_CASE("without a cap every wait is the interval and up to as much again") {
    loop turns;
    dialler one(turns, free_endpoint(), {.reconnect = 2ms, .reconnect_max = 0ms});
    REQUIRE(turns.until([&] { return one.waits.size() >= 10; }));
    for (const auto wait : one.waits) {
        CHECK(wait >= 2);
        CHECK(wait <= 3);
    }
}

TEST_CASE("a missing ipc file is waited for") {
    loop turns;
    const auto text = "ipc://" + temporary("zither-missing-" + std::to_string(::getpid()));
    dialler one(turns, text, quick);
    REQUIRE(turns.until([&] { return one.failures.size() >= 2; }));
    CHECK(one.failures[0] == ENOENT);
    plain_listener there(text);
    CHECK(turns.until([&] { return !one.connections.empty(); }));
    ::unlink(text.c_str() + 6);
}

TEST_CASE("a connector that shall not come back tries once") {
    loop turns;
    dialler one(turns, free_endpoint(), once);
    REQUIRE(turns.until([&] { return !one.failures.empty(); }));
    CHECK(one.waits.empty());
    CHECK_FALSE(turns.until([&] { return one.failures.size() > 1; }, 20ms));
}

TEST_CASE("a lost connection is made again, from the first interval on") {
    loop turns;
    plain_listener there("tcp://127.0.0.1:0");
    dialler one(turns, there.name, {.reconnect = 2ms, .reconnect_max = 1000ms});
    for (std::size_t round = 1; round <= 5; ++round) {
        REQUIRE(turns.until([&] { return one.connections.size() == round; }));
        CHECK(joined(one.connections.back().get(), there.accept().get()));
        one.dials->again();
    }
    REQUIRE(turns.until([&] { return one.waits.size() == 5; }));
    for (const auto wait : one.waits) CHECK(wait <= 2);
    CHECK(one.failures.empty());
}

TEST_CASE("a connection that shall not come back is not made again") {
    loop turns;
    plain_listener there("tcp://127.0.0.1:0");
    dialler one(turns, there.name, once);
    REQUIRE(turns.until([&] { return one.connections.size() == 1; }));
    one.dials->again();
    CHECK_FALSE(turns.until([&] { return one.connections.size() > 1; }, 20ms));
    CHECK(one.waits.empty());
}

TEST_CASE("a closed connector tells nothing more") {
    loop turns;
    dialler one(turns, free_endpoint(), quick);
    SECTION("before its first round") {}
    SECTION("between rounds") {
        REQUIRE(turns.until([&] { return one.waits.size() >= 2; }));
    }
    const auto failures = one.failures.size();
    const auto waits = one.waits.size();
    one.dials->close();
    one.dials->again();
    turns.settle();
    const auto settled = one.failures.size();
    CHECK(settled <= failures + 1);
    CHECK_FALSE(turns.until([&] { return one.failures.size() > settled; }, 20ms));
    CHECK(one.waits.size() <= waits + 1);
    CHECK(one.connections.empty());
}

TEST_CASE("a connector comes from where it is told to") {
    loop turns;
    plain_listener there("tcp://127.0.0.1:0");
    dialler one(turns, "tcp://127.0.0.2:0;" + there.name.substr(6));
    REQUIRE(turns.until([&] { return !one.connections.empty(); }));
    const auto accepted = there.accept();
    CHECK(host_text(there.caller) == "127.0.0.2");
    CHECK(one.peers[0] == there.name);
}

TEST_CASE("a connection to itself is none") {
    // A connect from a free port to the same port meets itself: a client would talk to its own mirror.
    loop turns;
    const auto address = free_endpoint().substr(6);
    dialler one(turns, "tcp://" + address + ";" + address, quick);
    REQUIRE(turns.until([&] { return one.failures.size() >= 3 || !one.connections.empty(); }));
    CHECK(one.connections.empty());
    for (const auto error : one.failures) CHECK(error == ECONNREFUSED);
}

TEST_CASE("a connect that nobody answers ends at its limit") {
    loop turns;
    plain_listener there("tcp://127.0.0.1:0", 0);
    // Its queue takes one; who comes later gets no answer at all.
    std::vector<descriptor> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const auto to = address_of(there.name);
        (void)::connect(waiting.back().get(), to.get(), to.size);
    }
    stream_options options;
    options.connect_timeout = 5ms;
    dialler one(turns, there.name, quick, options);
    REQUIRE(turns.until([&] { return one.failures.size() >= 2 || !one.connections.empty(); }));
    CHECK(one.connections.empty());
    for (const auto error : one.failures) CHECK(error == ETIMEDOUT);
    CHECK(one.delays.size() >= 2);
}

TEST_CASE("a refused connection ends a connector that was told so") {
    std::string nobody;
    {
        plain_listener gone("tcp://127.0.0.1:0");
        nobody = gone.name;
    }
    loop turns;
    auto when = quick;
    when.stop_when_refused = GENERATE(true, false);
    dialler one(turns, nobody, when);
    REQUIRE(turns.until([&] { return !one.failures.empty(); }));
    CHECK(one.failures.front() == ECONNREFUSED);
    // The wait is told in the same breath as the failure.
    CHECK(one.waits.empty() == when.stop_when_refused);
}
