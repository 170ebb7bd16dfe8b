// tls+tcp:// as a user of the C++ API meets it.
#include "certificates.hpp"

#include "../hostile/raw_peer.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <cerrno>
#include <cstring>

using namespace zither;
using namespace zither::test;
namespace told = zither::sockets::monitor_event;

namespace {

const authority& root() {
    static const authority one;
    return one;
}

void show(zither::socket& by, const identity& own) {
    by.set(option::tls_certificate, own.certificate);
    by.set(option::tls_private_key, own.key);
}

zither::socket server(context& in, socket_type type) {
    static const auto own = root().vouch_for({});
    auto made = make(in, type);
    show(made, own);
    return made;
}

zither::socket client(context& in, socket_type type) {
    auto made = make(in, type);
    made.set(option::tls_trust, root().certificate());
    made.set(option::reconnect_interval, 1ms);
    return made;
}

std::string exact() { return "tls+tcp://127.0.0.1:" + std::to_string(free_port()); }

/// What a monitor is told.
class listens {
public:
    listens(context& in, const zither::socket& to, int events) : heard_(make(in, socket_type::pair)) {
        const auto where = "inproc://" + fresh_name();
        REQUIRE(to.object()->monitor(where.c_str(), static_cast<std::uint64_t>(events)) == errc::ok);
        heard_.connect(where);
    }
    struct event {
        int number;
        int value;
        std::string where;
    };
    event next() {
        const auto parts = next_all(heard_);
        REQUIRE(parts.size() == 2);
        std::uint16_t number = 0;
        std::int32_t value = 0;
        std::memcpy(&number, parts[0].data(), sizeof number);
        std::memcpy(&value, parts[0].data() + sizeof number, sizeof value);
        return {number, value, std::string(parts[1].text())};
    }

private:
    zither::socket heard_;
};

/// Bound, and one connected to it.
struct joined {
    joined(context& in, socket_type bound, socket_type connected)
        : one(server(in, bound)), other(client(in, connected)) {
        one.bind("tls+tcp://127.0.0.1:*");
        other.connect(one.last_endpoint());
    }
    zither::socket one;
    zither::socket other;
};

}  // namespace

TEST_CASE("tls: bodies of every size arrive as they were sent, both ways") {
    context in;
    joined pair(in, socket_type::pair, socket_type::pair);
    CHECK_THAT(pair.one.last_endpoint(), Catch::Matches("tls\\+tcp://127\\.0\\.0\\.1:[1-9][0-9]*"));
    for (const std::size_t size :
         {0u, 1u, 40u, 41u, 255u, 256u, 4097u, 16383u, 16384u, 16385u, 65536u, 70000u, 5u << 20}) {
        CAPTURE(size);
        pair.other.send(body_of(size, 1));
        CHECK((next_part(pair.one)->text() == body_of(size, 1)));
        pair.one.send(body_of(size, 2));
        CHECK((next_part(pair.other)->text() == body_of(size, 2)));
    }
}

TEST_CASE("tls: ten thousand messages of varying size keep their order while others come the other way") {
    constexpr unsigned count = 10000;
    const auto size_of = [](unsigned i) { return i % 500 == 0 ? 70000u : (i * 7919u) % 300u; };
    context in;
    joined pair(in, socket_type::pair, socket_type::pair);
    const auto read_all = [&](zither::socket& by, unsigned seed) {
        unsigned right = 0;
        for (unsigned i = 0; i < count; ++i) {
            const auto part = next_part(by);
            if (!part || part->text() != body_of(size_of(i), i + seed)) break;
            ++right;
        }
        return right;
    };
    const auto say_all = [&](zither::socket& by, unsigned seed) {
        for (unsigned i = 0; i < count; ++i) {
            std::error_code error;
            by.send(message(body_of(size_of(i), i + seed)), zither::wait::as_set, error);
            if (error) return;
        }
    };
    std::thread there([&] { say_all(pair.other, 0); });
    std::thread back([&] { say_all(pair.one, 77); });
    unsigned right_back = 0;
    std::thread reads([&] { right_back = read_all(pair.other, 77); });
    const auto right = read_all(pair.one, 0);
    reads.join();
    if (right < count || right_back < count) in.shutdown();
    there.join();
    back.join();
    CHECK(right == count);
    CHECK(right_back == count);
}

TEST_CASE("tls: a request is answered, and a subscriber gets what it asked for") {
    context in;
    joined talk(in, socket_type::rep, socket_type::req);
    for (int i = 0; i < 100; ++i) {
        talk.other.send("question " + std::to_string(i));
        CHECK(received(talk.one) == "question " + std::to_string(i));
        talk.one.send(parts_of({"answer", body_of(30000, 3)}));
        const auto parts = next_all(talk.other);
        REQUIRE(parts.size() == 2);
        CHECK((parts[1].text() == body_of(30000, 3)));
    }
    joined feed(in, socket_type::xpub, socket_type::sub);
    feed.other.subscribe("wanted");
    CHECK(received(feed.one) == "\1wanted");
    feed.one.send("unwanted");
    feed.one.send("wanted: news");
    CHECK(received(feed.other) == "wanted: news");
}

TEST_CASE("tls: small marks, small batches and a slow reader lose nothing") {
    context in;
    auto pull = server(in, socket_type::pull);
    pull.set(option::receive_high_water_mark, 2);
    pull.set(option::in_batch_size, GENERATE(1, 7, 5000));
    pull.bind("tls+tcp://127.0.0.1:*");
    auto push = client(in, socket_type::push);
    push.set(option::send_high_water_mark, 2);
    push.set(option::out_batch_size, GENERATE(1, 4000));
    push.connect(pull.last_endpoint());
    constexpr unsigned count = 300;
    std::thread sender([&] {
        for (unsigned i = 0; i < count; ++i) push.send(body_of(i % 50 == 0 ? 20000 : i, i));
    });
    unsigned right = 0;
    for (unsigned i = 0; i < count; ++i) {
        const auto part = next_part(pull);
        if (!part || part->text() != body_of(i % 50 == 0 ? 20000 : i, i)) break;
        ++right;
    }
    if (right < count) in.shutdown();
    sender.join();
    CHECK(right == count);
}

TEST_CASE("tls: who was sent before the server came, and after it went, is heard") {
    context in;
    const auto at = exact();
    auto push = client(in, socket_type::push);
    push.connect(at);
    push.send("early");
    for (int i = 0; i < 3; ++i) {
        auto pull = server(in, socket_type::pull);
        REQUIRE(eventually([&] { return !error_of([&](auto& error) { pull.bind(at, error); }); }));
        if (i == 0) CHECK(received(pull) == "early");
        CHECK(heard_at_last(push, pull, std::to_string(i)));
    }
}

TEST_CASE("tls: what is queued at close is sent first") {
    context in;
    auto pull = server(in, socket_type::pull);
    pull.bind("tls+tcp://127.0.0.1:*");
    for (int i = 0; i < 5; ++i) {
        auto push = client(in, socket_type::push);
        push.set(option::linger, forever);
        push.connect(pull.last_endpoint());
        push.send(body_of(300000, static_cast<unsigned>(i)));
        push.close();
        CHECK((next_part(pull)->text() == body_of(300000, static_cast<unsigned>(i))));
    }
}

TEST_CASE("tls: a client refuses a server it should not believe, says so, and tries again") {
    context in;
    const authority foreign("foreign");
    auto pull = make(in, socket_type::pull);
    auto push = client(in, socket_type::push);
    const listens heard(in, pull, told::handshake_failed);
    listens failures(in, push, told::handshake_failed);
    identity shown = root().vouch_for({});
    SECTION("of another authority") { shown = foreign.vouch_for({}); }
    SECTION("its own") { shown = self_signed({}); }
    SECTION("expired") { shown = root().vouch_for({"s", "IP:127.0.0.1", "serverAuth", -7200, 3600}); }
    SECTION("of another host") { shown = root().vouch_for({"s", "DNS:localhost"}); }
    SECTION("not of the host expected") { push.set(option::tls_hostname, "elsewhere"); }
    show(pull, shown);
    pull.bind("tls+tcp://127.0.0.1:*");
    push.connect(pull.last_endpoint());
    push.send("secret");
    for (int i = 0; i < 3; ++i) {
        const auto event = failures.next();
        CHECK(event.value == EACCES);
        CHECK(event.where == pull.last_endpoint());
    }
    CHECK_FALSE(pull.receive_for(20ms));
}

TEST_CASE("tls: clients are asked for a certificate, and its subject is their User-Id") {
    context in;
    auto pull = server(in, socket_type::pull);
    pull.set(option::tls_trust, root().certificate());
    listens failures(in, pull, told::handshake_failed);
    pull.bind("tls+tcp://127.0.0.1:*");
    auto nobody = client(in, socket_type::push);
    nobody.connect(pull.last_endpoint());
    nobody.send("from nobody");
    CHECK(failures.next().value == EACCES);
    nobody.close();
    auto forger = client(in, socket_type::push);
    show(forger, self_signed(test::client("alice")));
    forger.connect(pull.last_endpoint());
    forger.send("from a forger");
    auto alice = client(in, socket_type::push);
    show(alice, root().vouch_for(test::client("alice")));
    alice.set(option::metadata, "X-User:mallory");
    alice.connect(pull.last_endpoint());
    alice.send("from alice");
    const auto got = pull.receive();
    CHECK(got.text() == "from alice");
    REQUIRE((got.peer() && got.peer()->find("User-Id")));
    CHECK(*got.peer()->find("User-Id") == "CN=alice,O=Zither\\, tested");
    CHECK_FALSE(pull.receive_for(20ms));
}

TEST_CASE("tls: a handler of ZAP has the last word on clients with certificates") {
    context in;
    auto handler = make(in, socket_type::rep);
    handler.bind("inproc://zeromq.zap.01");
    auto pull = server(in, socket_type::pull);
    pull.set(option::tls_trust, root().certificate());
    pull.set(option::zap_domain, "here");
    pull.bind("tls+tcp://127.0.0.1:*");
    auto alice = client(in, socket_type::push);
    show(alice, root().vouch_for(test::client("alice")));
    alice.connect(pull.last_endpoint());
    alice.send("from alice");
    const std::string named = GENERATE("", "another");
    const auto asked = handler.receive_multipart();
    REQUIRE(asked.size() == 6);
    CHECK(asked[5].text() == "NULL");
    handler.send(parts_of({"1.0", std::string(asked[1].text()), "200", "", named, ""}));
    const auto got = pull.receive();
    REQUIRE((got.peer() && got.peer()->find("User-Id")));
    CHECK(*got.peer()->find("User-Id") == (named.empty() ? "CN=alice,O=Zither\\, tested" : named));
}

TEST_CASE("tls: CURVE goes through it, and its list names the client") {
    context in;
    const auto server_keys = key_pair::generate();
    const auto client_keys = key_pair::generate();
    const auto clients = std::make_shared<curve_allow_list>();
    clients->add(client_keys.public_half, "carol");
    auto pull = server(in, socket_type::pull);
    pull.set(option::tls_trust, root().certificate());
    pull.set(option::curve_server, true);
    pull.set(option::curve_secret_key, server_keys.secret_half.z85());
    pull.allow_curve_clients(clients);
    pull.bind("tls+tcp://127.0.0.1:*");
    auto push = client(in, socket_type::push);
    show(push, root().vouch_for(test::client("alice")));
    push.set(option::curve_server_key, server_keys.public_half.z85());
    push.set(option::curve_public_key, client_keys.public_half.z85());
    push.set(option::curve_secret_key, client_keys.secret_half.z85());
    push.connect(pull.last_endpoint());
    for (const std::size_t size : {0u, 1000u, 16384u, 300000u}) {
        push.send(body_of(size, 5));
        const auto got = next_part(pull);
        REQUIRE(got);
        CHECK((got->text() == body_of(size, 5)));
        CHECK(*got->peer()->find("User-Id") == "carol");
    }
}

TEST_CASE("tls: a peer in the clear is shut out at a TLS door, and hears nothing of ZMTP") {
    context in;
    joined pair(in, socket_type::pull, socket_type::push);
    listens failures(in, pair.one, told::handshake_failed);
    const hostile::raw_peer plain(pair.one.last_endpoint());
    REQUIRE(plain.give(hostile::handshake("PUSH") + hostile::frame(0, "in the clear")));
    std::string heard;
    for (auto more = plain.hear(); !more.empty(); more = plain.hear()) heard += more;
    CHECK(heard.size() < 16);
    CHECK(heard.find("NULL") == std::string::npos);
    CHECK(failures.next().value == EPROTO);
    auto push = make(in, socket_type::push);
    push.connect("tcp" + pair.one.last_endpoint().substr(7));
    push.send("in the clear");
    CHECK(failures.next().value == EPROTO);
    pair.other.send("sealed");
    CHECK(received(pair.one) == "sealed");
    CHECK_FALSE(pair.one.receive_for(20ms));
}

TEST_CASE("tls: a TLS client gives nothing to a door in the clear") {
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind("tcp://127.0.0.1:*");
    auto push = client(in, socket_type::push);
    listens failures(in, push, told::handshake_failed);
    push.connect("tls+" + pull.last_endpoint());
    push.send("secret");
    for (int i = 0; i < 3; ++i) CHECK(failures.next().number == told::handshake_failed);
    push.close();
    // To a socket that speaks 1.0, a ClientHello may look like somebody's message.
    while (const auto heard = pull.receive_for(20ms))
        CHECK(heard->text().find("secret") == std::string_view::npos);
}

TEST_CASE("tls: HANDSHAKE_IVL ends a handshake wherever it stops, its own octets included") {
    context in;
    auto pull = server(in, socket_type::pull);
    pull.set(option::handshake_interval, 50ms);
    listens failures(in, pull, told::handshake_failed);
    pull.bind("tls+tcp://127.0.0.1:*");
    const hostile::raw_peer silent(pull.last_endpoint());
    CHECK(silent.was_shut_out());
    CHECK(failures.next().value == ETIMEDOUT);
    const hostile::raw_peer slow(pull.last_endpoint());
    // The front of a ClientHello that is never whole.
    REQUIRE(slow.give(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)));
    CHECK(slow.was_shut_out());
    CHECK(failures.next().value == ETIMEDOUT);
    auto honest = client(in, socket_type::push);
    honest.connect(pull.last_endpoint());
    CHECK(eventually([&] {
        (void)try_send(honest, "honest");
        return pull.receive_for(1ms).has_value();
    }));
}

TEST_CASE("tls: options that make no sense are refused when set, or at bind and connect") {
    context in;
    const auto own = root().vouch_for({});
    auto one = make(in, socket_type::pair);
    const auto wrong = make_error_code(errc::invalid_argument);
    const auto bind = [&] {
        return error_of([&](auto& error) { one.bind("tls+tcp://127.0.0.1:*", error); });
    };
    const auto connect = [&](const char* where) {
        return error_of([&](auto& error) { one.connect(where, error); });
    };
    CHECK(bind() == wrong);
    CHECK(connect("tls+tcp://127.0.0.1:1") == wrong);
    CHECK_THROWS_AS(one.set(option::tls_certificate, "none"), std::system_error);
    CHECK_THROWS_AS(one.set(option::tls_trust, own.key), std::system_error);
    CHECK_THROWS_AS(one.set(option::tls_private_key, own.certificate), std::system_error);
    CHECK_THROWS_AS(one.set(option::tls_client_certificate, 3), std::system_error);
    CHECK_THROWS_AS(one.get(option::tls_private_key), std::system_error);
    one.set(option::tls_certificate, own.certificate);
    CHECK(bind() == wrong);  // no key
    one.set(option::tls_private_key, root().vouch_for({}).key);
    CHECK(bind() == wrong);  // another's
    one.set(option::tls_private_key, own.key);
    CHECK_FALSE(bind());
    one.set(option::tls_client_certificate, 2);
    CHECK(bind() == wrong);  // and nobody is trusted
    one.set(option::tls_trust, root().certificate());
    CHECK_FALSE(bind());
    CHECK_FALSE(connect("tls+tcp://localhost:1"));
    CHECK(connect("tls+tcp://localhost:*") == wrong);
    CHECK(one.get(option::tls_client_certificate) == 2);
    CHECK(one.get(option::tls_hostname).empty());
    one.set(option::tls_certificate, "");
    CHECK(bind() == wrong);
    auto stream = make(in, socket_type::stream);
    CHECK(error_of([&](auto& error) { stream.bind("tls+tcp://127.0.0.1:*", error); }) ==
          make_error_code(errc::incompatible_protocol));
}

TEST_CASE("tls: unbind and disconnect know the endpoint by its name") {
    context in;
    joined pair(in, socket_type::pull, socket_type::push);
    pair.other.send("one");
    CHECK(received(pair.one) == "one");
    const auto at = pair.one.last_endpoint();
    CHECK(error_of([&](auto& error) { pair.one.unbind(at.substr(4), error); }) ==
          make_error_code(errc::no_such_endpoint));
    CHECK_FALSE(error_of([&](auto& error) { pair.one.unbind(at, error); }));
    CHECK_FALSE(error_of([&](auto& error) { pair.other.disconnect(at, error); }));
}

TEST_CASE("tls: two hundred strangers who stop in the middle cost little, and honest peers are heard") {
    context in;
    joined pair(in, socket_type::pull, socket_type::push);
    pair.other.send("before");
    CHECK(received(pair.one) == "before");
    const auto before = hostile::memory_in_use();
    std::vector<hostile::raw_peer> strangers;
    for (int i = 0; i < 200; ++i) {
        strangers.emplace_back(pair.one.last_endpoint());
        // A ClientHello that claims nearly 128 KiB, and a sixteenth of it.
        std::string hello("\x16\x03\x01\x00\x04\x01\x01\xff\x00", 9);
        hello += std::string("\x16\x03\x01\x20\x00", 5) + std::string(8192, 'x');
        (void)strangers.back().give(hello);
    }
    pair.other.send("meanwhile");
    CHECK(received(pair.one) == "meanwhile");
    const auto after = hostile::memory_in_use();
    CHECK((after < before || after - before < hostile::growth_max));
}
