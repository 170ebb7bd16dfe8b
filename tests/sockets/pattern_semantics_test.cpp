// What the socket types promise on the wire and to the caller: lockstep, routing, distribution.
#include "endpoints.hpp"

#include <set>

using namespace zither;
using namespace zither::test;

namespace {

way tcp_or_inproc() { return GENERATE(tcp, ipc_abstract, inproc); }

std::error_code send_error(zither::socket& by, std::string_view body) {
    return error_of([&](auto& error) { by.send(message(body), wait::as_set, error); });
}
std::error_code send_error(zither::socket& by, multipart parts, wait how = wait::as_set) {
    return error_of([&](auto& error) { by.send(std::move(parts), how, error); });
}
std::error_code receive_error(zither::socket& by, wait how = wait::never) {
    return error_of([&](auto& error) { (void)by.receive(how, error); });
}

zither::socket named(context& in, socket_type type, std::string id) {
    auto made = make(in, type);
    made.set(option::routing_id, id);
    return made;
}

}  // namespace

TEST_CASE("REQ and REP take turns") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto rep = make(in, socket_type::rep);
    auto req = make(in, socket_type::req);
    rep.bind(by.to_bind());
    req.connect(rep.last_endpoint());
    for (int round = 0; round < 3; ++round) {
        CHECK(receive_error(req, wait::as_set) == errc::wrong_state);
        CHECK(send_error(rep, "early") == errc::wrong_state);
        req.send("question");
        CHECK(send_error(req, "another") == errc::wrong_state);
        CHECK(received(rep) == "question");
        CHECK(receive_error(rep, wait::as_set) == errc::wrong_state);
        rep.send("answer");
        CHECK(send_error(rep, "another") == errc::wrong_state);
        CHECK(received(req) == "answer");
    }
}

TEST_CASE("REQ and REP take turns with messages, not with parts") {
    context in;
    auto rep = make(in, socket_type::rep);
    auto req = make(in, socket_type::req);
    rep.bind("inproc://turns");
    req.connect("inproc://turns");
    req.send(parts_of({"1", "2", "3"}));
    CHECK(rep.receive().text() == "1");
    CHECK(send_error(rep, "in the middle") == errc::wrong_state);
    CHECK(received_all(rep) == "2|3");
    rep.send(parts_of({"4", "5"}));
    CHECK(req.receive().text() == "4");
    CHECK(send_error(req, "in the middle") == errc::wrong_state);
    CHECK(received(req) == "5");
    req.send("next");
}

TEST_CASE("REQ asks its peers in turn, and hears only whom it asked") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto req = named(in, socket_type::req, "asker");
    std::vector<zither::socket> routers;
    for (int i = 0; i < 3; ++i) {
        routers.push_back(make(in, socket_type::router));
        routers.back().set(option::router_mandatory, true);
        routers.back().bind(by.to_bind());
        req.connect(routers.back().last_endpoint());
    }
    auto& other = routers.back();  // never asked, always talking
    for (std::size_t i = 0; i + 1 < routers.size(); ++i) {
        req.send("q" + std::to_string(i));
        CHECK(received_all(routers[i]) == "asker||q" + std::to_string(i));
        REQUIRE(eventually([&] { return !send_error(other, parts_of({"asker", "", "not you"})); }));
        routers[i].send(parts_of({"asker", "", "a" + std::to_string(i)}));
        CHECK(received(req) == "a" + std::to_string(i));
    }
}

TEST_CASE("REQ drops replies without the empty delimiter") {
    context in;
    auto router = make(in, socket_type::router);
    auto req = named(in, socket_type::req, "asker");
    router.bind("inproc://bare");
    req.connect("inproc://bare");
    req.send("?");
    CHECK(received_all(router) == "asker||?");
    router.send(parts_of({"asker", "no delimiter"}));
    router.send(parts_of({"asker", "", "right"}));
    CHECK(received(req) == "right");
}

TEST_CASE("REQ_CORRELATE numbers requests and drops replies to others") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    auto req = named(in, socket_type::req, "asker");
    req.set(option::req_correlate, true);
    router.bind(by.to_bind());
    req.connect(router.last_endpoint());
    std::set<std::string> numbers;
    for (int round = 0; round < 3; ++round) {
        req.send("?");
        auto request = next_all(router);
        REQUIRE(request.size() == 4);
        CHECK(request[1].size() == 4);
        CHECK(request[2].empty());
        CHECK(request[3].text() == "?");
        numbers.emplace(request[1].text());
        router.send(parts_of({"asker", std::string(4, '\0'), "", "another's"}));
        router.send(parts_of({"asker", "", "no number"}));
        router.send(parts_of({"asker", request[1].text(), "", "right"}));
        CHECK(received(req) == "right");
    }
    CHECK(numbers.size() == 3);
}

TEST_CASE("REQ_RELAXED lets a request replace the last one") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    auto req = make(in, socket_type::req);
    req.set(option::req_correlate, true);
    req.set(option::req_relaxed, true);
    router.bind(by.to_bind());
    req.connect(router.last_endpoint());
    req.send("first");
    req.send("second");
    auto first = next_all(router);
    auto second = next_all(router);
    REQUIRE(second.size() == 4);
    CHECK(first.back().text() == "first");
    CHECK(second.back().text() == "second");
    first.back() = message("to the first");
    second.back() = message("to the second");
    router.send(std::move(first));
    router.send(std::move(second));
    CHECK(received(req) == "to the second");
}

TEST_CASE("REP answers through the envelope it was asked with, and skips what has none") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto rep = make(in, socket_type::rep);
    auto dealer = make(in, socket_type::dealer);
    rep.bind(by.to_bind());
    dealer.connect(rep.last_endpoint());
    dealer.send("no delimiter");
    dealer.send(parts_of({"hop 1", "hop 2", "", "body", "more"}));
    CHECK(received_all(rep) == "body|more");
    rep.send("answer");
    CHECK(received_all(dealer) == "hop 1|hop 2||answer");
}

TEST_CASE("REP answers each of many in turn") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto rep = make(in, socket_type::rep);
    rep.bind(by.to_bind());
    std::vector<zither::socket> reqs;
    for (int i = 0; i < 4; ++i) {
        reqs.push_back(make(in, socket_type::req));
        reqs.back().connect(rep.last_endpoint());
        reqs.back().send(std::to_string(i));
    }
    for (int i = 0; i < 4; ++i) rep.send("to " + received(rep));
    for (std::size_t i = 0; i < reqs.size(); ++i) CHECK(received(reqs[i]) == "to " + std::to_string(i));
}

TEST_CASE("a reply to a requester that has gone is dropped, and the next is served") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto rep = make(in, socket_type::rep);
    rep.bind(by.to_bind());
    {
        auto gone = make(in, socket_type::req);
        gone.connect(rep.last_endpoint());
        gone.send("and away");
        CHECK(received(rep) == "and away");
    }
    rep.send("too late");
    auto next = make(in, socket_type::req);
    next.connect(rep.last_endpoint());
    next.send("here");
    CHECK(received(rep) == "here");
    rep.send("good");
    CHECK(received(next) == "good");
}

TEST_CASE("a ROUTER names a nameless peer: five octets, the first zero") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    router.bind(by.to_bind());
    std::set<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        auto dealer = make(in, socket_type::dealer);
        dealer.connect(router.last_endpoint());
        dealer.send("x");
        const auto parts = next_all(router);
        REQUIRE(parts.size() == 2);
        CHECK(parts[0].size() == 5);
        CHECK(parts[0].text()[0] == '\0');
        ids.emplace(parts[0].text());
    }
    CHECK(ids.size() == 5);
}

TEST_CASE("a ROUTER drops what it cannot route, or says so when that is mandatory") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    auto dealer = named(in, socket_type::dealer, "known");
    router.bind(by.to_bind());
    dealer.connect(router.last_endpoint());
    dealer.send("x");
    CHECK(received_all(router) == "known|x");
    CHECK_FALSE(send_error(router, parts_of({"nobody", "x"})));
    router.set(option::router_mandatory, true);
    CHECK(send_error(router, parts_of({"nobody", "x"})) == errc::host_unreachable);
    CHECK_FALSE(send_error(router, parts_of({"known", "y"})));
    CHECK(received(dealer) == "y");
    dealer.close();
    CHECK(eventually([&] { return send_error(router, parts_of({"known", "z"})) == errc::host_unreachable; }));
}

TEST_CASE("a mandatory ROUTER waits for room at its peer; any other drops") {
    const bool mandatory = GENERATE(true, false);
    context in;
    auto router = make(in, socket_type::router);
    auto dealer = named(in, socket_type::dealer, "narrow");
    router.set(option::send_high_water_mark, 1);
    dealer.set(option::receive_high_water_mark, 1);
    router.set(option::router_mandatory, mandatory);
    router.bind("inproc://narrow");
    dealer.connect("inproc://narrow");
    dealer.send("x");
    CHECK(received_all(router) == "narrow|x");
    for (int i = 0; i < 2; ++i) CHECK_FALSE(send_error(router, parts_of({"narrow", "y"}), wait::never));
    const auto third = send_error(router, parts_of({"narrow", "z"}), wait::never);
    if (mandatory)
        CHECK(third == errc::again);
    else
        CHECK_FALSE(third);
    for (int i = 0; i < 2; ++i) CHECK(received(dealer) == "y");
    CHECK(receive_error(dealer) == errc::again);
}

TEST_CASE("a second peer of the same routing id is ignored") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    router.bind(by.to_bind());
    auto first = named(in, socket_type::dealer, "one");
    first.connect(router.last_endpoint());
    first.send("from the first");
    CHECK(received_all(router) == "one|from the first");
    auto second = named(in, socket_type::dealer, "one");
    second.connect(router.last_endpoint());
    second.send("from the second");
    router.set(option::receive_timeout, 50ms);
    CHECK(receive_error(router, wait::as_set) == errc::again);
    router.send(parts_of({"one", "to the first"}));
    CHECK(received(first) == "to the first");
    CHECK(receive_error(second) == errc::again);
}

TEST_CASE("with ROUTER_HANDOVER the second peer takes the routing id over") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    router.set(option::router_handover, true);
    router.bind(by.to_bind());
    auto first = named(in, socket_type::dealer, "one");
    first.set(option::reconnect_interval, forever);  // else it would take the id back
    first.connect(router.last_endpoint());
    first.send("from the first");
    CHECK(received_all(router) == "one|from the first");
    auto second = named(in, socket_type::dealer, "one");
    second.connect(router.last_endpoint());
    second.send("from the second");
    CHECK(received_all(router) == "one|from the second");
    router.send(parts_of({"one", "to the second"}));
    CHECK(received(second) == "to the second");
    CHECK(receive_error(first) == errc::again);
}

TEST_CASE("PROBE_ROUTER announces a peer with an empty message") {
    const auto by = tcp_or_inproc();
    const auto type = GENERATE(socket_type::dealer, socket_type::req, socket_type::router);
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    router.bind(by.to_bind());
    auto prober = named(in, type, "prober");
    prober.set(option::probe_router, true);
    prober.connect(router.last_endpoint());
    CHECK(received_all(router) == "prober|");
}

TEST_CASE("a ROUTER may name the peers it connects to") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto dealer = make(in, socket_type::dealer);
    auto router = make(in, socket_type::router);
    dealer.bind(by.to_bind());
    router.set(option::connect_routing_id, "server");
    router.connect(dealer.last_endpoint());
    router.send(parts_of({"server", "hello"}));
    CHECK(received(dealer) == "hello");
    dealer.send("back");
    CHECK(received_all(router) == "server|back");
}
