// Who gets which message: dealing, fair queueing, one partner; and messages whose peers vanish half-way.
#include "endpoints.hpp"

#include <deque>
#include <set>

using namespace zither;
using namespace zither::test;

namespace {

way tcp_or_inproc() { return GENERATE(tcp, ipc_abstract, inproc); }

void send_more(zither::socket& by, std::string_view body) {
    message part(body);
    part.set_more(true);
    by.send(std::move(part));
}

}  // namespace

TEST_CASE("PUSH and DEALER deal to their peers in turn, PULL takes from its peers in turn") {
    const auto by = tcp_or_inproc();
    const auto type = GENERATE(socket_type::push, socket_type::dealer);
    CAPTURE(by);
    constexpr int peers = 3, each = 20;
    context in;
    auto source = make(in, type);
    std::vector<zither::socket> sinks;
    for (int i = 0; i < peers; ++i) {
        sinks.push_back(make(in, type == socket_type::push ? socket_type::pull : socket_type::dealer));
        sinks.back().bind(by.to_bind());
        source.connect(sinks.back().last_endpoint());
    }
    for (int i = 0; i < peers * each; ++i) source.send(parts_of({std::to_string(i), "tail"}));
    for (int i = 0; i < peers * each; ++i)
        REQUIRE(received_all(sinks[static_cast<std::size_t>(i % peers)]) == std::to_string(i) + "|tail");
}

TEST_CASE("PULL, DEALER and ROUTER hear every peer, however loud another is") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    constexpr int loud = 500, quiet = 5;
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(by.to_bind());
    auto one = make(in, socket_type::push);
    auto other = make(in, socket_type::push);
    for (auto* each : {&one, &other}) {
        each->connect(pull.last_endpoint());
        each->send("hello");  // both are connected before it counts
        CHECK(received(pull) == "hello");
    }
    for (int i = 0; i < loud; ++i) one.send("loud");
    for (int i = 0; i < quiet; ++i) other.send("quiet");
    // The loud one may go ahead until the quiet one's are read; then it is turns.
    int before_quiet = 0, quiet_heard = 0;
    for (int i = 0; i < loud + quiet; ++i) {
        if (received(pull) == "quiet")
            ++quiet_heard;
        else if (quiet_heard > 0 && quiet_heard < quiet)
            ++before_quiet;
    }
    CHECK(quiet_heard == quiet);
    // A network may bring one octet now and the next later; inproc has them all at once.
    if (by.to_bind().rfind("inproc", 0) == 0) CHECK(before_quiet <= 2 * quiet);
}

TEST_CASE("a PAIR has one partner; who comes later is not heard") {
    context in;
    auto one = make(in, socket_type::pair);
    one.bind("inproc://pair");
    {
        auto partner = make(in, socket_type::pair);
        auto third = make(in, socket_type::pair);
        partner.connect("inproc://pair");
        third.connect("inproc://pair");
        partner.send("partner");
        CHECK(received(one) == "partner");
        CHECK(try_send(third, "third") == errc::again);
        CHECK(received(one, wait::never) == "<the call would block>");
    }
    auto next = make(in, socket_type::pair);
    REQUIRE(eventually([&] {
        next.connect("inproc://pair");
        return !try_send(next, "next");
    }));
    CHECK(received(one) == "next");
}

TEST_CASE("half a message is never received") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(by.to_bind());
    for (int i = 0; i < 5; ++i) {
        auto push = make(in, socket_type::push);
        push.set(option::linger, forever);
        push.connect(pull.last_endpoint());
        push.send("whole");
        send_more(push, "half of");
        push.close();
    }
    auto push = make(in, socket_type::push);
    push.connect(pull.last_endpoint());
    push.send("last");
    std::multiset<std::string> got;
    for (int i = 0; i < 6; ++i) got.insert(received_all(pull));
    CHECK(got == std::multiset<std::string>{"whole", "whole", "whole", "whole", "whole", "last"});
    CHECK_FALSE(pull.receive_for(20ms));
}

TEST_CASE("the tail of a message whose peer has gone reaches nobody else") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto push = make(in, socket_type::push);
    push.bind(by.to_bind());
    auto stays = make(in, socket_type::pull);
    stays.connect(push.last_endpoint());
    push.send("both here?");
    CHECK(received(stays) == "both here?");
    for (int round = 0; round < 10; ++round) {
        auto goes = make(in, socket_type::pull);
        goes.connect(push.last_endpoint());
        CHECK(eventually([&] {  // until it has its turn, too
            push.send("turn");
            return goes.receive_for(1ms).has_value();
        }));
        if (round % 2 == 0) push.send("turn");  // the other's: the next is for the one that goes
        send_more(push, "head");
        goes.close();
        send_more(push, "body");
        push.send("tail");
    }
    for (std::string got; got != "end";) {
        push.send("end");  // some may go to one whose leaving is not known yet
        got = received_all(stays);
        CAPTURE(got);
        REQUIRE((got == "turn" || got == "head|body|tail" || got == "end"));
    }
}

TEST_CASE("a message being read is read to its end, whoever else has something and whoever has gone") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(by.to_bind());
    auto one = make(in, socket_type::push);
    one.connect(pull.last_endpoint());
    one.send(parts_of({"1", "2", "3"}));
    CHECK(pull.receive().text() == "1");
    auto other = make(in, socket_type::push);
    other.connect(pull.last_endpoint());
    other.send("other");
    one.close();
    CHECK(received(pull) == "2");
    CHECK(received(pull) == "3");
    CHECK(received(pull) == "other");
}

TEST_CASE("a ROUTER's peer that vanishes in the middle of a message takes the rest of it along") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    router.bind(by.to_bind());
    auto stays = make(in, socket_type::dealer);
    auto goes = make(in, socket_type::dealer);
    stays.set(option::routing_id, "stays");
    goes.set(option::routing_id, "goes");
    for (auto* each : {&stays, &goes}) {
        each->connect(router.last_endpoint());
        each->send("hello");
        (void)next_all(router);
    }
    send_more(router, "goes");
    send_more(router, "head");
    goes.close();
    std::error_code none;
    (void)router.receive(wait::never, none);
    router.send("tail");
    router.send(parts_of({"stays", "whole"}));
    CHECK(received_all(stays) == "whole");
    CHECK_FALSE(stays.receive_for(20ms));
}

TEST_CASE("what a connecting socket queued survives the connection") {
    const auto by = GENERATE(tcp, ipc, ipc_abstract);
    CAPTURE(by);
    constexpr int count = 1000;
    const auto numbered = [](int i) {
        return std::to_string(i) + ":" + body_of(20000);
    };  // more than the kernel takes
    context in;
    const auto at = by.exact();
    auto push = make(in, socket_type::push);
    push.set(option::reconnect_interval, 10ms);
    push.set(option::send_high_water_mark, 0);
    push.connect(at);
    for (int i = 0; i < count; ++i) push.send(numbered(i));
    {
        auto first = make(in, socket_type::pull);
        first.set(option::receive_high_water_mark, 1);
        first.bind(at);
        CHECK((received(first) == numbered(0)));
    }
    auto second = make(in, socket_type::pull);
    REQUIRE(eventually([&] { return !error_of([&](auto& error) { second.bind(at, error); }); }));
    // In order to the last; what the first one's connection had is lost.
    int next = 0;
    for (bool first = true; next < count; first = false) {
        const auto got = received(second);
        REQUIRE(got[0] != '<');
        const int number = std::stoi(got);
        REQUIRE((first ? number > 0 : number == next));
        REQUIRE((got == numbered(number)));
        next = number + 1;
    }
}

TEST_CASE("a socket told never to reconnect does not") {
    context in;
    const auto at = ipc_abstract.exact();
    auto push = make(in, socket_type::push);
    push.set(option::reconnect_interval, forever);
    {
        auto pull = make(in, socket_type::pull);
        pull.bind(at);
        push.connect(at);
        push.send("x");
        CHECK(received(pull) == "x");
    }
    auto pull = make(in, socket_type::pull);
    REQUIRE(eventually([&] { return !error_of([&](auto& error) { pull.bind(at, error); }); }));
    (void)try_send(push, "y");
    CHECK_FALSE(pull.receive_for(300ms));
}

TEST_CASE("two contexts meet over the network as two programs would") {
    const auto by = GENERATE(tcp, tcp6, ipc, ipc_abstract, ipc_wildcard);
    CAPTURE(by);
    context here, there;
    auto rep = make(here, socket_type::rep);
    auto req = make(there, socket_type::req);
    rep.bind(by.to_bind());
    req.connect(rep.last_endpoint());
    for (int i = 0; i < 100; ++i) {
        req.send("?");
        CHECK(received(rep) == "?");
        rep.send("!");
        CHECK(received(req) == "!");
    }
}

TEST_CASE("two hundred peers of one socket") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    router.set(option::backlog, 300);
    router.bind(by.to_bind());
    std::deque<zither::socket> dealers;
    for (int i = 0; i < 200; ++i) {
        dealers.push_back(make(in, socket_type::dealer));
        dealers.back().connect(router.last_endpoint());
        dealers.back().send(std::to_string(i));
    }
    for (int i = 0; i < 200; ++i) router.send(next_all(router));
    for (int i = 0; i < 200; ++i) CHECK(received(dealers[static_cast<std::size_t>(i)]) == std::to_string(i));
}
