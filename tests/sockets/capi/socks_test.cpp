// SOCKS_PROXY, against a small SOCKS5 proxy of our own. Debian's microsocks is asked in interop/run_socks.
#include "../../support/loopback.hpp"
#include "c_api.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace zither::test;
using namespace std::string_literals;

namespace {

/// One caller at a time; every name and address is this machine's. It ends with its listener.
class proxy {
public:
    explicit proxy(std::string user = "", std::string password = "")
        : user_(std::move(user)), password_(std::move(password)), listener_(listen_on_loopback(port_)) {
        ::pipe(end_);
        works_ = std::thread([this] { work(); });
    }
    ~proxy() {
        ::close(end_[1]);
        works_.join();
        ::close(end_[0]);
        ::close(listener_);
    }
    std::string name() const { return "127.0.0.1:" + std::to_string(port_); }
    std::atomic<int> refused{0};
    std::string asked;  // of the last caller; read it once a message came through

private:
    bool ready(int descriptor) {
        pollfd look[]{{descriptor, POLLIN, 0}, {end_[0], POLLIN, 0}};
        return ::poll(look, 2, -1) > 0 && look[1].revents == 0;
    }
    std::string hear(int from, std::size_t size) {
        std::string text(size, '\0');
        for (std::size_t got = 0; got < size;) {
            if (!ready(from)) return "";
            const auto some = ::recv(from, text.data() + got, size - got, 0);
            if (some <= 0) return "";
            got += static_cast<std::size_t>(some);
        }
        return text;
    }
    static void say(int to, const std::string& text) {
        (void)::send(to, text.data(), text.size(), MSG_NOSIGNAL);
    }

    void work() {
        while (ready(listener_)) {
            const int caller = ::accept(listener_, nullptr, nullptr);
            const int target = greet(caller);
            if (target >= 0) relay(caller, target);
            if (target >= 0) ::close(target);
            ::close(caller);
        }
    }
    int refuse(int caller, const std::string& why) {
        say(caller, why);
        ++refused;
        return -1;
    }
    int greet(int caller) {
        const auto methods = hear(caller, 3);
        const auto wanted = user_.empty() ? '\0' : '\2';
        if (methods.size() != 3 || methods[2] != wanted) return refuse(caller, "\x05\xff"s);
        say(caller, "\x05"s + wanted);
        if (!user_.empty()) {
            const auto user = hear(caller, static_cast<unsigned char>(hear(caller, 2)[1]));
            const auto password = hear(caller, static_cast<unsigned char>(hear(caller, 1)[0]));
            if (user != user_ || password != password_) return refuse(caller, "\x01\x01"s);
            say(caller, "\x01\x00"s);
        }
        const auto head = hear(caller, 4);
        if (head.size() != 4) return -1;
        const std::size_t size =
            head[3] == '\3' ? static_cast<unsigned char>(hear(caller, 1)[0]) : (head[3] == '\1' ? 4U : 16U);
        asked = hear(caller, size);
        const auto port = hear(caller, 2);
        const int target = connect_to_loopback(static_cast<std::uint16_t>(
            static_cast<unsigned char>(port[0]) << 8 | static_cast<unsigned char>(port[1])));
        if (target < 0) return refuse(caller, "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"s);
        say(caller, "\x05\x00\x00\x03\x04here\x12\x34"s);
        return target;
    }
    void relay(int one, int other) {
        for (;;) {
            pollfd look[]{{one, POLLIN, 0}, {other, POLLIN, 0}, {end_[0], POLLIN, 0}};
            if (::poll(look, 3, -1) <= 0 || look[2].revents) return;
            for (int i = 0; i < 2; ++i) {
                if (!look[i].revents) continue;
                char octets[4096];
                const auto got = ::recv(look[i].fd, octets, sizeof octets, 0);
                if (got <= 0) return;
                say(look[1 - i].fd, std::string(octets, static_cast<std::size_t>(got)));
            }
        }
    }

    const std::string user_, password_;
    std::uint16_t port_ = 0;
    int listener_;
    int end_[2];
    std::thread works_;
};

std::string port_of(const std::string& endpoint) { return endpoint.substr(endpoint.rfind(':')); }

}  // namespace

TEST_CASE("SOCKS_PROXY: tcp goes through the proxy, and a name is the proxy's to resolve") {
    const auto host = GENERATE(as<std::string>(), "nowhere.invalid", "127.0.0.1");
    proxy between;
    c_context context;
    c_socket rep(context, ZMQ_REP), req(context, ZMQ_REQ);
    // As in an endpoint, the address to leave from may stand before the proxy's.
    const auto proxy_name = GENERATE(""s, "127.0.0.1:0;"s) + between.name();
    REQUIRE(req.set(ZMQ_SOCKS_PROXY, proxy_name) == 0);
    CHECK(req.text(ZMQ_SOCKS_PROXY) == proxy_name);
    CHECK(req.connect("tcp://" + host + port_of(rep.bound("tcp://127.0.0.1:*"))) == 0);
    req.send("question");
    CHECK(rep.receive() == "question");
    rep.send("answer");
    CHECK(req.receive() == "answer");
    CHECK(between.asked == (host == "127.0.0.1" ? "\x7f\x00\x00\x01"s : host));
}

TEST_CASE("SOCKS_USERNAME and SOCKS_PASSWORD open a proxy that asks for them") {
    proxy between("user", "secret");
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    const auto at = pull.bound("tcp://127.0.0.1:*");
    push.set(ZMQ_SOCKS_PROXY, between.name());
    push.set(ZMQ_SOCKS_USERNAME, "user");
    push.set(ZMQ_SOCKS_PASSWORD, "secret");
    push.connect(at);
    push.send("in");
    CHECK(pull.receive() == "in");
    CHECK(between.refused == 0);
}

TEST_CASE("who is refused by the proxy tries again, and reaches nobody") {
    proxy between("user", "secret");
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    push.set(ZMQ_RECONNECT_IVL, 1);
    push.set(ZMQ_SOCKS_PROXY, between.name());
    SECTION("without a name") {}
    SECTION("with a wrong password") {
        push.set(ZMQ_SOCKS_USERNAME, "user");
        push.set(ZMQ_SOCKS_PASSWORD, "wrong");
    }
    push.connect(pull.bound("tcp://127.0.0.1:*"));
    push.send("in");
    CHECK(eventually([&] { return between.refused >= 3; }));
    CHECK(pull.get(ZMQ_EVENTS) == 0);
}

TEST_CASE("a proxy that is found behind a target that is not there yet is asked until it is") {
    proxy between;
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    std::uint16_t port = 0;
    ::close(listen_on_loopback(port));
    const auto at = "tcp://127.0.0.1:" + std::to_string(port);
    push.set(ZMQ_RECONNECT_IVL, 1);
    push.set(ZMQ_SOCKS_PROXY, between.name());
    push.connect(at);
    push.send("in");
    CHECK(eventually([&] { return between.refused >= 1; }));
    REQUIRE(eventually([&] { return zmq_bind(pull, at.c_str()) == 0; }));
    CHECK(pull.receive() == "in");
}

TEST_CASE("ipc and inproc know no proxy") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    push.set(ZMQ_SOCKS_PROXY, "127.0.0.1:1");
    push.connect(pull.bound("ipc://*"));
    push.send("in");
    CHECK(pull.receive() == "in");
}

TEST_CASE("a proxy may be taken back, and its name may be nonsense until somebody connects") {
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    CHECK(push.set(ZMQ_SOCKS_PROXY, "no port") == 0);
    CHECK(push.connect("tcp://127.0.0.1:1") == 0);
    CHECK(zmq_setsockopt(push, ZMQ_SOCKS_PROXY, "", 0) == -1);
    CHECK(zmq_errno() == EINVAL);
    CHECK(zmq_setsockopt(push, ZMQ_SOCKS_PROXY, nullptr, 0) == 0);
    CHECK(push.text(ZMQ_SOCKS_PROXY).empty());
    CHECK(zmq_disconnect(push, "tcp://127.0.0.1:1") == 0);
    push.connect(pull.bound("tcp://127.0.0.1:*"));
    push.send("in");
    CHECK(pull.receive() == "in");
}
