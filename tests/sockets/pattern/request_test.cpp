#include "fake_pipe.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

namespace {

settings with(bool correlate, bool relaxed) {
    settings options;
    options.req_correlate = correlate;
    options.req_relaxed = relaxed;
    return options;
}

}  // namespace

TEST_CASE("REQ puts an empty delimiter before a request and takes it off the reply") {
    rig req(socket_type::req);
    fake_pipe peer;
    req.connect(peer);
    CHECK(req.send({"a", "b"}) == errc::ok);
    CHECK(peer.sent == std::vector<parts>{{"", "a", "b"}});
    req.arrives(peer, {"", "c", "d"});
    CHECK(req.made->can_receive());
    CHECK(req.receive() == parts{"c", "d"});
    CHECK(req.send({"next"}) == errc::ok);
    CHECK(peer.misuses == 0);
}

TEST_CASE("REQ out of turn is in the wrong state") {
    rig req(socket_type::req);
    fake_pipe peer;
    req.connect(peer);
    CHECK(req.receive_error() == errc::wrong_state);
    CHECK_FALSE(req.made->can_receive());
    req.send_part("1", true);
    CHECK(req.receive_error() == errc::wrong_state);
    req.send_part("2");
    CHECK_FALSE(req.made->can_send());
    CHECK(req.send({"again"}) == errc::wrong_state);
    CHECK(req.untouched);
    CHECK(req.receive_error() == errc::again);

    req.arrives(peer, {"", "one", "two"});
    zmtp::message part;
    CHECK(req.made->receive(part) == errc::ok);
    CHECK(req.send({"too early"}) == errc::wrong_state);
    CHECK(req.made->can_receive());
    CHECK(req.made->receive(part) == errc::ok);
    CHECK(req.made->can_send());
}

TEST_CASE("REQ sends to its peers in turn and blocks without one") {
    rig req(socket_type::req);
    CHECK(req.send({"x"}) == errc::again);
    CHECK(req.untouched);
    CHECK_FALSE(req.made->can_send());
    fake_pipe a, b;
    req.connect(a), req.connect(b);
    req.send({"1"});
    req.arrives(a, {"", "r"});
    CHECK(req.receive() == parts{"r"});
    req.send({"2"});
    CHECK(b.sent == std::vector<parts>{{"", "2"}});
}

TEST_CASE("REQ hears only the peer it asked") {
    rig req(socket_type::req);
    fake_pipe a, b;
    req.connect(a), req.connect(b);
    req.send({"1"});
    req.arrives(b, {"", "wrong", "peer"});
    CHECK_FALSE(req.made->can_receive());
    CHECK(req.receive_error() == errc::again);
    req.arrives(a, {"", "right"});
    CHECK(req.receive() == parts{"right"});
}

TEST_CASE("REQ skips malformed replies without a word") {
    rig req(socket_type::req);
    fake_pipe peer;
    req.connect(peer);
    req.send({"q"});
    req.arrives(peer, {"no delimiter"});
    req.arrives(peer, {"no", "delimiter", "either"});
    req.arrives(peer, {""});
    CHECK_FALSE(req.made->can_receive());
    req.arrives(peer, {"", "good"});
    CHECK(req.receive() == parts{"good"});
}

TEST_CASE("REQ forgets what came before it asked") {
    rig req(socket_type::req);
    fake_pipe peer;
    req.connect(peer);
    req.arrives(peer, {"", "unasked"});
    req.send_part("q", true);
    CHECK(peer.unread() == 0);
    req.send_part("q");
    req.arrives(peer, {"", "asked"});
    CHECK(req.receive() == parts{"asked"});
}

TEST_CASE("REQ_CORRELATE sends a new id of four octets with each request and wants it back") {
    rig req(socket_type::req, with(true, false));
    fake_pipe peer;
    req.connect(peer);
    req.send({"1"});
    const auto first = peer.take().at(0);
    REQUIRE(first.size() == 3);
    CHECK(first[0].size() == 4);
    CHECK(first[1].empty());
    CHECK(first[2] == "1");

    req.arrives(peer, {"", "no id"});
    req.arrives(peer, {"oops", "", "other id"});
    req.arrives(peer, {first[0], "x", "no delimiter"});
    req.arrives(peer, {first[0]});
    req.arrives(peer, {first[0], ""});
    CHECK_FALSE(req.made->can_receive());
    req.arrives(peer, {first[0], "", "good"});
    CHECK(req.receive() == parts{"good"});

    req.send({"2"});
    CHECK(peer.take().at(0)[0] != first[0]);
}

TEST_CASE("REQ_RELAXED lets a new request replace the one under way") {
    const bool correlate = GENERATE(false, true);
    rig req(socket_type::req, with(correlate, true));
    fake_pipe a, b;
    req.connect(a), req.connect(b);
    req.send({"old"});
    CHECK(req.made->can_send());
    CHECK(req.send({"new"}) == errc::ok);
    CHECK_FALSE(a.closed);
    const auto old = a.sent.at(0);
    const auto sent = b.sent.at(0);
    req.arrives(a, correlate ? parts{old[0], "", "old reply"} : parts{"", "old reply"});
    CHECK(req.receive_error() == errc::again);
    req.arrives(b, correlate ? parts{sent[0], "", "new reply"} : parts{"", "new reply"});
    CHECK(req.receive() == parts{"new reply"});
}

TEST_CASE("with REQ_RELAXED and REQ_CORRELATE one peer's late reply is told from the right one") {
    rig req(socket_type::req, with(true, true));
    fake_pipe peer;
    req.connect(peer);
    req.send({"1"});
    req.send({"2"});
    const auto sent = peer.take();
    req.arrives(peer, {sent[0][0], "", "late"});
    req.arrives(peer, {sent[1][0], "", "right"});
    CHECK(req.receive() == parts{"right"});
}

TEST_CASE("REQ_RELAXED drops a reply that was half read") {
    rig req(socket_type::req, with(false, true));
    fake_pipe peer;
    req.connect(peer);
    req.send({"1"});
    req.arrives(peer, {"", "half", "other half"});
    zmtp::message part;
    req.made->receive(part);
    CHECK(req.send({"2"}) == errc::ok);
    req.arrives(peer, {"", "reply"});
    CHECK(req.receive() == parts{"reply"});
}

TEST_CASE("REQ goes on waiting when its replier goes, and only REQ_RELAXED helps") {
    rig req(socket_type::req);
    fake_pipe a, b;
    req.connect(a), req.connect(b);
    req.send({"q"});
    req.made->detached(a);
    CHECK(req.send({"q"}) == errc::wrong_state);
    req.arrives(b, {"", "not asked"});
    CHECK(req.receive_error() == errc::again);
    req.options.req_relaxed = true;
    CHECK(req.send({"q"}) == errc::ok);
    req.arrives(b, {"", "asked"});
    CHECK(req.receive() == parts{"asked"});
}

TEST_CASE("REQ does not take a new peer in the old one's memory for the replier") {
    rig req(socket_type::req);
    std::optional<fake_pipe> peer;
    req.connect(peer.emplace());
    req.send({"q"});
    req.made->detached(*peer);
    req.connect(peer.emplace());
    req.arrives(*peer, {"", "not asked"});
    CHECK_FALSE(req.made->can_receive());
}

TEST_CASE("REQ swallows the rest of a request whose peer went in the middle") {
    rig req(socket_type::req);
    fake_pipe a, b;
    req.connect(a), req.connect(b);
    req.send_part("1", true);
    req.made->detached(a);
    CHECK(req.send_part("2") == errc::ok);
    CHECK(b.raw.empty());
    CHECK(req.send({"3"}) == errc::wrong_state);
}

TEST_CASE("REP keeps a request's envelope and puts it before the reply") {
    rig rep(socket_type::rep);
    fake_pipe a, b;
    rep.accept(a), rep.accept(b);
    rep.arrives(b, {"hop 1", "hop 2", "", "question", "", "more"});
    CHECK(rep.made->can_receive());
    CHECK(rep.receive() == parts{"question", "", "more"});
    CHECK(rep.made->can_send());
    CHECK(rep.send({"answer", "more"}) == errc::ok);
    CHECK(b.sent == std::vector<parts>{{"hop 1", "hop 2", "", "answer", "more"}});
    CHECK(a.raw.empty());
    CHECK(b.misuses == 0);
}

TEST_CASE("REP out of turn is in the wrong state") {
    rig rep(socket_type::rep);
    fake_pipe peer;
    rep.accept(peer);
    CHECK(rep.send({"x"}) == errc::wrong_state);
    CHECK(rep.untouched);
    CHECK_FALSE(rep.made->can_send());
    CHECK(rep.receive_error() == errc::again);
    rep.arrives(peer, {"", "1", "2"});
    rep.arrives(peer, {"", "next"});
    zmtp::message part;
    rep.made->receive(part);
    CHECK(rep.send({"x"}) == errc::wrong_state);
    rep.made->receive(part);
    CHECK(rep.receive_error() == errc::wrong_state);
    CHECK_FALSE(rep.made->can_receive());
    rep.send_part("a", true);
    CHECK(rep.receive_error() == errc::wrong_state);
    rep.send_part("b");
    CHECK(rep.receive() == parts{"next"});
}

TEST_CASE("REP skips requests without a delimiter") {
    rig rep(socket_type::rep);
    fake_pipe peer;
    rep.accept(peer);
    rep.arrives(peer, {"no delimiter"});
    rep.arrives(peer, {"still", "none"});
    rep.arrives(peer, {"empty at the end", ""});
    CHECK_FALSE(rep.made->can_receive());
    rep.arrives(peer, {"", "good"});
    CHECK(rep.receive() == parts{"good"});
    rep.send({"r"});
    CHECK(peer.sent == std::vector<parts>{{"", "r"}});
}

TEST_CASE("REP hears its peers in turn") {
    rig rep(socket_type::rep);
    fake_pipe a, b;
    rep.accept(a), rep.accept(b);
    for (auto* peer : {&a, &b})
        for (auto body : {"1", "2"}) peer->arrives({"", std::string(peer == &a ? "a" : "b") + body});
    std::string order;
    for (int i = 0; i < 4; ++i) {
        order += rep.receive().at(0) + ' ';
        rep.send({"r"});
    }
    CHECK(order == "a1 b1 a2 b2 ");
    CHECK(a.sent.size() == 2);
    CHECK(b.sent.size() == 2);
}

TEST_CASE("REP never blocks: a reply nobody can take is dropped") {
    rig rep(socket_type::rep);
    fake_pipe peer, other;
    rep.accept(peer), rep.accept(other);
    rep.arrives(peer, {"", "q"});
    CHECK(rep.receive() == parts{"q"});

    SECTION("because the peer is full") {
        peer.set_room(0);
        CHECK(rep.send({"r", "s"}) == errc::ok);
    }
    SECTION("because the peer is gone") {
        rep.made->detached(peer);
        CHECK(rep.send({"r", "s"}) == errc::ok);
    }
    SECTION("because the peer goes in the middle") {
        rep.send_part("r", true);
        rep.made->detached(peer);
        CHECK(rep.send_part("s") == errc::ok);
        CHECK(peer.sent.empty());
    }
    CHECK(peer.sent.empty());
    CHECK(other.raw.empty());
    rep.arrives(other, {"", "q2"});
    CHECK(rep.receive() == parts{"q2"});
}
