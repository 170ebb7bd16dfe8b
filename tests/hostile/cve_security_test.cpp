// What libzmq's advisories on security describe, done to us: downgrades, replays, and strangers at a CURVE or
// ZAP server.
#include "curve_peer.hpp"

#include <thread>
#include <vector>

using namespace zither;
using namespace zither::hostile;
using namespace std::chrono_literals;

namespace {

const std::string signature = "\xff" + std::string(8, '\0') + "\x7f";

std::string greeting_of(const std::string& mechanism, char minor) {
    auto made = greeting(mechanism);
    made[11] = minor;
    return made;
}
const std::string push_ready = command("READY", property("Socket-Type", "PUSH"));
const std::string pull_ready = command("READY", property("Socket-Type", "PULL"));

/// What a peer of ZMTP 2.0 or 1.0, in each spelling, says up to its first message.
std::vector<std::string> old_peers() {
    std::vector<std::string> all;
    for (const char revision : {'\0', '\1', '\2'})
        all.push_back(signature + revision + '\x08' + std::string(2, '\0') + frame(0, "downgraded"));
    const auto old_frame = [](std::string_view body) {
        return static_cast<char>(body.size() + 1) + std::string(1, '\0') + std::string(body);
    };
    all.push_back(old_frame("") + old_frame("downgraded"));
    all.push_back(old_frame("an identity") + old_frame("downgraded"));
    all.push_back("\xff" + number(1, 8) + std::string(1, '\0') + old_frame("downgraded"));
    return all;
}

/// A server that is secure in some way, and its honest client.
struct stronghold {
    enum class kind { plain, curve, asked };

    explicit stronghold(kind by) : pull(test::make(in, socket_type::pull)), by_(by) {
        if (by_ == kind::plain) pull.set(option::plain_server, true);
        if (by_ == kind::curve) {
            pull.set(option::curve_server, true);
            pull.set(option::curve_secret_key, keys.secret_half.z85());
        }
        if (by_ == kind::asked) pull.set(option::zap_domain, "some");
        pull.bind(own_door());
        where = pull.last_endpoint();
    }
    ~stronghold() {
        if (by_ == kind::plain) return;  // without a handler it lets in nobody
        auto honest = test::make(in, socket_type::push);
        if (by_ == kind::curve) {
            const auto own = key_pair::generate();
            honest.set(option::curve_server_key, keys.public_half.z85());
            honest.set(option::curve_public_key, own.public_half.z85());
            honest.set(option::curve_secret_key, own.secret_half.z85());
        }
        honest.connect(where);
        honest.send("honest");
        CHECK(test::received(pull) == "honest");
    }
    stronghold(const stronghold&) = delete;
    stronghold& operator=(const stronghold&) = delete;

    void shuts_out(const std::string& octets) {
        const raw_peer peer(where);
        (void)peer.give(octets);
        CHECK(peer.was_shut_out());
        hears_nothing();
    }
    void hears_nothing() {
        std::error_code error;
        (void)pull.receive(zither::wait::never, error);
        CHECK(error == errc::again);
    }

    context in;
    key_pair keys = key_pair::generate();
    zither::socket pull;
    std::string where;

private:
    kind by_;
};

/// What a client with a message says to a server that answers so, until it goes.
std::string said_to(const std::string& answer, bool curve) {
    std::uint16_t port = 0;
    const int listener = test::listen_on_loopback(port, test::own_loopback_address());
    context in;
    auto client = test::make(in, socket_type::push);
    client.set(option::handshake_interval, 200ms);
    if (curve) {
        const auto own = key_pair::generate();
        client.set(option::curve_server_key, key_pair::generate().public_half.z85());
        client.set(option::curve_public_key, own.public_half.z85());
        client.set(option::curve_secret_key, own.secret_half.z85());
    } else {
        client.set(option::plain_username, "user");
        client.set(option::plain_password, "the password");
    }
    client.connect("tcp://" + test::own_loopback_name() + ":" + std::to_string(port));
    client.send("the message");
    const int peer = ::accept(listener, nullptr, nullptr);
    REQUIRE(peer >= 0);
    (void)::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    std::string all;
    char some[4096];
    for (ssize_t got = 0; (got = ::recv(peer, some, sizeof some, 0)) > 0;)
        all.append(some, static_cast<std::size_t>(got));
    ::close(peer);
    ::close(listener);
    return all;
}

constexpr stronghold::kind all_kinds[] = {stronghold::kind::plain, stronghold::kind::curve,
                                          stronghold::kind::asked};

}  // namespace

TEST_CASE("CVE-2014-7202: a secure server lets in nobody by a weaker mechanism") {
    const auto by = GENERATE(from_range(std::begin(all_kinds), std::end(all_kinds)));
    stronghold of(by);
    for (const char minor : {'\0', '\1', '\7'})
        for (const auto* mechanism : {"NULL", "PLAIN", "CURVE", "", "null", "GSSAPI"}) {
            const bool own = (by == stronghold::kind::plain && std::string(mechanism) == "PLAIN") ||
                             (by == stronghold::kind::curve && std::string(mechanism) == "CURVE") ||
                             (by == stronghold::kind::asked && std::string(mechanism) == "NULL");
            CAPTURE(mechanism, static_cast<int>(minor));
            if (!own) of.shuts_out(greeting_of(mechanism, minor) + push_ready + frame(0, "downgraded"));
        }
    // Its own mechanism by name, and none by what follows.
    if (by == stronghold::kind::plain) of.shuts_out(greeting("PLAIN") + push_ready + frame(0, "downgraded"));
    if (by == stronghold::kind::curve) of.shuts_out(greeting("CURVE") + push_ready + frame(0, "downgraded"));
}

TEST_CASE("CVE-2014-7202: a secure client tells nothing to a server of a weaker mechanism") {
    const bool curve = GENERATE(true, false);
    const auto* mechanism = GENERATE("NULL", "PLAIN", "CURVE");
    if (std::string(mechanism) == (curve ? "CURVE" : "PLAIN")) return;
    const auto said = said_to(greeting(mechanism) + command("WELCOME", "") + pull_ready, curve);
    CHECK(said.find("the message") == std::string::npos);
    CHECK(said.find("the password") == std::string::npos);
}

TEST_CASE("CVE-2014-9721: a secure server lets in no peer of ZMTP 2.0 or 1.0") {
    stronghold of(GENERATE(from_range(std::begin(all_kinds), std::end(all_kinds))));
    for (const auto& said : old_peers()) of.shuts_out(said);
}

TEST_CASE("CVE-2014-9721: a secure client tells nothing to a server of ZMTP 2.0 or 1.0") {
    const bool curve = GENERATE(true, false);
    for (const auto& answer : {signature + '\1' + '\7' + std::string(2, '\0'),
                               signature + '\0' + '\7' + std::string(2, '\0'), std::string("\1\0", 2)}) {
        const auto said = said_to(answer, curve);
        CHECK(said.find("the message") == std::string::npos);
        CHECK(said.find("the password") == std::string::npos);
    }
}

TEST_CASE(
    "CVE-2014-7203: a CURVE message again, or after a later one, is not heard, and ends the connection") {
    stronghold of(stronghold::kind::curve);
    curve_peer peer(of.where, of.keys.public_half);
    peer.shake_hands();
    REQUIRE(peer.in());
    const auto first = peer.sealed("first"), second = peer.sealed("second"), third = peer.sealed("third");
    const std::pair<std::string, std::vector<std::string>> cases[] = {
        {first + first, {"first"}},
        {first + second + first, {"first", "second"}},
        {second + first, {"second"}},
        {first + second + third + second, {"first", "second", "third"}}};
    const auto& [said, heard] = cases[GENERATE(0, 1, 2, 3)];
    REQUIRE(peer.wire.give(said));
    for (const auto& each : heard) CHECK(test::received(of.pull) == each);
    CHECK(peer.wire.was_shut_out());
    of.hears_nothing();
}

TEST_CASE("CVE-2014-7203: what was recorded of one connection opens no other") {
    stronghold of(stronghold::kind::curve);
    std::string recorded;
    {
        curve_peer peer(of.where, of.keys.public_half);
        recorded = peer.shake_hands();
        REQUIRE(peer.in());
        const auto message = peer.sealed("once");
        recorded += message;
        REQUIRE(peer.wire.give(message));
        CHECK(test::received(of.pull) == "once");
    }
    of.shuts_out(recorded);
    // Piece by piece, as the server's answers ask for it: INITIATE is for the cookie it came with.
    const raw_peer patient(of.where);
    REQUIRE(patient.give(recorded.substr(0, 64 + 2 + 200)));
    std::string answered;
    while (answered.size() < 64 + 2 + 168) {
        const auto more = patient.hear();
        REQUIRE_FALSE(more.empty());
        answered += more;
    }
    (void)patient.give(recorded.substr(64 + 2 + 200));
    CHECK(patient.was_shut_out());
    of.hears_nothing();
}

TEST_CASE("CVE-2014-7203: no two CURVE messages of one side have one nonce") {
    stronghold of(stronghold::kind::curve);
    curve_peer peer(of.where, of.keys.public_half);
    peer.shake_hands();
    std::uint64_t last = 2;  // INITIATE's
    for (int i = 0; i < 1000; ++i) {
        const auto sealed = peer.sealed("same");
        std::uint64_t counter = 0;
        for (std::size_t at = 10; at < 18; ++at)
            counter = counter << 8 | static_cast<unsigned char>(sealed[at]);
        REQUIRE(counter > last);
        last = counter;
    }
}

TEST_CASE("CVE-2019-13132: a CURVE client's metadata may be long, and too long ends its connection alone") {
    stronghold of(stronghold::kind::curve);
    for (const std::size_t size : {400u, 500u, 512u, 513u, 600u, 5000u, 60000u, 70000u}) {
        CAPTURE(size);
        curve_peer peer(of.where, of.keys.public_half, {{"X-much", std::string(size, 'm')}});
        peer.shake_hands();
        CHECK(peer.in() == (size < 65000));
        if (!peer.in()) continue;
        REQUIRE(peer.wire.give(peer.sealed("in")));
        const auto got = of.pull.receive();
        CHECK(got.text() == "in");
        CHECK((got.peer() && got.peer()->find("X-much") && got.peer()->find("X-much")->size() == size));
    }
}

TEST_CASE("CVE-2020-15166: strangers that stop anywhere before a CURVE server knows them block nobody") {
    stronghold of(stronghold::kind::curve);
    std::vector<raw_peer> idle;
    const auto hello = command("HELLO", std::string("\1\0", 2) + std::string(192, 'x'));
    for (const auto& said : {std::string(), signature, signature + '\1' + '\x08', greeting("CURVE"),
                             greeting("CURVE") + hello.substr(0, 100), greeting("CURVE") + "\x06"}) {
        idle.emplace_back(of.where);
        REQUIRE(idle.back().give(said));
    }
    auto honest = test::make(of.in, socket_type::push);
    const auto own = key_pair::generate();
    honest.set(option::curve_server_key, of.keys.public_half.z85());
    honest.set(option::curve_public_key, own.public_half.z85());
    honest.set(option::curve_secret_key, own.secret_half.z85());
    honest.connect(of.where);
    honest.send("past them");
    CHECK(test::received(of.pull) == "past them");
    for (const auto& each : idle) (void)each.give("and more");
    honest.send("and again");
    CHECK(test::received(of.pull) == "and again");
}

TEST_CASE("CVE-2020-15166: questions to a ZAP handler that are not answered block no other's") {
    context in;
    auto handler = test::make(in, socket_type::router);
    handler.bind("inproc://zeromq.zap.01");
    auto pull = test::make(in, socket_type::pull);
    pull.set(option::plain_server, true);
    pull.bind(own_door());
    std::vector<raw_peer> waiting;
    for (int i = 0; i < 5; ++i) {
        waiting.emplace_back(pull.last_endpoint());
        REQUIRE(waiting.back().give(greeting("PLAIN") +
                                    command("HELLO", std::string("\x01") + "a" + "\x01" + "b")));
        CHECK(test::received_all(handler).find("PLAIN") != std::string::npos);
    }
    auto honest = test::make(in, socket_type::push);
    honest.set(option::plain_username, "honest");
    honest.set(option::plain_password, "truly");
    honest.connect(pull.last_endpoint());
    honest.send("in");
    auto asked = handler.receive_multipart();
    REQUIRE(asked.size() >= 9);
    multipart reply;
    for (std::size_t i = 0; i < 4; ++i) reply.push_back(std::move(asked[i]));  // envelope, version, id
    for (const auto* each : {"200", "", "honest", ""}) reply.emplace_back(std::string_view(each));
    handler.send(std::move(reply));
    CHECK(test::received(pull) == "in");
}

TEST_CASE("CVE-2020-36400: frames cut anywhere, whatever one read takes, go into no memory but their own") {
    context in;
    auto pull = test::make(in, socket_type::pull);
    const int batch = GENERATE(0, 1, 7, 100, 8192);
    if (batch > 0) pull.set(option::in_batch_size, batch);
    pull.set(option::receive_high_water_mark, 0);
    pull.bind(own_door());
    // Around the sizes at which libzmq's buffers and ours end.
    std::vector<std::size_t> sizes{0, 1, 254, 255, 256, 257};
    for (const std::size_t edge : {8192u, 16384u, 65536u})
        for (std::size_t size = edge - 20; size < edge + 12; size += batch == 1 ? 8 : 3)
            sizes.push_back(size);
    std::string all = handshake("PUSH");
    for (const auto size : sizes) all += frame(0, test::body_of(size, static_cast<unsigned>(size)));
    const raw_peer peer(pull.last_endpoint());
    std::thread sending([&] {
        std::string_view rest = all;
        for (std::size_t piece = 1; !rest.empty(); piece = piece * 5 % 8209 + 1) {
            if (!peer.give(rest.substr(0, piece))) return;
            rest.remove_prefix(std::min(piece, rest.size()));
        }
    });
    for (const auto size : sizes) {
        const auto got = pull.receive();
        CHECK(got.size() == size);
        CHECK(got.text() == test::body_of(size, static_cast<unsigned>(size)));
    }
    sending.join();
}
