// The options of PUB, SUB, XPUB and XSUB.
#include "c_api.hpp"

using namespace zither::test;
using namespace std::string_view_literals;

namespace {

std::string somehow() { return somewhere(GENERATE(true, false)); }

bool is_einval(int result) { return result == -1 && zmq_errno() == EINVAL; }

/// What the XPUB was told, `count` times, with a dot for what is no letter.
std::string told(const c_socket& xpub, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        auto one = xpub.receive();
        for (auto& each : one)
            if (each <= '\1') each = static_cast<char>('0' + each);
        all += (i ? " " : "") + one + (xpub.get(ZMQ_RCVMORE) == 1 ? "+" : "");
    }
    return all;
}

/// Subscriptions made before the connection is up are sent at once, in no order: so it must be.
void meet(const c_socket& xpub, const c_socket& xsub, const std::string& at = somehow()) {
    REQUIRE(xsub.connect(xpub.bound(at)) == 0);
    if (xsub.get(ZMQ_TYPE) == ZMQ_SUB)
        xsub.set(ZMQ_SUBSCRIBE, "~");
    else
        xsub.send("\1~"sv);
    CHECK(told(xpub, 1) == "1~");
}

}  // namespace

TEST_CASE("a subscription may be any part of a message") {
    c_context context;
    c_socket xpub(context, ZMQ_XPUB), xsub(context, ZMQ_XSUB);
    meet(xpub, xsub);
    xsub.send("\1A"sv, ZMQ_SNDMORE);
    xsub.send("\1B"sv);
    CHECK(told(xpub, 2) == "1A 1B");
    xsub.send("data", ZMQ_SNDMORE);
    xsub.send("\1C"sv);
    CHECK(told(xpub, 2) == "data+ 1C");
    xsub.send("\1D"sv, ZMQ_SNDMORE);
    xsub.send("data");
    CHECK(told(xpub, 2) == "1D data");
    for (const auto* topic : {"A", "B", "C", "D", "E"}) xpub.send(topic);
    std::string got;
    for (int i = 0; i < 4; ++i) got += xsub.receive();
    CHECK(got == "ABCD");
}

TEST_CASE("ONLY_FIRST_SUBSCRIBE: later parts are the application's, whatever they begin with") {
    c_context context;
    c_socket xpub(context, ZMQ_XPUB), xsub(context, ZMQ_XSUB);
    REQUIRE(xpub.set(ZMQ_ONLY_FIRST_SUBSCRIBE, 1) == 0);
    REQUIRE(xsub.set(ZMQ_ONLY_FIRST_SUBSCRIBE, 1) == 0);
    meet(xpub, xsub);
    xsub.send("data", ZMQ_SNDMORE);
    xsub.send("\1C"sv);
    CHECK(told(xpub, 2) == "data+ 1C");
    xsub.send("\1E"sv);
    CHECK(told(xpub, 1) == "1E");
    xpub.send("C");
    xpub.send("E");
    CHECK(xsub.receive() == "E");
}

TEST_CASE("XPUB_MANUAL_LAST_VALUE: what follows a subscription goes to its subscriber alone") {
    c_context context;
    c_socket xpub(context, ZMQ_XPUB), first(context, ZMQ_SUB), second(context, ZMQ_SUB);
    REQUIRE(xpub.set(ZMQ_XPUB_MANUAL_LAST_VALUE, 1) == 0);
    const auto at = xpub.bound(somehow());
    first.connect(at);
    first.set(ZMQ_SUBSCRIBE, "A");
    CHECK(told(xpub, 1) == "1A");
    xpub.set(ZMQ_SUBSCRIBE, "A");
    xpub.send("A: for the first");
    second.connect(at);
    second.set(ZMQ_SUBSCRIBE, "A");
    CHECK(told(xpub, 1) == "1A");
    xpub.set(ZMQ_SUBSCRIBE, "A");
    xpub.send("A: for the second");
    xpub.send("A: for both");
    CHECK(first.receive() == "A: for the first");
    CHECK(first.receive() == "A: for both");
    CHECK(second.receive() == "A: for the second");
    CHECK(second.receive() == "A: for both");
}

TEST_CASE("options of subscriptions are EINVAL elsewhere") {
    c_context context;
    c_socket sub(context, ZMQ_SUB), xsub(context, ZMQ_XSUB), pair(context, ZMQ_PAIR);
    CHECK(is_einval(sub.set(ZMQ_ONLY_FIRST_SUBSCRIBE, 1)));
    CHECK(is_einval(xsub.set(ZMQ_XPUB_MANUAL_LAST_VALUE, 1)));
    CHECK(is_einval(pair.set(ZMQ_ONLY_FIRST_SUBSCRIBE, 1)));
    CHECK(is_einval(xsub.set(ZMQ_ONLY_FIRST_SUBSCRIBE, -1)));
    CHECK(is_einval(sub.set(ZMQ_XSUB_VERBOSE_UNSUBSCRIBE, 1)));
}

TEST_CASE("XSUB_VERBOSE_UNSUBSCRIBE sends every unsubscription") {
    c_context context;
    c_socket xpub(context, ZMQ_XPUB), xsub(context, ZMQ_XSUB);
    REQUIRE(xpub.set(ZMQ_XPUB_VERBOSER, 1) == 0);
    REQUIRE(xsub.set(ZMQ_XSUB_VERBOSE_UNSUBSCRIBE, 1) == 0);
    meet(xpub, xsub);
    for (const auto each : {"\1A"sv, "\1A"sv, "\0A"sv, "\0A"sv, "\0A"sv, "\1B"sv}) xsub.send(each);
    CHECK(told(xpub, 6) == "1A 1A 0A 0A 0A 1B");
}

TEST_CASE("without it only the last is sent") {
    c_context context;
    c_socket xpub(context, ZMQ_XPUB), xsub(context, ZMQ_XSUB);
    REQUIRE(xpub.set(ZMQ_XPUB_VERBOSER, 1) == 0);
    meet(xpub, xsub);
    for (const auto each : {"\1A"sv, "\1A"sv, "\0A"sv, "\0A"sv, "\0A"sv, "\1B"sv}) xsub.send(each);
    CHECK(told(xpub, 4) == "1A 1A 0A 1B");
}

TEST_CASE("TOPICS_COUNT counts the topics subscribed to, on either side") {
    c_context context;
    c_socket xpub(context, ZMQ_XPUB), sub(context, ZMQ_SUB);
    CHECK(sub.get(ZMQ_TOPICS_COUNT) == 0);
    meet(xpub, sub);
    for (const auto* topic : {"A", "A", "B", ""}) sub.set(ZMQ_SUBSCRIBE, std::string_view(topic));
    CHECK(sub.get(ZMQ_TOPICS_COUNT) == 4);
    CHECK(told(xpub, 3) == "1A 1B 1");
    CHECK(xpub.get(ZMQ_TOPICS_COUNT) == 4);
    sub.set(ZMQ_UNSUBSCRIBE, "B");
    CHECK(sub.get(ZMQ_TOPICS_COUNT) == 3);
    CHECK(told(xpub, 1) == "0B");
    CHECK(xpub.get(ZMQ_TOPICS_COUNT) == 3);
    c_socket pair(context, ZMQ_PAIR);
    CHECK(pair.get(ZMQ_TOPICS_COUNT) == -12345);
    CHECK(is_einval(xpub.set(ZMQ_TOPICS_COUNT, 1)));
}
