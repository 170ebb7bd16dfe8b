// Two ends of TLS in memory: no socket, no thread, every octet under the test's control.
#include "certificates.hpp"

#include "zither/transport/sealed_stream.hpp"
#include "zither/transport/tls.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace zither;
using namespace zither::transport;
using zither::test::authority;
using phase = stream_seal::phase;

namespace {

const authority& root() {
    static const authority one;
    return one;
}

tls_settings serving(const test::identity& by) {
    tls_settings made;
    made.certificates = by.certificate;
    made.key = by.key;
    return made;
}
tls_settings trusting(const std::string& whom) {
    tls_settings made;
    made.trusted = whom;
    return made;
}

std::unique_ptr<stream_seal> end_of(const tls_settings& by, tls_role role,
                                    std::string_view host = "localhost") {
    std::shared_ptr<const tls_context> context;
    REQUIRE(tls_context::create(by, role, host, context) == errc::ok);
    auto made = context->make_seal();
    REQUIRE(made);
    return made;
}

std::string open(stream_seal& by, zmtp::bytes wire) {
    std::string room(wire.size() + stream_seal::held_max, '\0');
    const iovec into{room.data(), room.size()};
    room.resize(by.open(wire, {&into, 1}));
    return room;
}

/// What one end has to say, given to the other, some octets at a time.
std::string carry(stream_seal& from, stream_seal& to, std::size_t step = ~std::size_t{0}) {
    std::vector<std::byte> wire;
    from.take_output(wire);
    std::string heard;
    for (std::size_t at = 0; at < wire.size(); at += std::min(step, wire.size() - at))
        heard += open(to, zmtp::bytes(wire).subspan(at, std::min(step, wire.size() - at)));
    return heard;
}

struct ends {
    explicit ends(const tls_settings& served = serving(root().vouch_for({})),
                  const tls_settings& trusts = trusting(root().certificate()),
                  std::string_view host = "localhost")
        : server(end_of(served, tls_role::server)), client(end_of(trusts, tls_role::client, host)) {}

    void shake(std::size_t step = ~std::size_t{0}) const {
        while (client->has_output() || server->has_output()) {
            CHECK(carry(*client, *server, step).empty());
            CHECK(carry(*server, *client, step).empty());
        }
    }
    [[nodiscard]] bool agreed() const {
        return client->state() == phase::sealing && server->state() == phase::sealing;
    }

    std::unique_ptr<stream_seal> server;
    std::unique_ptr<stream_seal> client;
};

std::string body_of(std::size_t size) {
    std::string made(size, '\0');
    unsigned state = 1;
    for (auto& each : made) each = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
    return made;
}

tls_settings with_certificate(tls_settings to, const test::identity& own) {
    to.certificates = own.certificate;
    to.key = own.key;
    return to;
}

}  // namespace

TEST_CASE("two ends agree and hear each other, wherever the octets are split") {
    const std::size_t step = GENERATE(1u, 2u, 3u, 5u, 64u, 1000u, 100000u);
    CAPTURE(step);
    const ends both;
    both.shake(step);
    REQUIRE(both.agreed());
    for (const std::size_t size : {1u, 2u, 1000u, 16383u, 16384u}) {
        const auto said = body_of(size);
        REQUIRE(both.client->seal(zmtp::as_bytes(said)));
        CHECK((carry(*both.client, *both.server, step) == said));
        REQUIRE(both.server->seal(zmtp::as_bytes(said)));
        CHECK((carry(*both.server, *both.client, step) == said));
    }
}

TEST_CASE("what is sealed is not on the wire") {
    const ends both;
    both.shake();
    const std::string said = "nobody else shall read this";
    REQUIRE(both.client->seal(zmtp::as_bytes(said)));
    std::vector<std::byte> wire;
    both.client->take_output(wire);
    CHECK(zmtp::as_text(wire).find(said.substr(0, 8)) == std::string_view::npos);
    CHECK(open(*both.server, wire) == said);
}

TEST_CASE("a changed octet ends it, wherever it stands in a record, and nothing of that record is heard") {
    for (std::size_t at = 0; at < 120; ++at) {
        CAPTURE(at);
        const ends both;
        both.shake();
        REQUIRE(both.client->seal(zmtp::as_bytes(body_of(100))));
        std::vector<std::byte> wire;
        both.client->take_output(wire);
        REQUIRE(wire.size() >= 120);
        wire[at] ^= std::byte{1};
        // A longer record is waited for; more octets come.
        wire.resize(wire.size() + 600);
        CHECK(open(*both.server, wire).empty());
        CHECK(both.server->state() == phase::over);
        CHECK(both.server->has_output());  // an alert
    }
}

TEST_CASE("a record that is dropped, doubled or swapped with another ends it") {
    const ends both;
    both.shake();
    std::vector<std::byte> one, two;
    REQUIRE(both.client->seal(zmtp::as_bytes("one")));
    both.client->take_output(one);
    REQUIRE(both.client->seal(zmtp::as_bytes("two")));
    both.client->take_output(two);
    SECTION("dropped") { CHECK(open(*both.server, two).empty()); }
    SECTION("doubled") {
        CHECK(open(*both.server, one) == "one");
        CHECK(open(*both.server, one).empty());
    }
    CHECK(both.server->state() == phase::over);
    CHECK(both.server->reason().who == zmtp::blame::misbehaved);
}

TEST_CASE("nonsense, other protocols and records beyond the limit are no TLS") {
    const auto said = GENERATE(std::string(64, '\0'), std::string("GET / HTTP/1.1\r\n\r\n"),
                               std::string("\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL", 16) + std::string(48, '\0'),
                               std::string("\x16\x03\x01\xff\xff\x01", 6) + std::string(64, 'x'));
    const ends both;
    CHECK(open(*both.server, zmtp::as_bytes(said)).empty());
    CHECK(both.server->state() == phase::over);
    const ends others;
    CHECK(open(*others.client, zmtp::as_bytes(said)).empty());
    CHECK(others.client->state() == phase::over);
}

TEST_CASE("a handshake tampered with at any octet never leads two ends to agree") {
    const ends whole;
    std::vector<std::byte> hello;
    whole.client->take_output(hello);
    for (std::size_t at = 0; at < hello.size(); at += 7) {
        CAPTURE(at);
        const ends both;
        std::vector<std::byte> wire;
        both.client->take_output(wire);
        wire[std::min(at, wire.size() - 1)] ^= std::byte{0x40};
        (void)open(*both.server, wire);
        both.shake();
        CHECK_FALSE(both.agreed());
    }
}

TEST_CASE("a client believes only who is vouched for, in time, for this, and by that name") {
    const authority foreign("foreign");
    const auto trust = trusting(root().certificate());
    const auto refused = [&](const test::identity& shown, std::string_view host = "localhost") {
        const ends both(serving(shown), trust, host);
        both.shake();
        CHECK_FALSE(both.client->state() == phase::sealing);
        CHECK_FALSE(both.server->state() == phase::sealing);
        CHECK(both.client->reason().who == zmtp::blame::denied);
        CHECK(both.server->reason().who == zmtp::blame::incompatible);  // the alert
    };
    SECTION("by another") { refused(foreign.vouch_for({})); }
    SECTION("by itself") { refused(test::self_signed({})); }
    SECTION("no longer") {
        refused(root().vouch_for({"server", "DNS:localhost", "serverAuth", -7200, 3600}));
    }
    SECTION("not yet") { refused(root().vouch_for({"server", "DNS:localhost", "serverAuth", 3600})); }
    SECTION("as a client") { refused(root().vouch_for({"server", "DNS:localhost", "clientAuth"})); }
    SECTION("another name") { refused(root().vouch_for({"server", "DNS:other.example"})); }
    SECTION("another address") { refused(root().vouch_for({}), "127.0.0.2"); }
    SECTION("a common name is no host's") { refused(root().vouch_for({"localhost", ""})); }
    SECTION("an address is no name") { refused(root().vouch_for({"server", "DNS:127.0.0.1"}), "127.0.0.1"); }
}

TEST_CASE("names and addresses that fit are accepted") {
    const auto trust = trusting(root().certificate());
    const auto accepted = [&](const test::identity& shown, const tls_settings& by, std::string_view host) {
        const ends both(serving(shown), by, host);
        both.shake();
        return both.agreed();
    };
    CHECK(accepted(root().vouch_for({}), trust, "127.0.0.1"));
    CHECK(accepted(root().vouch_for({"s", "IP:::1"}), trust, "::1"));
    CHECK(accepted(root().vouch_for({"s", "DNS:*.example.org"}), trust, "a.example.org"));
    CHECK_FALSE(accepted(root().vouch_for({"s", "DNS:*.example.org"}), trust, "a.b.example.org"));
    auto named = trust;
    named.hostname = "localhost";
    CHECK(accepted(root().vouch_for({}), named, "10.0.0.1"));
    named.hostname = "*";
    CHECK(accepted(root().vouch_for({"s", "DNS:elsewhere"}), named, "10.0.0.1"));
    const auto own = test::self_signed({});
    CHECK(accepted(own, trusting(own.certificate), "localhost"));
}

TEST_CASE("a server asks its clients who they are, and knows them by their subject") {
    auto served = serving(root().vouch_for({}));
    served.trusted = root().certificate();
    const auto trust = trusting(root().certificate());
    const auto met = [&](const tls_settings& client) {
        ends both(served, client);
        both.shake();
        return both;
    };
    SECTION("one that it trusts") {
        const auto both = met(with_certificate(trust, root().vouch_for(test::client("alice, é"))));
        REQUIRE(both.agreed());
        CHECK(both.server->peer_name() == "CN=alice\\, é,O=Zither\\, tested");
        CHECK(both.client->peer_name().empty());
    }
    SECTION("none at all") {
        const auto both = met(trust);
        CHECK(both.server->state() == phase::over);
        CHECK(both.server->reason().who == zmtp::blame::denied);
        CHECK(both.client->state() == phase::over);
        CHECK(both.client->reason().retry());
    }
    SECTION("one that nobody vouched for") {
        const auto both = met(with_certificate(trust, test::self_signed(test::client("alice"))));
        CHECK(both.server->reason().who == zmtp::blame::denied);
    }
    SECTION("one that is a server's") {
        const auto both = met(with_certificate(trust, root().vouch_for({"alice"})));
        CHECK(both.server->reason().who == zmtp::blame::denied);
    }
    SECTION("none is well when one is only offered") {
        served.from_clients = tls_settings::wanted::offered;
        const auto both = met(trust);
        CHECK(both.agreed());
        CHECK(both.server->peer_name().empty());
        const auto named = met(with_certificate(trust, root().vouch_for(test::client("bob"))));
        CHECK(named.server->peer_name() == "CN=bob,O=Zither\\, tested");
        const auto wrong = met(with_certificate(trust, test::self_signed(test::client("bob"))));
        CHECK(wrong.server->state() == phase::over);
    }
    SECTION("who is not asked has no name") {
        served.from_clients = tls_settings::wanted::nothing;
        const auto both = met(with_certificate(trust, root().vouch_for(test::client("bob"))));
        CHECK(both.agreed());
        CHECK(both.server->peer_name().empty());
    }
}

TEST_CASE("settings that do not fit together are refused before any connection") {
    std::shared_ptr<const tls_context> made;
    const auto own = root().vouch_for({});
    const auto create = [&](const tls_settings& by, tls_role role, std::string_view host = "localhost") {
        return tls_context::create(by, role, host, made);
    };
    CHECK(create({}, tls_role::server) == errc::invalid_argument);
    CHECK(create({}, tls_role::client) == errc::invalid_argument);  // it trusts nobody
    auto mixed = serving(own);
    mixed.key = root().vouch_for({}).key;
    CHECK(create(mixed, tls_role::server) == errc::invalid_argument);
    auto half = trusting(root().certificate());
    half.certificates = own.certificate;
    CHECK(create(half, tls_role::client) == errc::invalid_argument);
    auto asking = serving(own);
    asking.from_clients = tls_settings::wanted::required;
    CHECK(create(asking, tls_role::server) == errc::invalid_argument);  // and would trust no answer
    CHECK(create(trusting(root().certificate()), tls_role::client, "") == errc::invalid_argument);
    CHECK_FALSE(made);
    CHECK(check_certificates("no certificate") == errc::invalid_argument);
    CHECK(check_certificates(own.key) == errc::invalid_argument);
    CHECK(check_certificates(own.certificate + root().certificate()) == errc::ok);
    CHECK(check_certificates(own.certificate + own.certificate.substr(0, 200)) == errc::invalid_argument);
    CHECK(check_private_key(own.certificate) == errc::invalid_argument);
    CHECK(check_private_key(own.key) == errc::ok);
}

TEST_CASE("the last record ends the conversation, and only then") {
    const ends both;
    both.shake();
    REQUIRE(both.client->seal(zmtp::as_bytes("last words")));
    both.client->end();
    CHECK(carry(*both.client, *both.server) == "last words");
    CHECK(both.server->state() == phase::over);
    CHECK(both.server->reason().who == zmtp::blame::nobody);
    CHECK_FALSE(both.client->seal(zmtp::as_bytes("more")));
}

TEST_CASE("more than there is room for is an error and not an overflow") {
    const ends both;
    both.shake();
    REQUIRE(both.client->seal(zmtp::as_bytes(body_of(1000))));
    std::vector<std::byte> wire;
    both.client->take_output(wire);
    char small[10];
    const iovec into{small, sizeof small};
    CHECK(both.server->open(wire, {&into, 1}) == sizeof small);
    CHECK(both.server->state() == phase::over);
}

TEST_CASE("octets count as written when the whole record is") {
    ends both;
    both.shake();
    sealed_stream stream(std::move(both.client));
    const auto small = body_of(100);
    const auto large = body_of(20000);
    auto piece = [](const std::string& of) { return iovec{const_cast<char*>(of.data()), of.size()}; };
    const std::vector<iovec> list{piece(small), piece(large), piece(small)};
    stream.fill(list);
    const auto whole = stream.to_write().size();
    REQUIRE(whole > 20200);
    std::string heard;
    std::size_t written = 0;
    while (!stream.written()) {
        const auto next = stream.to_write().first(std::min<std::size_t>(stream.to_write().size(), 999));
        heard += open(*both.server, next);
        written += stream.wrote(next.size());
        // The peer can have exactly that.
        CHECK(written == heard.size());
    }
    CHECK((heard == small + large + small));
}

TEST_CASE("one batch is bounded") {
    ends both;
    both.shake();
    sealed_stream stream(std::move(both.client));
    const auto huge = body_of(5 << 20);
    const iovec all{const_cast<char*>(huge.data()), huge.size()};
    stream.fill({&all, 1});
    CHECK(stream.to_write().size() < 70000);
    CHECK((open(*both.server, stream.to_write()) == huge.substr(0, 65536)));
    CHECK(stream.wrote(stream.to_write().size()) == 65536);
}
