// A CURVE server's list of clients, and its keys while they are rotated, as a user of the C++ API meets them.
#include "endpoints.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <cstring>
#include <string>
#include <thread>

using namespace zither;
using namespace zither::test;

namespace {

zither::socket client_of(context& in, const key_pair& own, const key& server, const std::string& where) {
    auto made = make(in, socket_type::push);
    made.set(option::curve_server_key, server.z85());
    made.set(option::curve_public_key, own.public_half.z85());
    made.set(option::curve_secret_key, own.secret_half.z85());
    made.set(option::reconnect_interval, 1ms);
    made.connect(where);
    return made;
}

/// What became of a socket's handshakes: a monitor's event and its value.
class outcomes {
public:
    outcomes(context& in, zither::socket& of) : pair_(make(in, socket_type::pair)) {
        using namespace sockets::monitor_event;
        const auto where = "inproc://" + fresh_name();
        REQUIRE(of.object()->monitor(where.c_str(), handshake_succeeded | handshake_failed_auth |
                                                        handshake_failed_protocol) == errc::ok);
        pair_.connect(where);
    }
    std::pair<int, std::uint32_t> next() {
        const auto parts = pair_.receive_multipart();
        std::uint16_t number = 0;
        std::uint32_t value = 0;
        std::memcpy(&number, parts.at(0).data(), sizeof number);
        std::memcpy(&value, parts.at(0).data() + sizeof number, sizeof value);
        return {number, number == sockets::monitor_event::handshake_succeeded ? 0 : value};
    }

private:
    zither::socket pair_;
};

using outcome = std::pair<int, std::uint32_t>;
const outcome succeeded{sockets::monitor_event::handshake_succeeded, 0};
const outcome denied{sockets::monitor_event::handshake_failed_auth, 400};
const outcome forged{sockets::monitor_event::handshake_failed_protocol, 0x11000001};

std::string user_of(const message& part) {
    const auto* found = part.peer() ? part.peer()->find("User-Id") : nullptr;
    return found ? std::string(*found) : "<nobody>";
}

}  // namespace

TEST_CASE("a list of clients lets in who is listed, by name, and may change while the socket is bound") {
    context in;
    const auto keys = key_pair::generate();
    const auto list = std::make_shared<curve_allow_list>();
    const auto alice = key_pair::generate(), bob = key_pair::generate();
    list->add(alice.public_half, "alice");
    auto pull = make(in, socket_type::pull);
    pull.set(option::curve_secret_key, keys.secret_half.z85());
    pull.allow_curve_clients(list);
    CHECK(pull.get(option::curve_server));
    outcomes seen(in, pull);
    pull.bind("tcp://127.0.0.1:*");
    const auto where = pull.last_endpoint();

    auto from_alice = client_of(in, alice, keys.public_half, where);
    from_alice.send("hello");
    auto got = pull.receive();
    CHECK(got.text() == "hello");
    CHECK(user_of(got) == "alice");
    CHECK(seen.next() == succeeded);

    {
        auto from_bob = make(in, socket_type::push);
        outcomes seen_by_bob(in, from_bob);
        from_bob.set(option::curve_server_key, keys.public_half.z85());
        from_bob.set(option::curve_public_key, bob.public_half.z85());
        from_bob.set(option::curve_secret_key, bob.secret_half.z85());
        from_bob.connect(where);
        from_bob.send("let me in");
        CHECK(seen.next() == denied);
        CHECK(seen_by_bob.next() == denied);
    }

    list->add(bob.public_half, "bob");
    auto from_bob = client_of(in, bob, keys.public_half, where);
    from_bob.send("and now");
    got = pull.receive();
    CHECK(got.text() == "and now");
    CHECK(user_of(got) == "bob");
    CHECK(seen.next() == succeeded);

    // Who is in stays in; who comes again does not.
    CHECK(list->remove(alice.public_half));
    from_alice.send("still here");
    CHECK(received(pull) == "still here");
    auto again = client_of(in, alice, keys.public_half, where);
    CHECK(seen.next() == denied);
}

TEST_CASE("one list serves many sockets, and changes under their handshakes") {
    context in;
    const auto keys = key_pair::generate();
    const auto list = std::make_shared<curve_allow_list>();
    const auto friendly = key_pair::generate();
    list->add(friendly.public_half, "a friend");
    std::atomic<bool> done{false};
    std::thread changing([&] {
        while (!done) {
            const auto someone = key_pair::generate();
            list->add(someone.public_half);
            list->remove(someone.public_half);
        }
    });
    for (int i = 0; i < 10; ++i) {
        auto pull = make(in, socket_type::pull);
        pull.set(option::curve_secret_key, keys.secret_half.z85());
        pull.allow_curve_clients(list);
        pull.bind("tcp://127.0.0.1:*");
        auto push = client_of(in, friendly, keys.public_half, pull.last_endpoint());
        push.send("hello");
        CHECK(received(pull) == "hello");
    }
    done = true;
    changing.join();
    CHECK(list->size() == 1);
    list->clear();
    CHECK(list->size() == 0);
}

TEST_CASE("a server's keys are rotated without a connection lost") {
    context in;
    const auto first = key_pair::generate(), second = key_pair::generate();
    const auto ring = std::make_shared<curve_keyring>(first);
    auto pull = make(in, socket_type::pull);
    pull.serve_curve(ring);
    outcomes seen(in, pull);
    pull.bind("tcp://127.0.0.1:*");
    const auto where = pull.last_endpoint();
    const auto heard = [&](zither::socket& from, const std::string& what) {
        from.send(what);
        CHECK(received(pull) == what);
    };

    auto before = client_of(in, key_pair::generate(), first.public_half, where);
    heard(before, "before");
    CHECK(seen.next() == succeeded);

    ring->rotate(second);
    heard(before, "through the rotation");
    auto late = client_of(in, key_pair::generate(), first.public_half, where);
    heard(late, "by the old key");
    CHECK(seen.next() == succeeded);
    auto early = client_of(in, key_pair::generate(), second.public_half, where);
    heard(early, "by the new key");
    CHECK(seen.next() == succeeded);

    CHECK(ring->forget_old());
    heard(before, "still the same connection");
    heard(late, "and this");
    heard(early, "and that");
    {
        auto too_late = client_of(in, key_pair::generate(), first.public_half, where);
        CHECK(seen.next() == forged);
    }
    auto after = client_of(in, key_pair::generate(), second.public_half, where);
    after.send("after");
    CHECK(received(pull) == "after");
}

TEST_CASE("keys that are set replace a keyring, and a keyring keys that are set") {
    context in;
    const auto first = key_pair::generate(), second = key_pair::generate();
    auto pull = make(in, socket_type::pull);
    const bool ring_last = GENERATE(true, false);
    if (!ring_last) pull.serve_curve(std::make_shared<curve_keyring>(second));
    pull.set(option::curve_server, true);
    pull.set(option::curve_secret_key, first.secret_half.z85());
    if (ring_last) pull.serve_curve(std::make_shared<curve_keyring>(second));
    pull.bind("tcp://127.0.0.1:*");
    const auto& wanted = ring_last ? second : first;
    auto push = client_of(in, key_pair::generate(), wanted.public_half, pull.last_endpoint());
    push.send("in");
    CHECK(received(pull) == "in");
}

TEST_CASE("a keyring that is none is a mistake, and so is a closed socket's list") {
    context in;
    auto pull = make(in, socket_type::pull);
    CHECK_THROWS_AS(pull.serve_curve(nullptr), std::system_error);
    pull.close();
    CHECK_THROWS_AS(pull.allow_curve_clients(nullptr), std::system_error);
}
