#include "fake_pipe.hpp"

#include "zither/sockets/pattern/xpub.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

namespace {

using told = std::vector<std::pair<std::string, bool>>;

settings manual() {
    settings options;
    options.xpub_manual = true;
    return options;
}

}  // namespace

TEST_CASE("publishers send to the peers that subscribed to what a message begins with") {
    const auto type = GENERATE(socket_type::pub, socket_type::xpub);
    rig pub(type);
    fake_pipe a, b, c;
    pub.accept(a), pub.accept(b), pub.accept(c);
    pub.arrives(a, {sub("wea")});
    pub.arrives(b, {sub("")});
    pub.arrives(b, {sub("weather")});
    CHECK(pub.made->can_send());
    CHECK(pub.send({"weather", "sun"}) == errc::ok);
    CHECK(pub.send({"we", "weather"}) == errc::ok);
    CHECK(a.sent == std::vector<parts>{{"weather", "sun"}});
    CHECK(b.sent == std::vector<parts>{{"weather", "sun"}, {"we", "weather"}});
    CHECK(c.raw.empty());
    pub.arrives(a, {unsub("wea")});
    pub.send({"weather"});
    CHECK(a.sent.size() == 1);
    CHECK(b.misuses == 0);
}

TEST_CASE("publishers never block: nobody and a full peer cost a message") {
    const auto type = GENERATE(socket_type::pub, socket_type::xpub);
    rig pub(type);
    CHECK(pub.send({"x"}) == errc::ok);
    fake_pipe a, b;
    pub.accept(a), pub.accept(b);
    pub.arrives(a, {sub("")}), pub.arrives(b, {sub("")});
    a.set_room(0);
    CHECK(pub.made->can_send());
    CHECK(pub.send_part("1", true) == errc::ok);
    pub.gets_room(a, 5);
    CHECK(pub.send_part("2") == errc::ok);
    CHECK(a.raw.empty());
    CHECK(b.sent == std::vector<parts>{{"1", "2"}});
    pub.send({"3"});
    CHECK(a.sent == std::vector<parts>{{"3"}});
}

TEST_CASE("XPUB_NODROP makes a full subscriber block the message") {
    settings options;
    options.xpub_nodrop = true;
    rig xpub(socket_type::xpub, options);
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    xpub.arrives(a, {sub("a")}), xpub.arrives(b, {sub("")});
    a.set_room(0);
    CHECK(xpub.send({"a", "x"}) == errc::again);
    CHECK(xpub.untouched);
    CHECK(b.raw.empty());
    CHECK(xpub.send({"b"}) == errc::ok);
    xpub.gets_room(a, 1);
    CHECK(xpub.send({"a", "x"}) == errc::ok);
    CHECK(a.sent == std::vector<parts>{{"a", "x"}});
    CHECK(b.sent == std::vector<parts>{{"b"}, {"a", "x"}});
}

TEST_CASE("INVERT_MATCHING sends to the peers that did not subscribe") {
    settings options;
    options.invert_matching = true;
    rig xpub(socket_type::xpub, options);
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    xpub.arrives(a, {sub("x")});
    xpub.send({"xyz", "tail"});
    CHECK(a.raw.empty());
    CHECK(b.sent == std::vector<parts>{{"xyz", "tail"}});
}

TEST_CASE("a subscription in the middle of a message starts with the next one") {
    rig xpub(socket_type::xpub);
    fake_pipe a, b;
    xpub.accept(a);
    xpub.arrives(a, {sub("")});
    xpub.send_part("1", true);
    xpub.accept(b);
    xpub.arrives(b, {sub("")});
    xpub.send_part("2");
    CHECK(b.raw.empty());
    xpub.send({"3"});
    CHECK(b.sent == std::vector<parts>{{"3"}});
}

TEST_CASE("PUB receives nothing and drops what its peers say") {
    rig pub(socket_type::pub);
    fake_pipe a;
    pub.accept(a);
    pub.arrives(a, {sub("a")});
    pub.arrives(a, {"a user", "message"});
    CHECK(a.unread() == 0);
    CHECK(pub.receive_error() == errc::not_supported);
    CHECK_FALSE(pub.made->can_receive());
    pub.made->detached(a);
    CHECK_FALSE(pub.made->can_receive());
}

TEST_CASE("XPUB tells of the first subscriber and of the last unsubscriber") {
    rig xpub(socket_type::xpub);
    fake_pipe a, b;
    a.set_properties({{"User-Id", "a"}});
    xpub.accept(a), xpub.accept(b);
    CHECK(xpub.receive_error() == errc::again);
    xpub.arrives(a, {sub("t")});
    CHECK(xpub.made->can_receive());
    zmtp::message part;
    REQUIRE(xpub.made->receive(part) == errc::ok);
    CHECK(part.text() == sub("t"));
    CHECK(part.peer() == a.peer_properties());
    xpub.arrives(b, {sub("t")});
    xpub.arrives(a, {sub("t")});
    xpub.arrives(a, {unsub("t")});
    CHECK_FALSE(xpub.made->can_receive());
    xpub.arrives(b, {unsub("t")});
    CHECK(xpub.receive() == parts{unsub("t")});
    CHECK_FALSE(xpub.made->can_receive());
}

TEST_CASE("one cancellation ends a subscription that one peer asked for twice, as libzmq's SUB expects") {
    rig xpub(socket_type::xpub);
    fake_pipe a;
    xpub.accept(a);
    xpub.arrives(a, {sub("t")});
    xpub.arrives(a, {sub("t")});
    xpub.arrives(a, {unsub("t")});
    CHECK(xpub.receive() == parts{sub("t")});
    CHECK(xpub.receive() == parts{unsub("t")});
    xpub.send({"t"});
    CHECK(a.raw.empty());
}

TEST_CASE("XPUB_VERBOSE tells of every subscription") {
    settings options;
    options.xpub_verbose = true;
    rig xpub(socket_type::xpub, options);
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    xpub.arrives(a, {sub("t")});
    xpub.arrives(b, {sub("t")});
    xpub.arrives(a, {unsub("t")});
    CHECK(xpub.receive() == parts{sub("t")});
    CHECK(xpub.receive() == parts{sub("t")});
    CHECK_FALSE(xpub.made->can_receive());
}

TEST_CASE("XPUB_VERBOSER tells of every subscription and unsubscription") {
    settings options;
    options.xpub_verboser = true;
    rig xpub(socket_type::xpub, options);
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    xpub.arrives(a, {sub("t")}), xpub.arrives(b, {sub("t")});
    xpub.arrives(a, {unsub("t")});
    CHECK(xpub.receive() == parts{sub("t")});
    CHECK(xpub.receive() == parts{sub("t")});
    CHECK(xpub.receive() == parts{unsub("t")});
    xpub.arrives(a, {sub("t")});
    CHECK(xpub.receive() == parts{sub("t")});
    xpub.made->detached(b);
    CHECK(xpub.receive() == parts{unsub("t")});
}

TEST_CASE("XPUB tells of an unsubscription from a topic it does not know, as libzmq does") {
    rig xpub(socket_type::xpub);
    fake_pipe a;
    xpub.accept(a);
    xpub.arrives(a, {unsub("t")});
    CHECK(xpub.receive() == parts{unsub("t")});
}

TEST_CASE("XPUB unsubscribes for a peer that goes, from what nobody else wants") {
    rig xpub(socket_type::xpub);
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    for (auto topic : {"", "t", "tu"}) xpub.arrives(a, {sub(topic)});
    xpub.arrives(b, {sub("t")});
    for (int i = 0; i < 3; ++i) xpub.receive();
    xpub.made->detached(a);
    std::vector<parts> got{xpub.receive(), xpub.receive()};
    std::sort(got.begin(), got.end());
    CHECK(got == std::vector<parts>{{unsub("")}, {unsub("tu")}});
    CHECK(xpub.receive().empty());
    xpub.send({"t"});
    CHECK(b.sent.size() == 1);
}

TEST_CASE("XPUB takes subscriptions that were waiting when the pipe came") {
    rig xpub(socket_type::xpub);
    fake_pipe a;
    a.arrives({sub("t")});
    xpub.accept(a);
    CHECK(xpub.receive() == parts{sub("t")});
    CHECK(a.reads == 2);
}

TEST_CASE("XPUB hands over its peers' own messages as they are") {
    rig xpub(socket_type::xpub);
    fake_pipe a;
    xpub.accept(a);
    xpub.arrives(a, {"hello"});
    xpub.arrives(a, {""});
    xpub.arrives(a, {"many", "parts", ""});
    CHECK(xpub.receive() == parts{"hello"});
    CHECK(xpub.receive() == parts{""});
    CHECK(xpub.receive() == parts{"many", "parts", ""});
    CHECK(a.raw.empty());
}

TEST_CASE("an XPUB that nobody reads keeps so much of its peers' messages, and hears every subscription") {
    rig publisher(socket_type::xpub);
    fake_pipe a;
    publisher.accept(a);
    const std::string body(1u << 20, 'x');
    constexpr std::size_t most = xpub::unread_messages_max / (1u << 20) + 1;
    for (std::size_t i = 0; i < 2 * most; ++i) publisher.arrives(a, {body, "of two parts"});
    publisher.arrives(a, {sub("t")});
    publisher.send({"t"});
    CHECK(a.sent == std::vector<parts>{{"t"}});
    std::size_t kept = 0;
    auto got = publisher.receive();
    for (; got == parts{body, "of two parts"}; got = publisher.receive()) ++kept;
    CHECK(got == parts{sub("t")});
    CHECK(kept + 1 >= most);
    CHECK(kept <= most);
    // What was read made room.
    publisher.arrives(a, {"again"});
    CHECK(publisher.receive() == parts{"again"});
}

TEST_CASE("news of subscriptions that an XPUB does not read are bounded, with all that hangs on them") {
    rig publisher(socket_type::xpub);
    std::vector<std::unique_ptr<fake_pipe>> peers;
    constexpr std::size_t each = 1u << 20;
    constexpr std::size_t most = xpub::unread_news_max / each + 1;
    for (std::size_t i = 0; i < 2 * most; ++i) {
        auto& one = *peers.emplace_back(std::make_unique<fake_pipe>());
        one.set_properties({{"X-long", std::string(each, 'm')}});
        publisher.accept(one);
        publisher.arrives(one, {sub("t" + std::to_string(i))});
    }
    publisher.send({"t" + std::to_string(2 * most - 1)});
    CHECK(peers.back()->sent.size() == 1);
    std::size_t kept = 0;
    while (!publisher.receive().empty()) ++kept;
    CHECK(kept + 1 >= most);
    CHECK(kept <= most);
}

TEST_CASE("XPUB takes a subscription out of any part, as libzmq does, or out of a message's first alone") {
    const bool only_first = GENERATE(true, false);
    settings with;
    with.only_first_subscribe = only_first;
    rig xpub(socket_type::xpub, with);
    fake_pipe a;
    xpub.accept(a);
    xpub.arrives(a, {sub("first"), "x"});
    xpub.arrives(a, {"x", sub("last")});
    CHECK(xpub.receive() == parts{sub("first")});
    CHECK(xpub.receive() == parts{"x"});
    CHECK(xpub.receive() == parts{"x", sub("last")});
    xpub.send({"first"});
    xpub.send({"last"});
    CHECK(a.raw.size() == (only_first ? 1 : 2));
}

TEST_CASE("XPUB_MANUAL leaves subscriptions to the application, for the peer it heard last") {
    rig xpub(socket_type::xpub, manual());
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    CHECK(xpub.subscribe("nobody's") == errc::ok);
    xpub.arrives(a, {sub("A")});
    xpub.arrives(b, {sub("A")});
    xpub.send({"A"});
    CHECK(a.raw.empty());

    CHECK(xpub.receive() == parts{sub("A")});
    CHECK(xpub.subscribe("XA") == errc::ok);
    CHECK(xpub.receive() == parts{sub("A")});
    CHECK(xpub.subscribe("XB") == errc::ok);
    xpub.send({"XA"}), xpub.send({"XB"}), xpub.send({"A"});
    CHECK(a.sent == std::vector<parts>{{"XA"}});
    CHECK(b.sent == std::vector<parts>{{"XB"}});

    xpub.arrives(a, {unsub("A")});
    xpub.send({"XA"});
    CHECK(a.sent.size() == 2);
    CHECK(xpub.receive() == parts{unsub("A")});
    CHECK(xpub.unsubscribe("XA") == errc::ok);
    xpub.send({"XA"});
    CHECK(a.sent.size() == 2);
}

TEST_CASE("with XPUB_MANUAL a peer that goes is unsubscribed from what it had asked for") {
    rig xpub(socket_type::xpub, manual());
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    xpub.arrives(a, {sub("A")}), xpub.arrives(b, {sub("A")});
    xpub.receive();
    xpub.subscribe("XA");
    xpub.made->detached(a);
    // The application had not heard b yet.
    CHECK(xpub.subscribe("for nobody") == errc::ok);
    CHECK(xpub.receive() == parts{sub("A")});
    xpub.subscribe("XB");
    CHECK(xpub.receive() == parts{unsub("A")});
    CHECK(xpub.receive().empty());
    xpub.subscribe("for nobody");
    xpub.send({"for nobody"});
    xpub.send({"XB"});
    CHECK(b.sent == std::vector<parts>{{"XB"}});
}

TEST_CASE("with XPUB_MANUAL a subscription outlives its peer without harm") {
    rig xpub(socket_type::xpub, manual());
    {
        fake_pipe a;
        xpub.accept(a);
        xpub.arrives(a, {sub("A")});
        xpub.made->detached(a);
    }
    CHECK(xpub.receive() == parts{sub("A")});
    CHECK(xpub.subscribe("A") == errc::ok);
    CHECK(xpub.send({"A"}) == errc::ok);
    CHECK(xpub.receive() == parts{unsub("A")});
}

TEST_CASE("a peer's own message does not change whom XPUB_MANUAL answers") {
    rig xpub(socket_type::xpub, manual());
    fake_pipe a, b;
    xpub.accept(a), xpub.accept(b);
    xpub.arrives(a, {sub("A")});
    xpub.arrives(b, {"chat"});
    xpub.receive(), xpub.receive();
    xpub.subscribe("A");
    xpub.send({"A"});
    CHECK(a.sent.size() == 1);
    CHECK(b.raw.empty());
}

TEST_CASE("the welcome message is the first a new subscriber gets, once") {
    settings options;
    options.xpub_welcome_message = "welcome";
    rig xpub(socket_type::xpub, options);
    fake_pipe a;
    xpub.connect(a);
    CHECK(a.sent == std::vector<parts>{{"welcome"}});
    xpub.made->disconnected(a);
    xpub.made->connected(a);
    CHECK(a.sent.size() == 1);
    CHECK(a.misuses == 0);
}

TEST_CASE("SUB receives what it subscribed to and skips the rest, whole messages") {
    rig sub_socket(socket_type::sub);
    fake_pipe a;
    sub_socket.connect(a);
    sub_socket.subscribe("a");
    a.arrives({"b", "a", "a"});
    a.arrives({"abc", "b", ""});
    a.arrives({""});
    a.arrives({"a"});
    CHECK(sub_socket.made->can_receive());
    CHECK(sub_socket.receive() == parts{"abc", "b", ""});
    CHECK(sub_socket.receive() == parts{"a"});
    CHECK_FALSE(sub_socket.made->can_receive());
    CHECK(sub_socket.receive_error() == errc::again);
}

TEST_CASE("a SUB that was polled gives the message it found") {
    rig sub_socket(socket_type::sub);
    fake_pipe a;
    sub_socket.connect(a);
    CHECK_FALSE(sub_socket.made->can_receive());
    sub_socket.subscribe("x");
    sub_socket.arrives(a, {"nothing"});
    CHECK_FALSE(sub_socket.made->can_receive());
    sub_socket.arrives(a, {"x1", "tail"});
    CHECK(sub_socket.made->can_receive());
    CHECK(sub_socket.made->can_receive());
    zmtp::message part;
    sub_socket.made->receive(part);
    CHECK(part.text() == "x1");
    CHECK(sub_socket.made->can_receive());
    CHECK(sub_socket.receive() == parts{"tail"});
    CHECK_FALSE(sub_socket.made->can_receive());
}

TEST_CASE("INVERT_MATCHING turns the filter of SUB around") {
    settings options;
    options.invert_matching = true;
    rig sub_socket(socket_type::sub, options);
    fake_pipe a;
    sub_socket.connect(a);
    sub_socket.subscribe("a");
    a.arrives({"abc"}), a.arrives({"xyz"});
    CHECK(sub_socket.receive() == parts{"xyz"});
    CHECK(sub_socket.receive().empty());
}

TEST_CASE("SUB cannot send") {
    rig sub_socket(socket_type::sub);
    fake_pipe a;
    sub_socket.connect(a);
    CHECK_FALSE(sub_socket.made->can_send());
    CHECK(sub_socket.send({sub("x")}) == errc::not_supported);
    CHECK(sub_socket.untouched);
    CHECK(a.subscriptions.empty());
}

TEST_CASE("SUB tells its publishers of each subscription and of the last unsubscription") {
    rig sub_socket(socket_type::sub);
    fake_pipe a, b;
    sub_socket.connect(a), sub_socket.connect(b);
    CHECK(sub_socket.unsubscribe("unknown") == errc::ok);
    CHECK(a.subscriptions.empty());
    sub_socket.subscribe("t");
    sub_socket.subscribe("t");
    sub_socket.unsubscribe("t");
    CHECK(a.subscriptions == told{{"t", true}, {"t", true}});
    sub_socket.unsubscribe("t");
    CHECK(b.subscriptions == told{{"t", true}, {"t", true}, {"t", false}});
    sub_socket.unsubscribe("t");
    CHECK(b.subscriptions.size() == 3);
}

TEST_CASE("subscriptions are told again, once each, on every connection") {
    rig sub_socket(socket_type::sub);
    sub_socket.subscribe("a"), sub_socket.subscribe("ab"), sub_socket.subscribe("a");
    sub_socket.subscribe("gone"), sub_socket.unsubscribe("gone");
    fake_pipe peer;
    sub_socket.made->attached(peer, true);
    CHECK(peer.subscriptions.empty());
    for (int connection = 0; connection < 2; ++connection) {
        peer.subscriptions.clear();
        sub_socket.made->connected(peer);
        std::sort(peer.subscriptions.begin(), peer.subscriptions.end());
        CHECK(peer.subscriptions == told{{"a", true}, {"ab", true}});
        sub_socket.made->disconnected(peer);
    }
}

TEST_CASE("XSUB subscribes by sending messages that begin with one or zero") {
    rig xsub(socket_type::xsub);
    fake_pipe a, late;
    xsub.connect(a);
    CHECK(xsub.made->can_send());
    CHECK(xsub.send({sub("t")}) == errc::ok);
    CHECK(xsub.send({sub("")}) == errc::ok);
    CHECK(xsub.send({unsub("t")}) == errc::ok);
    CHECK(xsub.send({unsub("unknown")}) == errc::ok);
    CHECK(a.subscriptions == told{{"t", true}, {"", true}, {"t", false}});
    CHECK(a.raw.empty());
    xsub.connect(late);
    CHECK(late.subscriptions == told{{"", true}});
}

TEST_CASE("XSUB sends other messages to all publishers") {
    rig xsub(socket_type::xsub);
    fake_pipe a, b;
    xsub.connect(a), xsub.connect(b);
    CHECK(xsub.send({"user", sub("x"), ""}) == errc::ok);
    CHECK(xsub.send({""}) == errc::ok);
    a.set_room(0);
    CHECK(xsub.send({"dropped for a"}) == errc::ok);
    CHECK(a.sent == std::vector<parts>{{"user", sub("x"), ""}, {""}});
    CHECK(b.sent.size() == 3);
    CHECK(a.subscriptions.empty());
}

TEST_CASE("XSUB hears its publishers in turn and does not filter, as in libzmq") {
    rig xsub(socket_type::xsub);
    fake_pipe a, b;
    xsub.connect(a), xsub.connect(b);
    a.arrives({"a1", "x"}), a.arrives({"a2"}), b.arrives({"b1"});
    CHECK(xsub.made->can_receive());
    CHECK(xsub.receive() == parts{"a1", "x"});
    CHECK(xsub.receive() == parts{"b1"});
    CHECK(xsub.receive() == parts{"a2"});
}
