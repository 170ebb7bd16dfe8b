// What strangers may take before they have shown who they are, and what a monitor is told of it.
#include "raw_peer.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <vector>

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
    zither::socket honest() {
        auto made = test::make(in, socket_type::push);
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

private:
    zither::socket told_;
};

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
    at.pull.set(option::handshake_rate, 20);
    at.pull.bind(own_door());
    // A second's worth is let in at once; a hundred within a second are not.
    std::vector<raw_peer> idle;
    for (int i = 0; i < 1000 && at.refused_nobody_more(); ++i) idle.push_back(at.stranger());
    CHECK(idle.size() >= 20);
    CHECK(idle.size() < 1000);
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
    if (mechanism == "PLAIN") at.pull.set(option::plain_server, true);
    if (mechanism == "CURVE") {
        at.pull.set(option::curve_server, true);
        at.pull.set(option::curve_secret_key, key_pair::generate().secret_half.z85());
    }
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
    if (mechanism == "PLAIN" && asks)
        said.push_back(greeting("PLAIN") + command("HELLO",
                                                   "\x01"
                                                   "a"
                                                   "\x01"
                                                   "b"));
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
    doorway at;
    at.pull.set(option::handshake_interval, 100ms);
    at.pull.bind(own_door());
    const auto talker = at.stranger();
    REQUIRE(talker.give(greeting()));
    // A READY of 64 KB, octet by octet, would take a minute and more at this rate.
    REQUIRE(talker.give("\x06" + number(65000, 8) + "\x05READY"));
    CHECK(test::eventually([&] {
        std::this_thread::yield();
        return !talker.give("x");
    }));
}

TEST_CASE("hostile 28: a stranger holds what it sent, at most twice, and nothing for what it only promised") {
    if (memory_in_use() == 0) return;  // a sanitizer's memory says nothing of ours
    doorway at;
    at.pull.bind(own_door());
    auto honest = at.honest();
    check_heard(at, honest);
    constexpr std::size_t strangers = 300, sent = 60000;
    const auto before = memory_in_use();
    std::vector<raw_peer> idle;
    for (std::size_t i = 0; i < strangers; ++i) {
        idle.push_back(at.stranger());
        REQUIRE(idle.back().give(greeting() + "\x06" + number(65000, 8) + "\x05READY"));
    }
    check_heard(at, honest);
    const auto promised = memory_in_use();
    CHECK((promised < before || (promised - before) / strangers < 16 * 1024));
    for (const auto& each : idle) REQUIRE(each.give(std::string(sent, 'x')));
    CHECK(test::eventually([&] { return memory_in_use() > before + strangers * sent; }));
    check_heard(at, honest);
    const auto held = (memory_in_use() - before) / strangers;
    CHECK(held < 2 * 65536 + 16 * 1024);
    INFO("octets of each stranger: " << (promised - before) / strangers << " and " << held);
    CHECK(true);
}

namespace {

std::string plain_hello() {
    return greeting("PLAIN") + command("HELLO",
                                       "\x01"
                                       "a"
                                       "\x01"
                                       "b");
}

}  // namespace

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
    CHECK(asked == unread_max);
    const raw_peer another(pull.last_endpoint());
    REQUIRE(another.give(plain_hello()));
    handler.set(option::receive_timeout, 10s);
    CHECK(next_question(zither::wait::as_set));
}
