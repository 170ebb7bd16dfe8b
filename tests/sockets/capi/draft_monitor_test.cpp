// zmq_socket_monitor_versioned and zmq_socket_monitor_pipes_stats.
#include "c_api.hpp"

using namespace zither::test;

namespace {

bool failed(int result, int number) { return result == -1 && zmq_errno() == number; }

struct event {
    std::uint64_t number = 0;
    std::vector<std::uint64_t> values;
    std::string local;
    std::string remote;
};

/// The application's end of a monitor of version 2.
class monitor {
public:
    monitor(void* context, void* of, int type = ZMQ_PAIR, std::uint64_t events = ZMQ_EVENT_ALL_V2)
        : end_(context, type == ZMQ_PUB    ? ZMQ_SUB
                        : type == ZMQ_PUSH ? ZMQ_PULL
                                           : ZMQ_PAIR) {
        const auto at = "inproc://" + fresh_name();
        if (type == ZMQ_PUB) end_.set(ZMQ_SUBSCRIBE, "");
        REQUIRE(zmq_socket_monitor_versioned(of, at.c_str(), events, 2, type) == 0);
        REQUIRE(end_.connect(at) == 0);
    }
    event next() {
        event got;
        std::vector<std::string> parts;
        do {
            c_message part;
            if (zmq_msg_recv(&part, end_, 0) < 0) return got;
            parts.push_back(part.text());
        } while (end_.get(ZMQ_RCVMORE) == 1);
        REQUIRE(parts.size() >= 4);
        got.number = number_of(parts[0]);
        REQUIRE(number_of(parts[1]) == parts.size() - 4);
        for (std::size_t i = 2; i + 2 < parts.size(); ++i) got.values.push_back(number_of(parts[i]));
        got.local = parts[parts.size() - 2];
        got.remote = parts.back();
        return got;
    }
    /// The first event of this number from here on.
    event wait_for(std::uint64_t number) {
        event got;
        do got = next();
        while (got.number != number && got.number != 0 && got.number != ZMQ_EVENT_MONITOR_STOPPED);
        CHECK(got.number == number);
        return got;
    }
    /// Asks for statistics and waits for the first; libzmq brings them while it is asked for something else.
    event statistics(const c_socket& of) {
        REQUIRE(zmq_socket_monitor_pipes_stats(of) == 0);
        REQUIRE(eventually([&] {
            of.get(ZMQ_EVENTS);
            return (end_.get(ZMQ_EVENTS) & ZMQ_POLLIN) != 0;
        }));
        return next();
    }
    bool silent() {
        zmq_pollitem_t item{end_, 0, ZMQ_POLLIN, 0};
        return zmq_poll(&item, 1, 50) == 0;
    }

private:
    static std::uint64_t number_of(const std::string& part) {
        std::uint64_t value = 0;
        REQUIRE(part.size() == sizeof value);
        std::memcpy(&value, part.data(), sizeof value);
        return value;
    }
    c_socket end_;
};

}  // namespace

TEST_CASE("a monitor's mistakes have libzmq's numbers") {
    c_context in;
    c_socket one(in, ZMQ_DEALER);
    const auto name = "inproc://" + fresh_name();
    const auto* at = name.c_str();
    CHECK(failed(zmq_socket_monitor_versioned(nullptr, at, 0, 2, ZMQ_PAIR), ENOTSOCK));
    CHECK(failed(zmq_socket_monitor_versioned(one, at, ZMQ_EVENT_ALL_V2, 1, ZMQ_PAIR), EINVAL));
    CHECK(failed(zmq_socket_monitor(one, at, 0x10000), EINVAL));
    CHECK(failed(zmq_socket_monitor_versioned(one, at, 0, 2, ZMQ_CLIENT), EINVAL));
    CHECK(failed(zmq_socket_monitor_versioned(one, at, 0, 2, ZMQ_DEALER), EINVAL));
    CHECK(failed(zmq_socket_monitor_versioned(one, at, 0, 2, 99), EINVAL));
    CHECK(failed(zmq_socket_monitor_versioned(one, "tcp://127.0.0.1:*", 0, 2, ZMQ_PAIR), EPROTONOSUPPORT));
    CHECK(failed(zmq_socket_monitor_versioned(one, "nothing", 0, 2, ZMQ_PAIR), EINVAL));
    CHECK(failed(zmq_socket_monitor_pipes_stats(nullptr), ENOTSOCK));
    CHECK(failed(zmq_socket_monitor_pipes_stats(one), EINVAL));
    CHECK(zmq_socket_monitor_versioned(one, at, ZMQ_EVENT_ALL_V1, 2, ZMQ_PAIR) == 0);
    CHECK(failed(zmq_socket_monitor_pipes_stats(one), EINVAL));
    // The same name again: the monitor before it is gone.
    CHECK(zmq_socket_monitor_versioned(one, at, ZMQ_EVENT_ALL_V2, 2, ZMQ_PUSH) == 0);
    CHECK(failed(zmq_socket_monitor_pipes_stats(one), EAGAIN));
    CHECK(zmq_socket_monitor_versioned(one, nullptr, 0, 2, ZMQ_PAIR) == 0);
    CHECK(failed(zmq_socket_monitor_pipes_stats(one), EINVAL));
}

TEST_CASE("events of version 2 name both ends of a connection") {
    for (const int type : {ZMQ_PAIR, ZMQ_PUSH, ZMQ_PUB}) {
        for (const auto* scheme : {"tcp://", "ipc://"}) {
            CAPTURE(type, scheme);
            c_context in;
            c_socket server(in, ZMQ_DEALER);
            c_socket client(in, ZMQ_DEALER);
            monitor servers(in, server, type);
            monitor clients(in, client, type);
            const auto at = server.bound(scheme == std::string("tcp://") ? "tcp://127.0.0.1:*"
                                                                         : "ipc:///tmp/" + fresh_name());
            REQUIRE(client.connect(at) == 0);
            client.send("x");
            CHECK(server.receive() == "x");

            const auto listening = servers.next();
            CHECK(listening.number == ZMQ_EVENT_LISTENING);
            CHECK(listening.local == at);
            CHECK(listening.remote.empty());
            const auto connected = clients.wait_for(ZMQ_EVENT_CONNECTED);
            CHECK(connected.values.size() == 1);
            CHECK(connected.remote == at);
            CHECK(connected.local != at);
            CHECK(connected.local.rfind(scheme, 0) == 0);
            const auto shaken = clients.next();
            CHECK(shaken.number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
            CHECK(shaken.local == connected.local);
            CHECK(shaken.remote == at);
            for (const auto number : {ZMQ_EVENT_ACCEPTED, ZMQ_EVENT_HANDSHAKE_SUCCEEDED}) {
                const auto theirs = servers.next();
                CHECK(theirs.number == static_cast<std::uint64_t>(number));
                CHECK(theirs.local == at);
                CHECK(theirs.remote == connected.local);
            }
            client.close();
            const auto lost = servers.wait_for(ZMQ_EVENT_DISCONNECTED);
            CHECK(lost.local == at);
            CHECK(lost.remote == connected.local);
            CHECK(clients.wait_for(ZMQ_EVENT_MONITOR_STOPPED).remote.empty());
        }
    }
}

TEST_CASE("only the events that were asked for are told") {
    c_context in;
    c_socket server(in, ZMQ_PULL);
    c_socket client(in, ZMQ_PUSH);
    monitor servers(in, server, ZMQ_PAIR, ZMQ_EVENT_ACCEPTED);
    REQUIRE(client.connect(server.bound("tcp://127.0.0.1:*")) == 0);
    client.send("x");
    CHECK(server.receive() == "x");
    CHECK(servers.next().number == ZMQ_EVENT_ACCEPTED);
    CHECK(servers.silent());
}

TEST_CASE("statistics count what waits in each pipe") {
    for (const bool network : {true, false}) {
        CAPTURE(network);
        c_context in;
        c_socket pull(in, ZMQ_PULL);
        c_socket push(in, ZMQ_PUSH);
        monitor pulls(in, pull, ZMQ_PAIR, ZMQ_EVENT_PIPES_STATS);
        monitor pushes(in, push, ZMQ_PAIR, ZMQ_EVENT_PIPES_STATS);
        const auto at = pull.bound(somewhere(network));
        REQUIRE(push.connect(at) == 0);
        for (int i = 0; i < 5; ++i) push.send("x");
        CHECK(pull.receive() == "x");
        event got;
        CHECK(eventually([&] {
            got = pulls.statistics(pull);
            return got.values.at(1) == 4;
        }));
        CHECK(got.number == ZMQ_EVENT_PIPES_STATS);
        CHECK(got.values.size() == 2);
        CHECK(got.values.at(0) == 0);
        for (int i = 0; i < 4; ++i) CHECK(pull.receive() == "x");
        // What is in the kernel may still be counted by the thread that wrote it.
        CHECK(eventually([&] {
            got = pushes.statistics(push);
            return got.values.at(0) == 0;
        }));
        CHECK(got.values == std::vector<std::uint64_t>{0, 0});
        CHECK(got.remote == at);
    }
}

TEST_CASE("statistics count what waits for a peer that is not there yet") {
    c_context in;
    c_socket push(in, ZMQ_PUSH);
    monitor pushes(in, push, ZMQ_PAIR, ZMQ_EVENT_PIPES_STATS);
    REQUIRE(push.connect("ipc:///tmp/" + fresh_name()) == 0);
    for (int i = 0; i < 3; ++i) push.send("x");
    CHECK(pushes.statistics(push).values == std::vector<std::uint64_t>{3, 0});
}

TEST_CASE("events from several threads come whole") {
    c_context in;
    c_socket server(in, ZMQ_ROUTER);
    monitor servers(in, server);
    const auto at = server.bound("tcp://127.0.0.1:*");
    constexpr int threads = 4;
    constexpr int each = 25;
    std::vector<std::thread> crowd;
    for (int i = 0; i < threads; ++i)
        crowd.emplace_back([&] {
            for (int k = 0; k < each; ++k) {
                c_socket dealer(in, ZMQ_DEALER);
                dealer.set(ZMQ_LINGER, -1);
                dealer.connect(at);
                dealer.send("x");
            }
        });
    for (int i = 0; i < threads * each; ++i) server.receive_all();
    for (auto& one : crowd) one.join();
    int accepted = 0;
    while (accepted < threads * each) {
        const auto got = servers.next();
        REQUIRE(got.number != 0);
        REQUIRE(got.values.size() == 1);
        accepted += got.number == ZMQ_EVENT_ACCEPTED;
    }
    CHECK(accepted == threads * each);
}

TEST_CASE("closing a socket closes its listeners before its monitor stops") {
    c_context in;
    c_socket server(in, ZMQ_PULL);
    monitor servers(in, server);
    const auto at = server.bound("tcp://127.0.0.1:*");
    server.close();
    CHECK(servers.next().number == ZMQ_EVENT_LISTENING);
    const auto closed = servers.next();
    CHECK(closed.number == ZMQ_EVENT_CLOSED);
    CHECK(closed.local == at);
    CHECK(servers.next().number == ZMQ_EVENT_MONITOR_STOPPED);
}
