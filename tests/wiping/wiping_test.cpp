// Passwords and secret keys are in no memory that was given back, nor in the chunks that octets are read
// into.
#include "freed.hpp"

#include "../sockets/endpoints.hpp"

#include "zither/zmtp/session.hpp"

#include <cstring>
#include <deque>
#include <filesystem>
#include <vector>

using namespace zither;
using namespace zither::test;
using namespace zither::wiping;

namespace {

// Longer than what a std::string keeps in itself: the tests' own copies stay as long as they.
const std::string password = "correct horse battery staple";

zmtp::session session_of(bool server) {
    auto security = std::make_shared<zmtp::security_settings>();
    security->mechanism = zmtp::security_settings::kind::plain;
    security->as_server = server;
    security->username = "somebody";
    security->password = password;
    zmtp::session_settings made;
    made.self = {server ? socket_type::pull : socket_type::push, "", {}, std::move(security)};
    return zmtp::session(std::move(made), {});
}

/// Octets on their way, kept until the end: they are the test's.
struct wires {
    std::deque<std::vector<std::byte>> all;
    void carry(zmtp::session& from, zmtp::session& to, std::size_t piece) {
        auto& said = all.emplace_back();
        from.take_output(said);
        for (zmtp::bytes rest(said); !rest.empty();) {
            const auto part = rest.first(std::min(piece, rest.size()));
            (void)to.receive_handshake(part, {});
            rest = rest.subspan(part.size());
        }
    }
};

}  // namespace

TEST_CASE("what is looked for is found where it was not wiped") {
    search_for(password);
    { const std::string copy = password; }
    CHECK(found() == 1);
    { std::vector<std::byte> buffer(zmtp::as_bytes(password).begin(), zmtp::as_bytes(password).end()); }
    CHECK(found() == 2);
    { const zmtp::message part(password + password); }
    CHECK(found() >= 3);
    search_for({});
}

TEST_CASE("what stands anywhere is counted: on the heap, on the stack, in a static") {
    const auto pair = key_pair::generate();
    const zmtp::secret_text secret(zmtp::as_text(pair.secret_half.octets()));
    const auto before = places(secret);
    CHECK(before >= 2);  // the pair's own, on the stack, and the text's, on the heap
    static char copy[key::size];
    std::memcpy(copy, secret.view().data(), sizeof copy);
    CHECK(places(secret) == before + 1);
    zmtp::wipe(copy, sizeof copy);
    CHECK(places(secret) == before);
}

TEST_CASE("a secret text leaves nothing behind, however it grows") {
    search_for(password);
    {
        zmtp::secret_text text{std::string_view(password)};
        auto copy = text;
        for (int i = 0; i < 100; ++i) copy.append("more");
        const auto moved = std::move(copy);
        text = moved;
        CHECK(text == moved);
    }
    CHECK(found() == 0);
    search_for({});
}

TEST_CASE("a PLAIN handshake leaves no password, whole or in pieces, let in or not") {
    const std::size_t piece = GENERATE(std::size_t{1}, std::size_t{5}, std::size_t{100000});
    const bool welcome = GENERATE(true, false);
    wires between;
    search_for(password);
    {
        auto client = session_of(false), server = session_of(true);
        for (int i = 0; i < 5; ++i) {
            between.carry(client, server, piece);
            if (server.asking()) {
                const auto request = server.request();
                CHECK(request.credentials.at(1) == zmtp::secret_text(std::string_view(password)));
                const auto frames = request.frames("1");
                zmtp::zap_reply reply;
                reply.status = welcome ? 200 : 400;
                server.answer(std::move(reply), {});
            }
            between.carry(server, client, piece);
        }
        CHECK((client.state() == zmtp::session::phase::traffic) == welcome);
        CHECK((server.state() == zmtp::session::phase::traffic) == welcome);
    }
    {
        auto unheard = session_of(false);  // ends with HELLO unsent
        auto& greeting = between.all.front();
        (void)unheard.receive_handshake(greeting, {});
        CHECK(unheard.has_output());
    }
    CHECK(found() == 0);
    search_for({});
}

TEST_CASE("PLAIN sockets leave no password, neither the client's nor the server's side") {
    // Other tests leave theirs behind.
    const auto secret = "the password of " + fresh_name();
    const auto own = places(secret);
    search_for(secret);
    {
        context in;
        auto pull = make(in, socket_type::pull);
        pull.set(option::plain_server, true);
        pull.bind("tcp://127.0.0.1:*");
        auto push = make(in, socket_type::push);
        push.set(option::plain_username, "somebody");
        push.set(option::plain_password, secret);
        push.set(option::reconnect_interval, 1ms);
        // Without a handler nobody comes in: the client says it again and again.
        push.connect(pull.last_endpoint());
        CHECK_FALSE(pull.receive_for(100ms));
        push.set(option::plain_password, "another, as long as the one before");
    }
    CHECK(found() == 0);
    CHECK_FALSE(in_a_chunk(secret));
    CHECK(places(secret) <= own);
    search_for({});
}

TEST_CASE("CURVE sockets leave no secret key, as octets or as text") {
    const bool as_text = GENERATE(true, false);
    const bool of_server = GENERATE(true, false);
    const auto server_keys = key_pair::generate(), client_keys = key_pair::generate();
    const auto text_of = [&](const key& half) {
        return as_text ? half.z85() : std::string(zmtp::as_text(half.octets()));
    };
    const auto server_secret = text_of(server_keys.secret_half);
    const auto client_secret = text_of(client_keys.secret_half);
    const auto& watched = of_server ? server_secret : client_secret;
    const auto own = places(watched);
    search_for(watched);
    {
        context in;
        auto pull = make(in, socket_type::pull);
        pull.set(option::curve_server, true);
        pull.set(option::curve_secret_key, server_secret);
        pull.bind("tcp://127.0.0.1:*");
        auto push = make(in, socket_type::push);
        push.set(option::curve_server_key, server_keys.public_half.z85());
        push.set(option::curve_public_key, client_keys.public_half.z85());
        push.set(option::curve_secret_key, client_secret);
        push.connect(pull.last_endpoint());
        push.send("hello");
        CHECK(received(pull) == "hello");
        const auto ring = std::make_shared<curve_keyring>(server_keys);
        ring->rotate(client_keys);
        ring->rotate(key_pair::generate());
        pull.serve_curve(ring);
    }
    CHECK(found() == 0);
    CHECK_FALSE(in_a_chunk(watched));
    CHECK(places(watched) <= own);
    search_for({});
}

TEST_CASE("a secret key with a slip of the pen leaves nothing of what was right in it") {
    const auto secret = key_pair::generate().secret_half;
    const auto right = std::string(zmtp::as_text(secret.octets().first(28)));
    auto text = secret.z85();
    text.back() = ' ';
    search_for(right);
    { (void)key::from(text); }
    CHECK(found() == 0);
    search_for({});
}

TEST_CASE("key files are written and read without leaving the key") {
    const auto pair = key_pair::generate();
    const auto text = pair.secret_half.z85();
    const auto path = (std::filesystem::temp_directory_path() / fresh_name()).string();
    search_for(text);
    save_key_pair(pair, path);
    { CHECK(load_key_pair(path + "_secret").secret_half == pair.secret_half); }
    CHECK(found() == 0);
    search_for({});
    std::filesystem::remove(path);
    std::filesystem::remove(path + "_secret");
}
