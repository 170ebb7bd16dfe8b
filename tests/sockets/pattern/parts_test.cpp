#include "fake_pipe.hpp"

#include "zither/sockets/pattern/fair_queue.hpp"
#include "zither/sockets/pattern/fan_out.hpp"
#include "zither/sockets/pattern/lockstep.hpp"
#include "zither/sockets/pattern/round_robin.hpp"
#include "zither/sockets/pattern/route_table.hpp"

#include <catch2/catch.hpp>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

namespace {

std::string next(fair_queue& queue) {
    zmtp::message part;
    return queue.receive(part) ? std::string(part.text()) : "nothing";
}

bool put(round_robin& out, std::string_view body, bool more = false) {
    auto part = make_part(body, more);
    return out.send(part);
}

}  // namespace

TEST_CASE("a fair queue takes one message from each pipe in turn") {
    fair_queue queue;
    fake_pipe a, b, c;
    for (auto* peer : {&a, &b, &c}) queue.attach(*peer);
    a.arrives({"a1"}), a.arrives({"a2"}), a.arrives({"a3"});
    b.arrives({"b1"});
    c.arrives({"c1"}), c.arrives({"c2"});

    std::string order;
    for (auto got = next(queue); got != "nothing"; got = next(queue)) order += got + ' ';
    CHECK((order == "a1 b1 c1 a2 c2 a3 "));
}

TEST_CASE("a fair queue stays with a pipe until its message is whole") {
    fair_queue queue;
    fake_pipe a, b;
    queue.attach(a), queue.attach(b);
    a.arrives({"a1", "a2", "a3"});
    b.arrives({"b1"});

    CHECK(next(queue) == "a1");
    CHECK(queue.inside());
    CHECK(queue.last() == &a);
    CHECK(next(queue) == "a2");
    CHECK(next(queue) == "a3");
    CHECK_FALSE(queue.inside());
    CHECK(next(queue) == "b1");
    CHECK(queue.last() == &b);
}

TEST_CASE("a fair queue does not ask a pipe that said no until it is activated") {
    fair_queue queue;
    fake_pipe a;
    queue.attach(a);
    CHECK(next(queue) == "nothing");
    const auto reads = a.reads;
    a.arrives({"late"});
    CHECK(next(queue) == "nothing");
    CHECK_FALSE(queue.readable());
    CHECK(a.reads == reads);

    queue.activate(a);
    queue.activate(a);
    CHECK(queue.readable());
    CHECK(next(queue) == "late");
    CHECK(next(queue) == "nothing");
}

TEST_CASE("a fair queue that only looked still lets the pipe say no to a read") {
    fair_queue queue;
    fake_pipe a;
    queue.attach(a);
    CHECK_FALSE(queue.readable());
    CHECK(a.reads == 1);
}

TEST_CASE("a fair queue keeps a message that arrives while it looks") {
    struct late_pipe final : peer_pipe {
        bool read(zmtp::message& part) override {
            if (given) return false;
            given = true;
            part = zmtp::message("in between");
            return true;
        }
        bool readable() override { return false; }
        bool writable() override { return false; }
        void write(zmtp::message&&) override {}
        void rollback() override {}
        void subscribe(zmtp::bytes, bool) override {}
        const std::string& peer_routing_id() const override { return id; }
        const zmtp::properties* peer_properties() const override { return nullptr; }
        void close() override {}
        std::string id;
        bool given = false;
    };
    late_pipe late;
    fair_queue queue;
    queue.attach(late);
    CHECK(queue.readable());
    CHECK(queue.readable());

    SECTION("and gives it, with its pipe") {
        CHECK(next(queue) == "in between");
        CHECK(queue.last() == &late);
        CHECK(next(queue) == "nothing");
    }
    SECTION("unless its pipe goes") {
        queue.detach(late);
        CHECK_FALSE(queue.readable());
        CHECK(next(queue) == "nothing");
    }
}

TEST_CASE("a pipe that goes in the middle of a message leaves it with an empty end") {
    fair_queue queue;
    fake_pipe a, b;
    queue.attach(a), queue.attach(b);
    a.arrives({"a1", "lost"});
    b.arrives({"b1"});
    CHECK(next(queue) == "a1");
    queue.detach(a);

    CHECK(queue.readable());
    CHECK(queue.last() == nullptr);
    zmtp::message end;
    CHECK(queue.receive(end));
    CHECK(end.empty());
    CHECK_FALSE(end.more());
    CHECK(next(queue) == "b1");
}

TEST_CASE("detaching any other pipe in the middle of a message does not disturb it") {
    const int gone = GENERATE(0, 1);
    fair_queue queue;
    fake_pipe pipes[3];
    for (auto& peer : pipes) queue.attach(peer);
    pipes[0].arrives({"x"}), pipes[1].arrives({"x"}), pipes[2].arrives({"one", "two"});
    next(queue), next(queue);
    CHECK(next(queue) == "one");
    CHECK(queue.last() == &pipes[2]);

    queue.detach(pipes[gone]);
    CHECK(next(queue) == "two");
    CHECK(queue.last() == &pipes[2]);
}

TEST_CASE("a fair queue forgets a pipe for good") {
    fair_queue queue;
    fake_pipe a, b;
    queue.attach(a), queue.attach(b);
    a.arrives({"a"}), b.arrives({"b"});
    queue.detach(a);
    queue.detach(a);
    queue.activate(a);
    CHECK(next(queue) == "b");
    CHECK(next(queue) == "nothing");
    CHECK(a.unread() == 1);
    CHECK(a.pattern_notes().read_index == peer_pipe::notes::npos);
}

TEST_CASE("a round robin gives one message to each pipe in turn") {
    round_robin out;
    fake_pipe a, b, c;
    for (auto* peer : {&a, &b, &c}) out.attach(*peer);
    for (auto body : {"1", "2", "3", "4", "5"}) REQUIRE(put(out, body));
    CHECK(a.sent == std::vector<parts>{{"1"}, {"4"}});
    CHECK(b.sent == std::vector<parts>{{"2"}, {"5"}});
    CHECK(c.sent == std::vector<parts>{{"3"}});
}

TEST_CASE("a round robin keeps the parts of a message together") {
    round_robin out;
    fake_pipe a, b;
    out.attach(a), out.attach(b);
    REQUIRE(put(out, "1", true));
    CHECK(out.last() == &a);
    CHECK(out.writable());
    REQUIRE(put(out, "2", true));
    REQUIRE(put(out, "3"));
    REQUIRE(put(out, "next"));
    CHECK(a.sent == std::vector<parts>{{"1", "2", "3"}});
    CHECK(b.sent == std::vector<parts>{{"next"}});
}

TEST_CASE("a round robin passes over full pipes until they have room") {
    round_robin out;
    fake_pipe a, b;
    out.attach(a), out.attach(b);
    a.set_room(0);
    REQUIRE(put(out, "1"));
    REQUIRE(put(out, "2"));
    CHECK(b.sent.size() == 2);
    a.set_room(5);
    out.activate(a);
    out.activate(a);
    REQUIRE(put(out, "3"));
    REQUIRE(put(out, "4"));
    CHECK(a.sent.size() == 1);
    CHECK(b.sent.size() == 3);
}

TEST_CASE("a round robin with no room leaves the part untouched") {
    round_robin out;
    CHECK_FALSE(out.writable());
    fake_pipe a;
    out.attach(a);
    a.set_room(0);
    auto part = make_part("body", true);
    CHECK_FALSE(out.send(part));
    CHECK(part.text() == "body");
    CHECK(part.more());
    CHECK_FALSE(out.writable());
}

TEST_CASE("when a pipe dies in the middle of a message a round robin swallows the rest") {
    round_robin out;
    fake_pipe a, b;
    out.attach(a), out.attach(b);
    REQUIRE(put(out, "1", true));
    out.detach(a);
    CHECK(out.last() == nullptr);
    CHECK(out.writable());
    REQUIRE(put(out, "2", true));
    REQUIRE(put(out, "3"));
    CHECK(b.raw.empty());
    REQUIRE(put(out, "whole"));
    CHECK(b.sent == std::vector<parts>{{"whole"}});
}

TEST_CASE("detaching another pipe does not move a message under way") {
    round_robin out;
    fake_pipe pipes[3];
    for (auto& peer : pipes) out.attach(peer);
    REQUIRE(put(out, "x"));
    REQUIRE(put(out, "x"));
    REQUIRE(put(out, "1", true));
    out.detach(pipes[1]);
    REQUIRE(put(out, "2"));
    CHECK(pipes[2].sent == std::vector<parts>{{"1", "2"}});
    REQUIRE(put(out, "next"));
    CHECK(pipes[0].sent == std::vector<parts>{{"x"}, {"next"}});
    CHECK(pipes[1].sent == std::vector<parts>{{"x"}});
}

TEST_CASE("a fan-out writes to the chosen pipes and then chooses none") {
    fan_out out;
    fake_pipe a, b, c;
    for (auto* peer : {&a, &b, &c}) out.attach(*peer);
    out.match(a), out.match(c), out.match(a);
    auto part = make_part("news");
    out.send(part);
    CHECK(part.empty());
    part = make_part("for nobody");
    out.send(part);
    CHECK(a.sent == std::vector<parts>{{"news"}});
    CHECK(b.sent.empty());
    CHECK(c.sent == std::vector<parts>{{"news"}});
}

TEST_CASE("a fan-out shares large bodies and copies small ones") {
    fan_out out;
    fake_pipe a, b;
    out.attach(a), out.attach(b);
    const std::string large(5000, 'x');
    for (const auto& body : {std::string("small"), large}) {
        out.match_all();
        auto part = make_part(body);
        out.send(part);
    }
    CHECK(a.raw[0].owner() == nullptr);
    CHECK(b.raw[0].owner() == nullptr);
    CHECK(a.raw[1].owner() == b.raw[1].owner());
    CHECK(a.raw[1].owner() != nullptr);
    CHECK(b.raw[1].text() == large);
}

TEST_CASE("a pipe that is full when a message starts misses all of it") {
    fan_out out;
    fake_pipe a, b;
    out.attach(a), out.attach(b);
    a.set_room(0);
    out.match_all();
    CHECK_FALSE(out.all_writable());
    auto part = make_part("1", true);
    out.send(part);
    a.set_room(9);
    part = make_part("2");
    out.send(part);
    CHECK(a.raw.empty());
    CHECK(b.sent == std::vector<parts>{{"1", "2"}});
    out.match_all();
    CHECK(out.all_writable());
}

TEST_CASE("a pipe that fills up in the middle of a message still gets its end") {
    fan_out out;
    fake_pipe a;
    out.attach(a);
    out.match_all();
    auto part = make_part("1", true);
    out.send(part);
    a.set_room(0);
    part = make_part("2");
    out.send(part);
    CHECK(a.sent == std::vector<parts>{{"1", "2"}});
}

TEST_CASE("a fan-out goes on with the others when a pipe dies in the middle of a message") {
    fan_out out;
    fake_pipe a, b, late;
    out.attach(a), out.attach(b);
    out.match_all();
    auto part = make_part("1", true);
    out.send(part);
    out.detach(a);
    out.attach(late);
    part = make_part("2");
    out.send(part);
    CHECK(b.sent == std::vector<parts>{{"1", "2"}});
    CHECK(a.raw.size() == 1);
    CHECK(late.raw.empty());
}

TEST_CASE("a fan-out can choose the others") {
    fan_out out;
    fake_pipe a, b, c;
    for (auto* peer : {&a, &b, &c}) out.attach(*peer);
    out.match(b);
    out.invert();
    auto part = make_part("x");
    out.send(part);
    CHECK(a.sent.size() == 1);
    CHECK(b.sent.empty());
    CHECK(c.sent.size() == 1);
}

TEST_CASE("a route table finds pipes by their ids and never gives one id twice") {
    route_table routes;
    fake_pipe a, b;
    CHECK(routes.add("alice", a));
    CHECK_FALSE(routes.add("alice", b));
    CHECK(b.pattern_notes().routing_id.empty());
    CHECK(routes.find(zmtp::as_bytes("alice")) == &a);
    routes.remove(b);
    CHECK(routes.find(zmtp::as_bytes("alice")) == &a);
    routes.remove(a);
    CHECK(routes.find(zmtp::as_bytes("alice")) == nullptr);
    CHECK(a.pattern_notes().routing_id.empty());
}

TEST_CASE("generated ids are a zero octet and a counter that skips taken ids and wraps") {
    route_table routes(0xffffffff);
    fake_pipe taken, a, b;
    REQUIRE(routes.add(std::string(5, '\0'), taken));
    routes.add_generated(a);
    routes.add_generated(b);
    CHECK(a.pattern_notes().routing_id == std::string("\0\xff\xff\xff\xff", 5));
    CHECK(b.pattern_notes().routing_id == std::string("\0\0\0\0\1", 5));
}

TEST_CASE("a renamed pipe keeps a route and frees its id") {
    route_table routes;
    fake_pipe a, b;
    routes.add("alice", a);
    routes.rename(a);
    CHECK(routes.add("alice", b));
    CHECK(routes.find(zmtp::as_bytes(a.pattern_notes().routing_id)) == &a);
    CHECK(a.pattern_notes().routing_id.size() == 5);
}

TEST_CASE("a route table knows whether any pipe has room") {
    route_table routes;
    fake_pipe a, b;
    CHECK_FALSE(routes.any_writable());
    routes.add_generated(a), routes.add_generated(b);
    a.set_room(0);
    CHECK(routes.any_writable());
    b.set_room(0);
    CHECK_FALSE(routes.any_writable());
}

TEST_CASE("the turn changes with the last part of a message") {
    lockstep turn(lockstep::turn::sending);
    CHECK(turn.sending());
    turn.pass(true);
    CHECK(turn.sending());
    CHECK(turn.inside());
    turn.pass(false);
    CHECK(turn.receiving());
    CHECK_FALSE(turn.inside());
    turn.pass(true);
    turn.restart(lockstep::turn::sending);
    CHECK(turn.sending());
    CHECK_FALSE(turn.inside());
}
