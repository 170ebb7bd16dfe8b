#include "loop.hpp"

#include "zither/transport/listener.hpp"

#include <filesystem>
#include <fstream>
#include <vector>

#include <sys/resource.h>

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {

/// A listener and what it told.
struct bound_endpoint {
    explicit bound_endpoint(loop& by, const std::string& text, const stream_options& options = {}) {
        error = listener::open(by.work, at(text), options, listens);
    }
    ~bound_endpoint() {
        if (listens) listens->close();
    }
    bound_endpoint(const bound_endpoint&) = delete;
    bound_endpoint& operator=(const bound_endpoint&) = delete;

    void start() {
        REQUIRE(error == errc::ok);
        listens->start({.accepted =
                            [this](int number, const address& peer) {
                                accepted.emplace_back(number);
                                peers.push_back(endpoint_text(peer));
                            },
                        .failed = [this](int number) { failures.push_back(number); }});
    }

    errc error = errc::ok;
    std::shared_ptr<listener> listens;
    std::vector<descriptor> accepted;
    std::vector<std::string> peers;
    std::vector<int> failures;
};

/// A folder of the test's own.
struct folder {
    folder() {
        std::string name = (std::filesystem::temp_directory_path() / "zither-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()));
        path = name;
    }
    ~folder() { std::filesystem::remove_all(path); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    std::string operator/(const std::string& name) const { return path + "/" + name; }
    std::string path;
};

/// While it lives the process can open no further descriptor.
struct exhaustion {
    exhaustion() {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        const descriptor next(::dup(0));
        auto lower = before;
        lower.rlim_cur = static_cast<rlim_t>(next.get());
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
    }
    ~exhaustion() { ::setrlimit(RLIMIT_NOFILE, &before); }
    exhaustion(const exhaustion&) = delete;
    exhaustion& operator=(const exhaustion&) = delete;
    rlimit before{};
};

}  // namespace

TEST_CASE("a listener fills in the port and accepts") {
    loop turns;
    bound_endpoint here(turns, "tcp://127.0.0.1:*");
    here.start();
    const auto text = here.listens->text();
    CHECK(text.rfind("tcp://127.0.0.1:", 0) == 0);
    CHECK(text != "tcp://127.0.0.1:0");

    const auto client = connect_to(text);
    REQUIRE(turns.until([&] { return !here.accepted.empty(); }));
    CHECK(joined(client.get(), here.accepted[0].get()));
    CHECK(joined(here.accepted[0].get(), client.get()));
    CHECK(here.peers[0].rfind("tcp://127.0.0.1:", 0) == 0);
    CHECK(::fcntl(here.accepted[0].get(), F_GETFL) & O_NONBLOCK);
    CHECK(::fcntl(here.accepted[0].get(), F_GETFD) & FD_CLOEXEC);
    CHECK(here.failures.empty());
}

TEST_CASE("a listener accepts many, more than one pass takes") {
    loop turns;
    stream_options options;
    options.backlog = 200;
    bound_endpoint here(turns, "tcp://127.0.0.1:*", options);
    here.start();
    std::vector<descriptor> clients;
    for (int i = 0; i < 150; ++i) clients.push_back(connect_to(here.listens->text()));
    CHECK(turns.until([&] { return here.accepted.size() == 150; }));
}

TEST_CASE("connections made before the listener starts wait for it") {
    loop turns;
    bound_endpoint here(turns, "tcp://127.0.0.1:*");
    const auto client = connect_to(here.listens->text());
    REQUIRE(client.open());
    turns.settle();
    CHECK(here.accepted.empty());
    here.start();
    CHECK(turns.until([&] { return here.accepted.size() == 1; }));
}

TEST_CASE("a listener's options go to the connections it accepts") {
    loop turns;
    stream_options options;
    options.keepalive = 1;
    bound_endpoint here(turns, "tcp://127.0.0.1:*", options);
    here.start();
    const auto client = connect_to(here.listens->text());
    REQUIRE(turns.until([&] { return !here.accepted.empty(); }));
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(here.accepted[0].get(), SOL_SOCKET, SO_KEEPALIVE, &value, &size) == 0);
    CHECK(value == 1);
}

TEST_CASE("an address in use, a foreign one and a malformed one are refused") {
    loop turns;
    const bound_endpoint here(turns, "tcp://127.0.0.1:*");
    CHECK(bound_endpoint(turns, here.listens->text()).error == errc::address_in_use);
    CHECK(bound_endpoint(turns, "tcp://192.0.2.1:*").error == errc::address_not_available);
    CHECK(bound_endpoint(turns, "tcp://nosuchif0:*").error == errc::no_such_device);
    CHECK(bound_endpoint(turns, "tcp://127.0.0.1").error == errc::invalid_argument);
    CHECK(bound_endpoint(turns, "tcp://127.0.0.1:99999").error == errc::invalid_argument);
    CHECK(bound_endpoint(turns, "ipc:///" + std::string(200, 'p')).error == errc::name_too_long);
    CHECK(bound_endpoint(turns, "ipc:///no/such/folder/socket").error == errc::no_such_endpoint);
}

TEST_CASE("an IPv6 listener also takes IPv4 clients") {
    loop turns;
    stream_options options;
    options.ipv6 = true;
    bound_endpoint here(turns, "tcp://*:*", options);
    if (here.error != errc::ok) return;  // a machine without IPv6
    here.start();
    const auto text = here.listens->text();
    REQUIRE(text.rfind("tcp://[::]:", 0) == 0);
    const auto port = text.substr(11);
    const auto old = connect_to("tcp://127.0.0.1:" + port);
    const auto young = connect_to("tcp://[::1]:" + port);
    CHECK(turns.until([&] { return here.accepted.size() == (young.open() ? 2U : 1U); }));
    CHECK(old.open());
}

TEST_CASE("a closed listener's address is free when the call returns, before the loop turns") {
    loop turns;
    std::string text;
    {
        bound_endpoint here(turns, "tcp://127.0.0.1:*");
        here.start();
        turns.settle();
        text = here.listens->text();
        here.listens->close();
        CHECK_FALSE(connect_to(text).open());
        CHECK(bound_endpoint(turns, text).error == errc::ok);
    }
    turns.settle();
    bound_endpoint again(turns, text);
    again.start();
    const auto client = connect_to(text);
    CHECK(turns.until([&] { return again.accepted.size() == 1; }));
}

TEST_CASE("a listener that is closed before or after its start tells nothing more") {
    loop turns;
    const bool turned = GENERATE(false, true);
    bound_endpoint here(turns, "tcp://127.0.0.1:*");
    here.start();
    if (turned) turns.settle();
    const auto client = connect_to(here.listens->text());
    here.listens->close();
    here.listens->close();
    const int number = here.listens->descriptor();
    turns.settle();
    turns.settle();
    CHECK(here.accepted.empty());
    CHECK(here.listens->descriptor() != number);
}

TEST_CASE("an ipc listener makes its file and removes it") {
    loop turns;
    const folder place;
    const auto path = place / "socket";
    bound_endpoint here(turns, "ipc://" + path);
    here.start();
    CHECK(here.listens->text() == "ipc://" + path);
    CHECK(std::filesystem::is_socket(path));
    const auto client = connect_to("ipc://" + path);
    REQUIRE(turns.until([&] { return !here.accepted.empty(); }));
    CHECK(joined(client.get(), here.accepted[0].get()));
    CHECK(here.peers[0] == "ipc://");
    here.listens->close();
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket file that outlived its process does not refuse the address") {
    loop turns;
    const folder place;
    const auto path = place / "socket";
    {
        const descriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        auto where = address_of("ipc://" + path);
        REQUIRE(::bind(dead.get(), where.get(), where.size) == 0);
    }
    REQUIRE(std::filesystem::exists(path));
    bound_endpoint here(turns, "ipc://" + path);
    here.start();
    const auto client = connect_to("ipc://" + path);
    CHECK(turns.until([&] { return here.accepted.size() == 1; }));
}

TEST_CASE("an ipc wildcard makes a place of its own and leaves nothing behind") {
    loop turns;
    bound_endpoint here(turns, "ipc://*");
    bound_endpoint other(turns, "ipc://*");
    here.start();
    const auto text = here.listens->text();
    CHECK(text != other.listens->text());
    const std::filesystem::path path = text.substr(6);
    CHECK(std::filesystem::is_socket(path));
    const auto client = connect_to(text);
    CHECK(turns.until([&] { return here.accepted.size() == 1; }));
    here.listens->close();
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK_FALSE(std::filesystem::exists(path.parent_path()));
}

TEST_CASE("an abstract ipc address needs no file") {
    loop turns;
    const auto name = "@zither-listener-test-" + std::to_string(::getpid());
    bound_endpoint here(turns, "ipc://" + name);
    here.start();
    CHECK(here.listens->text() == "ipc://" + name);
    const auto client = connect_to("ipc://" + name);
    CHECK(turns.until([&] { return here.accepted.size() == 1; }));
    CHECK_FALSE(std::filesystem::exists(name));
}

TEST_CASE("a listener out of descriptors says so, keeps its callers and goes on") {
    loop turns;
    bound_endpoint here(turns, "tcp://127.0.0.1:*");
    here.start();
    turns.settle();
    std::vector<descriptor> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(connect_to(here.listens->text()));
    {
        const exhaustion none_left;
        REQUIRE(turns.until([&] { return !here.failures.empty(); }));
        CHECK(here.failures[0] == EMFILE);
        CHECK(here.accepted.empty());
        // It pauses: a listener that stays readable must not spin.
        for (int i = 0; i < 100; ++i) turns.settle();
        CHECK(here.failures.size() < 10);
    }
    REQUIRE(turns.until([&] { return here.accepted.size() == 3; }));
    CHECK(joined(clients[0].get(), here.accepted[0].get()));
}

TEST_CASE("no descriptor left to listen on is an error, not an end") {
    loop turns;
    const exhaustion none_left;
    CHECK(bound_endpoint(turns, "tcp://127.0.0.1:*").error == errc::too_many_sockets);
}
