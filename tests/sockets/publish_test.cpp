// PUB, SUB, XPUB and XSUB: who gets what, and what the publisher hears of it.
#include "endpoints.hpp"

using namespace zither;
using namespace zither::test;

namespace {

using namespace std::string_literals;

way tcp_or_inproc() { return GENERATE(tcp, ipc_abstract, inproc); }

/// An XPUB and its subscribers: the test sees each subscription arrive, so it knows when to publish.
struct audience {
    explicit audience(const way& by) : pub(make(in, socket_type::xpub)) { pub.bind(by.to_bind()); }
    zither::socket subscriber(std::initializer_list<std::string_view> topics) {
        auto made = make(in, socket_type::sub);
        for (const auto topic : topics) made.subscribe(topic);
        made.connect(pub.last_endpoint());
        return made;
    }
    bool nothing_heard() { return !pub.receive_for(30ms); }

    context in;
    zither::socket pub;
};

std::string joined(std::string_view topic) { return "\1"s + std::string(topic); }
std::string left(std::string_view topic) { return std::string(1, 0) + std::string(topic); }

bool nothing_for(zither::socket& by) { return !by.receive_for(30ms); }

}  // namespace

TEST_CASE("a subscriber gets what begins with one of its topics, by the first part alone") {
    audience all(tcp_or_inproc());
    auto sub = all.subscriber({"a", "bc"});
    CHECK(received(all.pub) == joined("a"));
    CHECK(received(all.pub) == joined("bc"));
    for (const auto* text : {"a", "b", "abc", "bc", "bcd", "ca", ""}) all.pub.send(text);
    all.pub.send(parts_of({"x", "a"}));
    all.pub.send(parts_of({"a", "x"}));
    for (const auto* text : {"a", "abc", "bc", "bcd", "a|x"}) CHECK(received_all(sub) == text);
    CHECK(nothing_for(sub));
}

TEST_CASE("the empty topic is everything, and no topic is nothing") {
    audience all(tcp_or_inproc());
    auto everything = all.subscriber({""});
    CHECK(received(all.pub) == joined(""));
    auto nothing = all.subscriber({});
    all.pub.send("");
    all.pub.send("news");
    CHECK(received(everything).empty());
    CHECK(received(everything) == "news");
    CHECK(nothing_for(nothing));
}

TEST_CASE("each of many subscribers gets its own share, in order, in bursts of all sizes") {
    audience all(tcp_or_inproc());
    all.pub.set(option::xpub_verbose, true);
    std::vector<std::pair<std::string, zither::socket>> subs;
    // Most of them get most of it; the last gets one message in seven.
    for (const auto* topic : {"", "", "a", "a", "", "b"}) {
        subs.emplace_back(topic, all.subscriber({topic}));
        CHECK(received(all.pub) == joined(topic));
    }
    for (int round = 0; round < 40; ++round) {
        std::vector<std::string> sent;
        for (int i = 0; i < 100; ++i) {
            const auto size = i % 31 == 0 ? 5000u : i % 5 == 0 ? 1000u : 10u;
            const std::string topic = i % 7 == 0 ? "b" : "a";
            const auto text = topic + std::to_string(round * 100 + i) + std::string(size, '.');
            if (i % 11 == 0)
                all.pub.send(parts_of({text, "and more"}));
            else
                all.pub.send(text);
            sent.push_back(i % 11 == 0 ? text + "|and more" : text);
        }
        for (auto& [topic, sub] : subs)
            for (const auto& text : sent)
                if (text.starts_with(topic)) REQUIRE(received_all(sub) == text);
    }
    for (auto& [topic, sub] : subs) CHECK(nothing_for(sub));
}

TEST_CASE("a message that matches two topics of one subscriber comes once") {
    audience all(tcp_or_inproc());
    auto sub = all.subscriber({"a", "ab"});
    CHECK(received(all.pub) == joined("a"));
    CHECK(received(all.pub) == joined("ab"));
    all.pub.send("abc");
    CHECK(received(sub) == "abc");
    CHECK(nothing_for(sub));
}

TEST_CASE("topics are counted: each subscribe takes one unsubscribe") {
    audience all(tcp_or_inproc());
    auto sub = all.subscriber({"a", "a"});
    CHECK(received(all.pub) == joined("a"));
    sub.unsubscribe("a");
    sub.unsubscribe("never subscribed");
    CHECK(all.nothing_heard());
    all.pub.send("abc");
    CHECK(received(sub) == "abc");
    sub.unsubscribe("a");
    CHECK(received(all.pub) == left("a"));
    all.pub.send("abc");
    CHECK(nothing_for(sub));
}

TEST_CASE("a plain PUB filters as well, for subscribers of any moment") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto pub = make(in, socket_type::pub);
    auto sub = make(in, socket_type::sub);
    pub.send("into the void");  // never waits
    pub.bind(by.to_bind());
    sub.connect(pub.last_endpoint());
    sub.subscribe("b");
    CHECK(eventually([&] {
        pub.send("a");
        pub.send("b");
        const auto part = sub.receive_for(1ms);
        return part && part->text() == "b";
    }));
}

TEST_CASE("a subscriber that binds gets a connecting publisher's messages") {
    const auto by = tcp_or_inproc();
    CAPTURE(by);
    context in;
    auto sub = make(in, socket_type::sub);
    auto pub = make(in, socket_type::xpub);
    sub.subscribe("x");
    sub.bind(by.to_bind());
    pub.connect(sub.last_endpoint());
    CHECK(received(pub) == joined("x"));
    pub.send("xyz");
    CHECK(received(sub) == "xyz");
}

TEST_CASE("subscriptions are said again to a publisher that comes back") {
    const auto by = GENERATE(tcp, ipc, ipc_abstract);
    CAPTURE(by);
    context in;
    const auto at = by.exact();
    auto sub = make(in, socket_type::sub);
    sub.set(option::reconnect_interval, 10ms);
    sub.subscribe("a");
    sub.connect(at);
    for (int i = 0; i < 3; ++i) {
        auto pub = make(in, socket_type::xpub);
        REQUIRE(eventually([&] { return !error_of([&](auto& error) { pub.bind(at, error); }); }));
        CHECK(received(pub) == joined("a"));
        pub.send("a" + std::to_string(i));
        CHECK(received(sub) == "a" + std::to_string(i));
    }
}

TEST_CASE("XPUB hears the first subscription and the last cancellation of a topic") {
    const int verbosity = GENERATE(0, 1, 2);
    audience all(tcp_or_inproc());
    CAPTURE(verbosity);
    if (verbosity == 1) all.pub.set(option::xpub_verbose, true);
    if (verbosity == 2) all.pub.set(option::xpub_verboser, true);
    auto one = all.subscriber({"a"});
    CHECK(received(all.pub) == joined("a"));
    auto other = all.subscriber({"a"});
    if (verbosity >= 1) CHECK(received(all.pub) == joined("a"));
    CHECK(all.nothing_heard());
    one.unsubscribe("a");
    if (verbosity == 2) CHECK(received(all.pub) == left("a"));
    CHECK(all.nothing_heard());
    other.unsubscribe("a");
    CHECK(received(all.pub) == left("a"));
    CHECK(all.nothing_heard());
}

TEST_CASE("XPUB hears that a subscriber has gone") {
    const int verbosity = GENERATE(0, 1, 2);
    audience all(tcp_or_inproc());
    CAPTURE(verbosity);
    if (verbosity == 1) all.pub.set(option::xpub_verbose, true);
    if (verbosity == 2) all.pub.set(option::xpub_verboser, true);
    auto one = all.subscriber({"q"});
    auto other = all.subscriber({"q"});
    for (int i = 0; i < (verbosity > 0 ? 2 : 1); ++i) CHECK(received(all.pub) == joined("q"));
    CHECK(all.nothing_heard());
    one.close();
    if (verbosity == 2) CHECK(received(all.pub) == left("q"));
    CHECK(all.nothing_heard());
    other.close();
    CHECK(received(all.pub) == left("q"));
}

TEST_CASE("a manual XPUB decides itself what its peer is subscribed to") {
    audience all(tcp_or_inproc());
    all.pub.set(option::xpub_manual, true);
    auto sub = all.subscriber({"A", "B"});
    CHECK(received(all.pub) == joined("A"));
    all.pub.subscribe("B");  // for the peer whose message came last
    CHECK(received(all.pub) == joined("B"));
    all.pub.send("A1");
    all.pub.send("B1");
    CHECK(received(sub) == "B1");
    sub.unsubscribe("A");
    CHECK(received(all.pub) == left("A"));
    all.pub.unsubscribe("B");
    all.pub.send("B2");
    CHECK(nothing_for(sub));
}

TEST_CASE("an XPUB that is not manual has no subscriptions to set") {
    context in;
    auto pub = make(in, socket_type::xpub);
    CHECK_THROWS_AS(pub.subscribe("A"), std::system_error);
}

TEST_CASE("XPUB_WELCOME_MSG greets whom its topic concerns") {
    audience all(tcp_or_inproc());
    all.pub.set(option::xpub_welcome_message, "Welcome");
    auto greeted = all.subscriber({"W"});
    CHECK(received(greeted) == "Welcome");
    auto other = all.subscriber({"x"});
    CHECK(nothing_for(other));
    CHECK(nothing_for(greeted));
}

TEST_CASE("INVERT_MATCHING delivers what matches no topic") {
    audience all(tcp_or_inproc());
    all.pub.set(option::invert_matching, true);
    auto sub = make(all.in, socket_type::sub);
    sub.set(option::invert_matching, true);
    sub.subscribe("A");
    sub.connect(all.pub.last_endpoint());
    CHECK(received(all.pub) == joined("A"));
    all.pub.send("A1");
    all.pub.send("B1");
    CHECK(received(sub) == "B1");
    CHECK(nothing_for(sub));
}

TEST_CASE("XPUB_NODROP waits for the slowest; otherwise it loses what it has no room for") {
    const bool nodrop = GENERATE(true, false);
    audience all(inproc);
    all.pub.set(option::send_high_water_mark, 1);
    all.pub.set(option::xpub_nodrop, nodrop);
    auto narrow = make(all.in, socket_type::sub);
    narrow.set(option::receive_high_water_mark, 1);
    narrow.subscribe("");
    narrow.connect(all.pub.last_endpoint());
    CHECK(received(all.pub) == joined(""));
    for (const auto* text : {"0", "1"}) CHECK_FALSE(try_send(all.pub, text));
    for (const auto* text : {"2", "3"}) {
        const auto error = try_send(all.pub, text);
        CHECK(static_cast<bool>(error) == nodrop);
        if (nodrop) CHECK(error == errc::again);
    }
    for (const auto* text : {"0", "1"}) CHECK(received(narrow) == text);
    CHECK(nothing_for(narrow));
    CHECK_FALSE(try_send(all.pub, "4"));
    CHECK(received(narrow) == "4");
}

TEST_CASE("XSUB speaks in messages: subscriptions upstream, and messages of its own") {
    audience all(tcp_or_inproc());
    auto sub = make(all.in, socket_type::xsub);
    sub.connect(all.pub.last_endpoint());
    sub.send("hello, publisher");
    CHECK(received(all.pub) == "hello, publisher");
    sub.send(joined("A"));
    CHECK(received(all.pub) == joined("A"));
    all.pub.send("A1");
    CHECK(received(sub) == "A1");
    sub.send(left("A"));
    CHECK(received(all.pub) == left("A"));
    all.pub.send("A2");
    CHECK(nothing_for(sub));
}

TEST_CASE("one-way sockets refuse the other way") {
    context in;
    for (const auto type : {socket_type::pub, socket_type::push}) {
        auto made = make(in, type);
        CHECK(error_of([&](auto& error) { (void)made.receive(wait::as_set, error); }) == errc::not_supported);
    }
    for (const auto type : {socket_type::sub, socket_type::pull}) {
        auto made = make(in, type);
        CHECK(try_send(made, "x") == errc::not_supported);
    }
    auto pull = make(in, socket_type::pull);
    CHECK_THROWS_AS(pull.subscribe("x"), std::system_error);
}

TEST_CASE("a thousand subscriptions, each with its own messages") {
    audience all(tcp_or_inproc());
    auto sub = make(all.in, socket_type::sub);
    sub.connect(all.pub.last_endpoint());
    for (int i = 0; i < 1000; ++i) sub.subscribe("topic " + std::to_string(i) + ";");
    for (int i = 0; i < 1000; ++i) REQUIRE(received(all.pub) == joined("topic " + std::to_string(i) + ";"));
    for (int i = 0; i < 1100; ++i) all.pub.send("topic " + std::to_string(i) + ";x");
    for (int i = 0; i < 1000; ++i) REQUIRE(received(sub) == "topic " + std::to_string(i) + ";x");
    CHECK(nothing_for(sub));
}
