// CURVE's traffic in steady state asks for no memory: messages are sealed into the buffer they leave by, and
// opened where they were read.
#include "memory.hpp"

#include "zither/zmtp/curve_command.hpp"
#include "zither/zmtp/session.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <vector>

using namespace zither;
using zither::faults::shortage;

namespace {

using octets = std::vector<std::byte>;

constexpr zmtp::time_point dawn{std::chrono::hours(1)};
constexpr std::size_t messages = 1000;
constexpr std::size_t batch_octets = std::size_t{64} << 10;  // as a connection writes them
constexpr std::array<std::size_t, 6> sizes{0, 1, 40, 255, 1024, 20000};

zmtp::session side(bool server, const key_pair& servers, const key_pair& clients) {
    zmtp::security_settings security;
    security.mechanism = zmtp::security_settings::kind::curve;
    security.as_server = server;
    security.zap_enforce_domain = true;  // without a domain: nobody is asked
    security.secret_key = server ? servers.secret_half : clients.secret_half;
    security.public_key = clients.public_half;
    security.server_key = servers.public_half;
    zmtp::session_settings made;
    made.self.type = server ? socket_type::pull : socket_type::push;
    made.self.security = std::make_shared<zmtp::security_settings>(security);
    return {made, dawn};
}

/// What one has to say goes to the other.
void pass(zmtp::session& from, zmtp::session& to) {
    octets said;
    from.take_output(said);
    REQUIRE(to.receive_handshake(said, dawn) == said.size());
}

struct talk {
    talk() {
        for (int turn = 0; turn < 4; ++turn) {
            pass(client, server);
            pass(server, client);
        }
        REQUIRE(client.state() == zmtp::session::phase::traffic);
        REQUIRE(server.state() == zmtp::session::phase::traffic);
    }
    /// How many messages are heard of those that are said, in batches.
    std::size_t go_on(zmtp::session& from, zmtp::session& to) {
        std::size_t heard = 0;
        wire.clear();
        for (std::size_t i = 1; i <= messages; ++i) {
            from.seal(zmtp::bytes(body).first(sizes[i % sizes.size()]), false, wire);
            if (wire.size() < batch_octets && i < messages) continue;
            heard += to.scan(wire).messages;
            wire.clear();
        }
        return heard;
    }
    /// A large one is opened by itself, when it is whole.
    bool open_large() {
        wire.clear();
        client.seal(body, false, wire);
        const auto header = zmtp::parse_header(wire);
        return header && server.open(std::span(wire).subspan(header->header_size)).ok();
    }

    key_pair servers = (zmtp::curve::prepare(), key_pair::generate());
    key_pair clients = key_pair::generate();
    zmtp::session client = side(false, servers, clients);
    zmtp::session server = side(true, servers, clients);
    octets body = octets(sizes.back(), std::byte{'x'});
    octets wire;
};

/// Counts requests for memory, and refuses none.
template <class Work>
std::uint64_t requests_of(Work&& work) {
    const shortage never(0, 0);
    work();
    return shortage::asked_for();
}

}  // namespace

TEST_CASE("1000 messages are sealed, and 1000 opened, without a request for memory") {
    talk one;
    std::size_t heard = 0;
    const auto talk_both_ways = [&] {
        heard = one.go_on(one.client, one.server) + one.go_on(one.server, one.client);
    };
    talk_both_ways();  // the buffer grows to what a batch needs
    CHECK(requests_of(talk_both_ways) == 0);
    CHECK(heard == 2 * messages);

    bool opened = false;
    CHECK(requests_of([&] { opened = one.open_large(); }) == 0);
    CHECK(opened);
}

TEST_CASE("a request for memory is counted") {
    octets made;
    CHECK(requests_of([&] { made.resize(100); }) == 1);
}
