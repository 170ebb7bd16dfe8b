// What CURVE makes for one connection is in no memory that was given back while it lived, and in none at all
// at its end: keys, and the plaintexts of a handshake's boxes.
#include "curve_secrets.hpp"
#include "freed.hpp"

#include "../sockets/endpoints.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <memory>
#include <vector>

using namespace zither;
using namespace zither::test;
using namespace zither::wiping;
namespace told = zither::sockets::monitor_event;

namespace {

/// How a handshake ends.
enum class ends { well, unlisted, mistaken };
std::ostream& operator<<(std::ostream& to, ends how) {
    return to << (how == ends::well ? "well" : how == ends::unlisted ? "unlisted" : "mistaken");
}

/// Until a monitor is told of it.
class awaits {
public:
    awaits(context& in, const zither::socket& of, int event) : heard_(make(in, socket_type::pair)) {
        const auto where = "inproc://" + fresh_name();
        REQUIRE(of.object()->monitor(where.c_str(), static_cast<std::uint64_t>(event)) == errc::ok);
        heard_.connect(where);
    }
    bool came() { return next_all(heard_).size() == 2; }

private:
    zither::socket heard_;
};

/// Two sockets, from their making to their end.
void live(const parties& with, ends how) {
    context in;
    auto pull = make(in, socket_type::pull);
    pull.set(option::curve_server, true);
    pull.set(option::curve_secret_key, with.server.secret_half.z85());
    pull.set(option::metadata, "X-Self:" + said_by_server);
    if (how == ends::unlisted) pull.allow_curve_clients(std::make_shared<curve_allow_list>());
    awaits event(in, pull,
                 how == ends::well       ? told::handshake_succeeded
                 : how == ends::unlisted ? told::handshake_failed_auth
                                         : told::handshake_failed_protocol);
    pull.bind("tcp://127.0.0.1:*");
    auto push = make(in, socket_type::push);
    push.set(option::curve_server_key, (how == ends::mistaken ? with.other : with.server).public_half.z85());
    push.set(option::curve_public_key, with.client.public_half.z85());
    push.set(option::curve_secret_key, with.client.secret_half.z85());
    push.set(option::metadata, "X-Self:" + said_by_client);
    push.connect(pull.last_endpoint());
    CHECK(event.came());
    if (how == ends::well) {
        push.send("hello");
        CHECK(received(pull) == "hello");
    }
}

}  // namespace

TEST_CASE("a key that is not wiped is found where it was foreseen") {
    const foreseen numbers;
    const auto secret = numbers.key();
    search_for(secret);
    {
        const auto made = key_pair::generate();
        const std::string copy(zmtp::as_text(made.secret_half.octets()));
        CHECK(numbers.keys_made() == 1);
    }
    CHECK(found() == 1);
    search_for({});
}

TEST_CASE("CURVE sockets leave nothing of what they made for a connection, however it ends") {
    const auto how = GENERATE(ends::well, ends::unlisted, ends::mistaken);
    const parties with;
    const foreseen numbers;
    const auto all = secrets_of(with, numbers);
    // Before anything can have left them behind.
    std::vector<std::size_t> own;
    for (const auto& one : all) own.push_back(places(one.octets));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [what, octets] = all[i];
        CAPTURE(how, what);
        const auto before = numbers.keys_made();
        search_for(octets);
        live(with, how);
        CHECK(found() == 0);
        CHECK(places(octets) <= own[i]);
        CHECK_FALSE(in_a_chunk(octets));
        search_for({});
        // The client's; the server's; the cookie's.
        CHECK(numbers.keys_made() >= before + (how == ends::mistaken ? 1 : 3));
    }
}
