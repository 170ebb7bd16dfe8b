// cppzmq's security options: PLAIN and CURVE with a ZAP handler in a thread, and what a refused peer is told.
#include <catch2/catch.hpp>
#include <zmq_addon.hpp>

#include <optional>
#include <string>
#include <thread>

namespace {

namespace option = zmq::sockopt;

constexpr int long_ms = 20000;

struct key_pair {
    char open[41], secret[41];
    key_pair() { REQUIRE(zmq_curve_keypair(open, secret) == 0); }
};

// Answers "200" to whoever brings the one good credential, until the context ends.
class handler {
public:
    handler(zmq::context_t& context, std::string good) : socket_(context, ZMQ_REP), good_(std::move(good)) {
        socket_.bind("inproc://zeromq.zap.01");
        thread_ = std::thread([this] { serve(); });
    }
    ~handler() { thread_.join(); }

private:
    void serve() try {
        for (;;) {
            zmq::multipart_t request(socket_);
            const bool known = request.peekstr(request.size() - 1) == good_ && request.peekstr(2) == "home";
            zmq::multipart_t answer;
            for (const std::string text : {"1.0", "", known ? "200" : "400", "", known ? "somebody" : "", ""})
                answer.addstr(text);
            std::swap(answer[1], request[1]);
            answer.send(socket_);
        }
    } catch (const zmq::error_t& ended) {
        socket_.close();
        if (ended.num() != ETERM) throw;
    }

    zmq::socket_t socket_;
    std::string good_;
    std::thread thread_;
};

struct refusal : zmq::monitor_t {
    void on_event_handshake_failed_auth(const zmq_event_t& event, const char*) override {
        status = event.value;
    }
    std::optional<int> status;
};

// A context that has ended before its handler is waited for.
struct stage {
    zmq::context_t context;
    handler zap;
    zmq::socket_t rep{context, zmq::socket_type::rep};
    explicit stage(std::string good) : zap(context, std::move(good)) {
        rep.set(option::zap_domain, "home");
        rep.set(option::rcvtimeo, long_ms);
    }
    ~stage() {
        rep.close();
        context.shutdown();
    }

    zmq::socket_t client() {
        zmq::socket_t made(context, zmq::socket_type::req);
        made.set(option::rcvtimeo, long_ms);
        made.set(option::linger, 0);
        return made;
    }

    void talks(zmq::socket_t& req, const std::string& peer) {
        req.connect(rep.get(option::last_endpoint));
        req.send(zmq::str_buffer("question"));
        zmq::message_t got;
        REQUIRE(rep.recv(got));
        CHECK(got.gets("User-Id") == peer);
        rep.send(zmq::str_buffer("answer"));
        REQUIRE(req.recv(got));
        CHECK(got.to_string() == "answer");
    }

    void is_refused(zmq::socket_t& req) {
        refusal watch;
        watch.init(req, "inproc://refusal", ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
        req.connect(rep.get(option::last_endpoint));
        REQUIRE(watch.check_event(long_ms));
        CHECK(watch.status == 400);
    }
};

}  // namespace

TEST_CASE("the security options keep their values, and the last one set decides the mechanism") {
    zmq::context_t context;
    zmq::socket_t socket(context, ZMQ_DEALER);
    const key_pair keys;
    socket.set(option::plain_username, "name");
    socket.set(option::plain_password, "word");
    CHECK(socket.get(option::plain_username) == "name");
    CHECK(socket.get(option::plain_password) == "word");
    CHECK(socket.get(option::mechanism) == ZMQ_PLAIN);
    CHECK_FALSE(socket.get(option::plain_server));
    socket.set(option::curve_publickey, keys.open);
    socket.set(option::curve_secretkey, keys.secret);
    socket.set(option::curve_server, true);
    CHECK(socket.get(option::curve_server));
    CHECK(socket.get(option::mechanism) == ZMQ_CURVE);
    CHECK(socket.get(option::curve_publickey) == keys.open);
    CHECK(socket.get(option::curve_secretkey) == keys.secret);
    std::uint8_t octets[32];
    zmq_z85_decode(octets, keys.open);
    CHECK(socket.get(option::curve_publickey, zmq::buffer(octets)) == 32);
    socket.set(option::curve_serverkey, zmq::buffer(octets));
    CHECK(socket.get(option::curve_serverkey) == keys.open);
    CHECK_FALSE(socket.get(option::curve_server));
    socket.set(option::plain_server, true);
    CHECK(socket.get(option::mechanism) == ZMQ_PLAIN);
    CHECK_THROWS_AS(socket.set(option::curve_publickey, "short"), zmq::error_t);
    char derived[41];
    CHECK(zmq_curve_public(derived, keys.secret) == 0);
    CHECK(std::string(derived) == keys.open);
}

TEST_CASE("PLAIN: the handler sees the password; the other one's owner is refused") {
    stage the("word");
    the.rep.set(option::plain_server, true);
    the.rep.bind("tcp://127.0.0.1:*");
    auto friendly = the.client(), other = the.client();
    for (auto* one : {&friendly, &other}) one->set(option::plain_username, "name");
    friendly.set(option::plain_password, "word");
    other.set(option::plain_password, "guess");
    the.talks(friendly, "somebody");
    the.is_refused(other);
}

TEST_CASE("CURVE: the handler sees the client's key; the other one's owner is refused") {
    const key_pair server, known, unknown;
    std::string key(32, '\0');
    zmq_z85_decode(reinterpret_cast<std::uint8_t*>(key.data()), known.open);
    stage the(key);
    the.rep.set(option::curve_server, true);
    the.rep.set(option::curve_secretkey, server.secret);
    the.rep.bind("ipc://*");
    auto friendly = the.client(), other = the.client();
    const auto equip = [&](zmq::socket_t& one, const key_pair& keys) {
        one.set(option::curve_serverkey, server.open);
        one.set(option::curve_publickey, keys.open);
        one.set(option::curve_secretkey, keys.secret);
    };
    equip(friendly, known);
    equip(other, unknown);
    the.talks(friendly, "somebody");
    the.is_refused(other);
}
