// Who may come in: USE_FD, TCP_ACCEPT_FILTER, IPC_FILTER_*; and who stops coming back: RECONNECT_STOP.
#include "c_api.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace zither::test;

namespace {

bool is_einval(int result) { return result == -1 && zmq_errno() == EINVAL; }

/// The events of a socket, from now on.
class monitor {
public:
    monitor(void* context, void* of) : pair_(context, ZMQ_PAIR) {
        const auto at = "inproc://" + fresh_name();
        REQUIRE(zmq_socket_monitor(of, at.c_str(), ZMQ_EVENT_ALL) == 0);
        REQUIRE(pair_.connect(at) == 0);
    }
    /// Some event from here on is this one; `seen` holds all up to it.
    bool tells(int number) {
        for (;;) {
            c_message first, second;
            if (zmq_msg_recv(&first, pair_, 0) != 6 || zmq_msg_recv(&second, pair_, 0) < 0) return false;
            std::uint16_t event = 0;
            std::memcpy(&event, zmq_msg_data(&first), 2);
            seen |= event;
            if (event == number) return true;
        }
    }
    int seen = 0;

private:
    c_socket pair_;
};

int listening_tcp(std::string& name) {
    const int made = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(made, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(made, 10) == 0);
    REQUIRE(::getsockname(made, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    name = "tcp://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    return made;
}

int listening_ipc(std::string& name) {
    const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const auto path = "@" + fresh_name();
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    at.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    REQUIRE(::bind(made, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(made, 10) == 0);
    name = "ipc://" + path;
    return made;
}

/// A message arrives, so whoever asked is in.
void require_passage(const c_socket& from, const c_socket& to) {
    from.send("in");
    CHECK(to.receive() == "in");
}

}  // namespace

TEST_CASE("USE_FD: a listening descriptor of the application's is bound to") {
    const bool tcp = GENERATE(true, false);
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    CHECK(pull.get(ZMQ_USE_FD) == -1);
    std::string name;
    const int given = tcp ? listening_tcp(name) : listening_ipc(name);
    REQUIRE(pull.set(ZMQ_USE_FD, given) == 0);
    CHECK(pull.get(ZMQ_USE_FD) == given);
    CHECK(pull.bound(tcp ? "tcp://127.0.0.1:1" : name) == name);
    CHECK(push.connect(name) == 0);
    require_passage(push, pull);
    // It is given once: the next bind makes its own.
    CHECK(pull.get(ZMQ_USE_FD) == -1);
    CHECK(pull.bound("tcp://127.0.0.1:*") != name);
}

TEST_CASE("USE_FD: what does not listen is EINVAL") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const int deaf = ::socket(AF_INET, SOCK_STREAM, 0);
    for (const int bad : {ends[0], deaf, 1 << 20}) {
        REQUIRE(pull.set(ZMQ_USE_FD, bad) == 0);
        CHECK(is_einval(zmq_bind(pull, "tcp://127.0.0.1:*")));
    }
    for (const int each : {ends[0], ends[1], deaf}) CHECK(::close(each) == 0);  // still ours
}

TEST_CASE("TCP_ACCEPT_FILTER admits the networks it names") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    REQUIRE(pull.set(ZMQ_TCP_ACCEPT_FILTER, "10.0.0.0/8") == 0);
    monitor sees(context, pull);
    const auto shut = pull.bound("tcp://127.0.0.1:*");
    push.set(ZMQ_RECONNECT_IVL, 1);
    push.connect(shut);
    CHECK(sees.tells(ZMQ_EVENT_ACCEPT_FAILED));
    CHECK((sees.seen & ZMQ_EVENT_ACCEPTED) == 0);
    SECTION("another network beside it") { CHECK(pull.set(ZMQ_TCP_ACCEPT_FILTER, "127.0.0.0/9") == 0); }
    SECTION("its own address") { CHECK(pull.set(ZMQ_TCP_ACCEPT_FILTER, "127.0.0.1") == 0); }
    SECTION("none at all") { CHECK(zmq_setsockopt(pull, ZMQ_TCP_ACCEPT_FILTER, nullptr, 0) == 0); }
    push.connect(pull.bound("tcp://127.0.0.1:*"));
    CHECK(sees.tells(ZMQ_EVENT_HANDSHAKE_SUCCEEDED));
}

TEST_CASE("a filter that is no network is EINVAL") {
    c_context context;
    c_socket pull(context, ZMQ_PULL);
    for (const auto* bad : {"", "nonsense/99", "127.0.0.1/33", "127.0.0.1/", "127.0.0.1/8x", "::1/64", "/8"})
        CHECK(is_einval(pull.set(ZMQ_TCP_ACCEPT_FILTER, bad)));
    pull.set(ZMQ_IPV6, 1);
    CHECK(pull.set(ZMQ_TCP_ACCEPT_FILTER, "::1/64") == 0);
}

TEST_CASE("IPC_FILTER_* admit by process, user or group") {
    const auto [option, mine] =
        GENERATE(table<int, int>({{ZMQ_IPC_FILTER_PID, static_cast<int>(::getpid())},
                                  {ZMQ_IPC_FILTER_UID, static_cast<int>(::getuid())},
                                  {ZMQ_IPC_FILTER_GID, static_cast<int>(::getgid())}}));
    CAPTURE(option);
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    // Nobody has this number: it is beyond every process, and reserved among users and groups.
    REQUIRE(pull.set(option, 0x7ffffff0) == 0);
    monitor sees(context, pull);
    push.set(ZMQ_RECONNECT_IVL, 1);
    push.connect(pull.bound("ipc://*"));
    CHECK(sees.tells(ZMQ_EVENT_ACCEPT_FAILED));
    CHECK((sees.seen & ZMQ_EVENT_ACCEPTED) == 0);
    SECTION("the right one beside it") { CHECK(pull.set(option, mine) == 0); }
    SECTION("none at all") { CHECK(zmq_setsockopt(pull, option, nullptr, 0) == 0); }
    push.connect(pull.bound("ipc://*"));
    CHECK(sees.tells(ZMQ_EVENT_HANDSHAKE_SUCCEEDED));
}

TEST_CASE("RECONNECT_STOP: a peer that does not shake hands is not asked again") {
    const bool stops = GENERATE(true, false);
    c_context context;
    c_socket push(context, ZMQ_PUSH), pull(context, ZMQ_PULL);
    if (stops) REQUIRE(push.set(ZMQ_RECONNECT_STOP, ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED) == 0);
    push.set(ZMQ_RECONNECT_IVL, 1);
    std::string name;
    const int listener = listening_tcp(name);
    monitor sees(context, push);
    push.connect(name);
    const int caller = ::accept(listener, nullptr, nullptr);
    ::close(caller);
    CHECK(sees.tells(ZMQ_EVENT_DISCONNECTED));
    if (stops) {
        // One thread does all this: a retry would have been told before a later connect's success.
        push.connect(pull.bound("tcp://127.0.0.1:*"));
        CHECK(sees.tells(ZMQ_EVENT_HANDSHAKE_SUCCEEDED));
        CHECK((sees.seen & ZMQ_EVENT_CONNECT_RETRIED) == 0);
    } else {
        CHECK(sees.tells(ZMQ_EVENT_CONNECT_RETRIED));
    }
    ::close(listener);
}

TEST_CASE("RECONNECT_STOP: after disconnect nobody goes on connecting for what is queued") {
    c_context context;
    std::string nobody;
    ::close(listening_tcp(nobody));
    c_socket push(context, ZMQ_PUSH);
    REQUIRE(push.set(ZMQ_RECONNECT_STOP, ZMQ_RECONNECT_STOP_AFTER_DISCONNECT) == 0);
    push.set(ZMQ_LINGER, -1);
    push.connect(nobody);
    push.send("lost");
    CHECK(zmq_disconnect(push, nobody.c_str()) == 0);
    // Would wait for ever for the message to go.
    push.close();
    context.term();
}
