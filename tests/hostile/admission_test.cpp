// What strangers may take before they have shown who they are, and what a monitor is told of it.
#include "curve_peer.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <vector>

#include <malloc.h>

using namespace zither;
using namespace zither::hostile;
using namespace std::chrono_literals;

namespace {

/// A bound socket whose refusals are heard.
class doorway {
public:
    doorway() : pull(test::make(in, socket_type::pull)), told_(test::make(in, socket_type::pair)) {
        const auto where = "inproc://" + test::fresh_name();
        REQUIRE(pull.object()->monitor(where.c_str(), sockets::monitor_event::accept_failed) == errc::ok);
        told_.connect(where);
    }
    raw_peer stranger() const { return raw_peer(pull.last_endpoint()); }
    /// Before it is bound.
    void demand(const std::string& mechanism) {
        curve = mechanism == "CURVE";
        if (mechanism == "PLAIN") pull.set(option::plain_server, true);
        if (!curve) return;
        pull.set(option::curve_server, true);
        pull.set(option::curve_secret_key, keys.secret_half.z85());
    }
    /// Under NULL and CURVE.
    zither::socket honest() {
        auto made = test::make(in, socket_type::push);
        if (curve) be_client(made, keys.public_half);
        made.set(option::reconnect_interval, 1ms);
        made.connect(pull.last_endpoint());
        return made;
    }
    /// Why the next one was refused.
    int refusal() {
        const auto parts = told_.receive_multipart();
        if (parts.size() != 2 || parts[0].size() != 6) return -1;
        CHECK(parts[1].text() == pull.last_endpoint());
        std::uint32_t value = 0;
        std::memcpy(&value, parts[0].data() + 2, sizeof value);
        return static_cast<int>(value);
    }
    bool refused_nobody_more() {
        std::error_code none;
        (void)told_.receive(zither::wait::never, none);
        return none == errc::again;
    }

    context in;
    zither::socket pull;
    const key_pair keys = key_pair::generate();
    bool curve = false;

private:
    zither::socket told_;
};

constexpr std::size_t greeting_size = 64, hello_size = 2 + 200, welcome_size = 2 + 168;

/// A client's greeting, and a HELLO that is good, from anybody and any number of times.
struct good_hello {
    explicit good_hello(const key& server) {
        zmtp::session from(curve_peer::settings(server), zmtp::clock::now());
        (void)from.receive_handshake(zmtp::as_bytes(hostile::greeting("CURVE")), zmtp::clock::now());
        std::vector<std::byte> said;
        from.take_output(said);
        if (said.size() != greeting_size + hello_size) throw std::logic_error("no HELLO");
        greeting = zmtp::as_text(said).substr(0, greeting_size);
        hello = zmtp::as_text(said).substr(greeting_size);
    }
    std::string greeting;
    std::string hello;
};

/// Asked for in one piece, so that no octet of what comes next is among it.
bool hears_octets(const raw_peer& by, std::size_t count) {
    std::string all;
    while (all.size() < count) {
        const auto more = by.hear();
        if (more.empty()) return false;
        all += more;
    }
    return true;
}

/// Of a client that then waits for ZAP's handler.
std::string plain_hello() {
    return greeting("PLAIN") + command("HELLO",
                                       "\x01"
                                       "a"
                                       "\x01"
                                       "b");
}

/// Octets that the allocator gave and did not get back.
std::size_t allocated() { return ::mallinfo2().uordblks; }

void check_heard(doorway& at, zither::socket& from) {
    from.send("honest");
    CHECK(test::received(at.pull) == "honest");
}

}  // namespace

TEST_CASE(
    "hostile 20: strangers beyond HANDSHAKES_MAX are closed at once, and give way to whoever comes later") {
    doorway at;
    at.pull.set(option::handshakes_max, 5);
    at.pull.bind(own_door());
    auto before = at.honest();
    check_heard(at, before);
    std::vector<raw_peer> idle;
    for (int i = 0; i < 5; ++i) idle.push_back(at.stranger());
    CHECK(at.stranger().was_shut_out());
    CHECK(at.refusal() == EBUSY);
    auto after = at.honest();
    after.send("when there is room");
    CHECK(at.refusal() == EBUSY);
    check_heard(at, before);  // who is in stays in
    idle.pop_back();
    CHECK(test::received(at.pull) == "when there is room");
}

TEST_CASE("hostile 21: handshakes that time out give their places back") {
    doorway at;
    at.pull.set(option::handshakes_max, 3);
    at.pull.set(option::handshake_interval, 50ms);
    at.pull.bind(own_door());
    std::vector<raw_peer> idle;
    for (std::size_t i = 0; i < 3; ++i) {
        idle.push_back(at.stranger());
        REQUIRE(idle.back().give(greeting().substr(0, 30 * i)));
    }
    auto honest = at.honest();
    check_heard(at, honest);
    for (const auto& each : idle) CHECK(each.was_shut_out());
}

TEST_CASE("hostile 22: one address has no more connections than ADDRESS_CONNECTIONS_MAX, done or not") {
    doorway at;
    at.pull.set(option::address_connections_max, 3);
    at.pull.bind(own_door());
    auto honest = at.honest();
    check_heard(at, honest);
    std::optional<raw_peer> silent(at.stranger());
    const auto shaken = at.stranger();
    REQUIRE(shaken.give(handshake("PUSH")));
    CHECK(at.stranger().was_shut_out());
    CHECK(at.refusal() == EUSERS);
    check_heard(at, honest);
    silent.reset();
    auto another = at.honest();
    check_heard(at, another);
}

TEST_CASE("hostile 23: beyond HANDSHAKE_RATE nobody is let in for a while, and then again") {
    doorway at;
    at.demand(GENERATE(std::string("NULL"), std::string("CURVE")));
    CAPTURE(at.curve);
    at.pull.set(option::handshake_rate, 20);
    at.pull.bind(own_door());
    const good_hello said(at.keys.public_half);
    // A second's worth is let in at once; a hundred within a second are not.
    std::vector<raw_peer> idle;
    std::size_t answered = 0;
    for (int i = 0; i < 1000 && at.refused_nobody_more(); ++i) {
        idle.push_back(at.stranger());
        if (at.curve)
            answered += idle.back().give(said.greeting + said.hello) &&
                        hears_octets(idle.back(), greeting_size + welcome_size);
    }
    CHECK(idle.size() >= 20);
    CHECK(idle.size() < 1000);
    // No keys are agreed on with who is beyond it.
    CHECK(answered < idle.size());
    CHECK(answered >= (at.curve ? 20 : 0));
    auto honest = at.honest();
    check_heard(at, honest);
}

TEST_CASE("hostile 24: the limits may be changed while a socket is bound, and bound what is there already") {
    doorway at;
    at.pull.bind(own_door());
    CHECK(at.pull.get(option::handshakes_max) == 10000);
    CHECK(at.pull.get(option::handshake_rate) == 0);
    CHECK(at.pull.get(option::address_connections_max) == 0);
    const auto first = at.stranger();
    const auto second = at.stranger();
    auto honest = at.honest();  // accepted after both
    check_heard(at, honest);
    at.pull.set(option::handshakes_max, 2);
    CHECK(at.stranger().was_shut_out());
    CHECK(at.refusal() == EBUSY);
    at.pull.set(option::handshakes_max, 0);
    auto another = at.honest();
    check_heard(at, another);
    CHECK_THROWS_AS(at.pull.set(option::handshakes_max, -1), std::system_error);
}

TEST_CASE("hostile 25: the limits bound ipc peers too, but for their address") {
    doorway at;
    at.pull.set(option::handshakes_max, 1);
    at.pull.set(option::address_connections_max, 1);
    at.pull.bind("ipc://*");
    auto honest = at.honest();
    check_heard(at, honest);
    auto another = at.honest();
    check_heard(at, another);
    CHECK(at.refused_nobody_more());
}

TEST_CASE(
    "hostile 26: HANDSHAKE_IVL ends a handshake in every version, with every mechanism, wherever it stops") {
    const auto mechanism = GENERATE(std::string("NULL"), std::string("PLAIN"), std::string("CURVE"));
    const bool asks = GENERATE(false, true);
    CAPTURE(mechanism, asks);
    doorway at;
    auto handler = test::make(at.in, socket_type::rep);  // asked, it never answers
    if (asks) {
        handler.bind("inproc://zeromq.zap.01");
        at.pull.set(option::zap_domain, "some");
    }
    at.demand(mechanism);
    at.pull.set(option::handshake_interval, 50ms);
    at.pull.bind(own_door());
    std::vector<std::string> said{"",
                                  greeting(mechanism).substr(0, 10),
                                  greeting(mechanism).substr(0, 11),
                                  greeting(mechanism),
                                  greeting(mechanism) + "\x04\x20\x05HEL",
                                  greeting(mechanism) + command("HELLO",
                                                                "\x01"
                                                                "a"
                                                                "\x01"
                                                                "b")
                                                            .substr(0, 9)};
    if (mechanism == "PLAIN" && asks) said.push_back(plain_hello());
    if (mechanism == "NULL") {
        said.push_back("\xff" + std::string(8, '\0') + "\x7f\x01\x08");  // 2.0, without its identity
        said.push_back(said.back() + '\0');                              // a piece of it
        said.push_back("\x05");                                          // 1.0
        said.push_back(
            std::string("\x05\x00"
                        "abc",
                        5));
    }
    std::vector<raw_peer> slow;
    for (const auto& each : said) {
        slow.push_back(at.stranger());
        REQUIRE(slow.back().give(each));
    }
    for (const auto& each : slow) CHECK(each.was_shut_out());
}

TEST_CASE("hostile 27: a peer that never stops talking does not outlive HANDSHAKE_IVL either") {
    const auto [mechanism, verb] = GENERATE(table<std::string, std::string>(
        {{"NULL", "\x05READY"}, {"PLAIN", "\x05HELLO"}, {"CURVE", "\x05HELLO"}, {"CURVE", "\x08INITIATE"}}));
    CAPTURE(mechanism, verb);
    doorway at;
    at.demand(mechanism);
    at.pull.set(option::handshake_interval, 100ms);
    at.pull.bind(own_door());
    const auto talker = at.stranger();
    REQUIRE(talker.give(greeting(mechanism)));
    if (verb == "\x08INITIATE") REQUIRE(talker.give(good_hello(at.keys.public_half).hello));
    // A command of 64 KB, octet by octet, would take a minute and more at this rate.
    REQUIRE(talker.give("\x06" + number(65000, 8) + verb));
    CHECK(test::eventually([&] {
        std::this_thread::yield();
        return !talker.give("x");
    }));
}

TEST_CASE("hostile 28: a stranger holds what it sent, at most twice, and nothing for what it only promised") {
    if (memory_in_use() == 0) return;  // a sanitizer's memory says nothing of ours
    const auto [mechanism, verb] = GENERATE(table<std::string, std::string>(
        {{"NULL", "\x05READY"}, {"CURVE", "\x05HELLO"}, {"CURVE", "\x08INITIATE"}}));
    CAPTURE(mechanism, verb);
    doorway at;
    at.demand(mechanism);
    at.pull.bind(own_door());
    auto honest = at.honest();
    check_heard(at, honest);
    const auto hello = verb == "\x08INITIATE" ? good_hello(at.keys.public_half).hello : "";
    constexpr std::size_t strangers = 300, sent = 60000;
    ::malloc_trim(0);  // what was given back before would be taken again without notice
    const auto before = memory_in_use();
    std::vector<raw_peer> idle;
    for (std::size_t i = 0; i < strangers; ++i) {
        idle.push_back(at.stranger());
        REQUIRE(idle.back().give(greeting(mechanism) + hello + "\x06" + number(65000, 8) + verb));
    }
    check_heard(at, honest);
    const auto promised = memory_in_use();
    CHECK((promised < before || (promised - before) / strangers < 16 * 1024));
    for (const auto& each : idle) REQUIRE(each.give(std::string(sent, 'x')));
    // The allocator and the chunk pool have room of their own for some of it.
    CHECK(test::eventually([&] { return memory_in_use() > before + strangers * sent / 2; }));
    check_heard(at, honest);
    const auto held = (memory_in_use() - before) / strangers;
    CHECK(held < 2 * 65536 + 16 * 1024);
    tell(mechanism + ": " + std::to_string((std::max(promised, before) - before) / strangers) +
         " octets of each stranger, " + std::to_string(held) + " when it had sent " + std::to_string(sent));
}

TEST_CASE(
    "hostile 35: of a good HELLO a CURVE server keeps less than half a kilobyte, however many there are") {
    if (memory_in_use() == 0) return;
    doorway at;
    at.demand("CURVE");
    at.pull.bind(own_door());
    auto honest = at.honest();
    check_heard(at, honest);
    const good_hello said(at.keys.public_half);
    constexpr std::size_t strangers = 300;
    std::vector<raw_peer> idle;
    idle.reserve(strangers);
    const auto before = allocated();
    for (std::size_t i = 0; i < strangers; ++i) {
        idle.push_back(at.stranger());
        REQUIRE(idle.back().give(said.greeting));
        REQUIRE(hears_octets(idle.back(), greeting_size));
    }
    check_heard(at, honest);
    const auto greeted = allocated();
    for (const auto& each : idle) {
        REQUIRE(each.give(said.hello));
        REQUIRE(hears_octets(each, welcome_size));
    }
    check_heard(at, honest);
    const auto welcomed = allocated();
    tell(std::to_string((greeted - before) / strangers) + " octets of each client that is greeted, " +
         std::to_string((welcomed - greeted) / strangers) + " more when its HELLO is answered");
    CHECK((welcomed - greeted) / strangers < 512);
}

TEST_CASE("hostile 36: a flood of good HELLOs gets no memory of a CURVE server, and keeps nobody waiting") {
    const auto keys = key_pair::generate();
    victim of(
        socket_type::pull, socket_type::push,
        [&](zither::socket& by) {
            by.set(option::curve_server, true);
            by.set(option::curve_secret_key, keys.secret_half.z85());
        },
        [&](zither::socket& by) { be_client(by, keys.public_half); });
    of.may_grow(4u << 20);
    const good_hello said(keys.public_half);
    of.talk_under(200, 50, [&] {
        const auto peer = of.attacker();
        return peer.give(said.greeting + said.hello) && hears_octets(peer, greeting_size + welcome_size);
    });
}

TEST_CASE(
    "hostile 29: strangers who ask to be let in, and go, neither fill ZAP's handler nor lock the socket") {
    constexpr std::size_t strangers_max = 30000, at_once = 50, unread_max = 10000;
    context in;
    auto pull = test::make(in, socket_type::pull);
    auto told = test::make(in, socket_type::pair);
    const auto where = "inproc://" + test::fresh_name();
    REQUIRE(pull.object()->monitor(where.c_str(), sockets::monitor_event::handshake_failed_protocol) ==
            errc::ok);
    told.connect(where);
    pull.set(option::plain_server, true);
    pull.set(option::handshake_interval, 0ms);
    pull.bind(own_door());
    auto handler = test::make(in, socket_type::router);
    handler.bind("inproc://zeromq.zap.01");

    // Nobody reads what the handler is asked.
    std::deque<raw_peer> strangers;
    std::error_code none_refused = std::make_error_code(std::errc::operation_would_block);
    std::size_t came = 0;
    for (; none_refused && came < strangers_max; ++came) {
        strangers.emplace_back(pull.last_endpoint());
        REQUIRE(strangers.back().give(plain_hello()));
        if (strangers.size() > at_once) strangers.pop_front();
        (void)told.receive_multipart(zither::wait::never, none_refused);
    }
    CHECK_FALSE(none_refused);
    strangers.clear();

    // It reads on, and answers nobody: what those who went had asked counts no more.
    std::size_t asked = 0;
    const auto next_question = [&](zither::wait how) {
        std::error_code none;
        const auto parts = handler.receive_multipart(how, none);
        if (none) return false;
        ++asked;
        return true;
    };
    while (next_question(zither::wait::never)) {
    }
    CHECK(asked >= unread_max);
    CHECK(asked <= unread_max + at_once + 1);  // the last that came may still have asked meanwhile
    const raw_peer another(pull.last_endpoint());
    REQUIRE(another.give(plain_hello()));
    handler.set(option::receive_timeout, 10s);
    CHECK(next_question(zither::wait::as_set));
}
