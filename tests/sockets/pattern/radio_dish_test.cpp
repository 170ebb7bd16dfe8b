// Groups: RFC 48.
#include "fake_pipe.hpp"

#include <catch2/catch.hpp>

using namespace zither;
using namespace zither::sockets::pattern;
using namespace zither::sockets::pattern::test;

namespace {

errc broadcast(rig& radio, std::string_view group, std::string_view body) {
    zmtp::message whole(body);
    REQUIRE(whole.set_group(group));
    return radio.made->send(whole);
}

/// "group:body" of the next message; "" when there is none.
std::string heard(rig& dish) {
    zmtp::message whole;
    if (dish.made->receive(whole) != errc::ok) return "";
    CHECK_FALSE(whole.more());
    return std::string(whole.group()) + ":" + std::string(whole.text());
}

using joins = std::vector<std::pair<std::string, bool>>;

}  // namespace

TEST_CASE("a message goes to those who joined its group, and the name goes with it") {
    rig radio(socket_type::radio);
    fake_pipe movies;
    fake_pipe both;
    fake_pipe nothing;
    for (auto* dish : {&movies, &both, &nothing}) radio.accept(*dish);
    radio.arrives(movies, {sub("Movies")});
    radio.arrives(both, {sub("TV")});
    radio.arrives(both, {sub("Movies")});
    CHECK(broadcast(radio, "Movies", "Godfather") == errc::ok);
    CHECK(broadcast(radio, "TV", "Friends") == errc::ok);
    CHECK(movies.take() == std::vector<parts>{{"Movies", "Godfather"}});
    CHECK(both.take() == std::vector<parts>{{"Movies", "Godfather"}, {"TV", "Friends"}});
    CHECK(nothing.take().empty());
}

TEST_CASE("who cannot join gets every group, once") {
    rig radio(socket_type::radio);
    fake_pipe everybody;
    fake_pipe dish;
    everybody.all_groups = true;
    for (auto* peer : {&everybody, &dish}) radio.accept(*peer);
    radio.arrives(dish, {sub("TV")});
    CHECK(broadcast(radio, "Movies", "Godfather") == errc::ok);
    CHECK(broadcast(radio, "TV", "Friends") == errc::ok);
    CHECK(everybody.take() == std::vector<parts>{{"Movies", "Godfather"}, {"TV", "Friends"}});
    CHECK(dish.take() == std::vector<parts>{{"TV", "Friends"}});
    radio.arrives(everybody, {sub("TV")});
    CHECK(broadcast(radio, "TV", "Friends") == errc::ok);
    CHECK(everybody.take() == std::vector<parts>{{"TV", "Friends"}});
    radio.made->detached(everybody);
    CHECK(broadcast(radio, "Movies", "Godfather") == errc::ok);
    CHECK(everybody.take().empty());
}

TEST_CASE("groups match whole, not by their beginning") {
    rig radio(socket_type::radio);
    fake_pipe dish;
    radio.accept(dish);
    radio.arrives(dish, {sub("TV")});
    for (const auto* other : {"T", "TVs", "tv", ""}) CHECK(broadcast(radio, other, "x") == errc::ok);
    CHECK(dish.take().empty());
    radio.arrives(dish, {sub("")});
    CHECK(broadcast(radio, "", "x") == errc::ok);
    CHECK(dish.take() == std::vector<parts>{{"", "x"}});
}

TEST_CASE("who left a group, or is gone, gets no more of it") {
    rig radio(socket_type::radio);
    fake_pipe dish;
    fake_pipe other;
    radio.accept(dish);
    radio.accept(other);
    for (auto* one : {&dish, &other}) radio.arrives(*one, {sub("TV")});
    radio.arrives(dish, {sub("TV")});  // twice is once
    radio.arrives(dish, {unsub("TV")});
    radio.arrives(dish, {unsub("unknown")});
    CHECK(broadcast(radio, "TV", "x") == errc::ok);
    CHECK(dish.take().empty());
    CHECK(other.take().size() == 1);
    radio.loses(other);
    CHECK(broadcast(radio, "TV", "x") == errc::ok);
    CHECK(other.take().empty());
}

TEST_CASE("what a dish says beside its groups is nothing to a radio") {
    rig radio(socket_type::radio);
    fake_pipe dish;
    radio.accept(dish);
    radio.arrives(dish, {""});
    radio.arrives(dish, {"TV"});
    radio.arrives(dish, {sub("TV"), "more"});
    radio.arrives(dish, {"more", sub("TV")});
    radio.arrives(dish, {sub(std::string(256, 'g'))});
    CHECK(broadcast(radio, "TV", "x") == errc::ok);
    CHECK(dish.take().empty());
}

TEST_CASE("a dish without room misses the message, unless XPUB_NODROP asks to wait") {
    settings patient;
    patient.xpub_nodrop = true;
    rig radio(socket_type::radio);
    rig careful(socket_type::radio, patient);
    for (auto* socket : {&radio, &careful}) {
        fake_pipe slow;
        fake_pipe quick;
        socket->accept(slow);
        socket->accept(quick);
        for (auto* one : {&slow, &quick}) socket->arrives(*one, {sub("g")});
        slow.set_room(0);
        const bool waits = socket == &careful;
        CHECK(broadcast(*socket, "g", "x") == (waits ? errc::again : errc::ok));
        CHECK(quick.take().size() == (waits ? 0 : 1));
        socket->gets_room(slow, 1);
        CHECK(broadcast(*socket, "g", "y") == errc::ok);
        CHECK(slow.take() == std::vector<parts>{{"g", "y"}});
        CHECK(slow.misuses == 0);
        socket->loses(slow);
        socket->loses(quick);
    }
}

TEST_CASE("a dish tells every radio of its groups, also those that come later") {
    rig dish(socket_type::dish);
    fake_pipe early;
    dish.accept(early);
    CHECK(dish.made->join("TV", true) == errc::ok);
    CHECK(early.subscriptions == joins{{"TV", true}});
    fake_pipe late;
    dish.connect(late);
    CHECK(late.subscriptions == joins{{"TV", true}});
    CHECK(dish.made->join("TV", false) == errc::ok);
    CHECK(late.subscriptions == joins{{"TV", true}, {"TV", false}});
    late.subscriptions.clear();
    dish.made->disconnected(late);
    dish.made->connected(late);
    CHECK(late.subscriptions.empty());
}

TEST_CASE("a dish joins a group once and leaves what it joined") {
    rig dish(socket_type::dish);
    const std::string longest(255, 'g');
    CHECK(dish.made->join("TV", false) == errc::invalid_argument);
    CHECK(dish.made->join("TV", true) == errc::ok);
    CHECK(dish.made->join("TV", true) == errc::invalid_argument);
    CHECK(dish.made->join("TV", false) == errc::ok);
    CHECK(dish.made->join("TV", false) == errc::invalid_argument);
    CHECK(dish.made->join(longest, true) == errc::ok);
    CHECK(dish.made->join(longest, false) == errc::ok);
    CHECK(dish.made->join(longest + "g", true) == errc::invalid_argument);
    CHECK(dish.made->join(std::string_view("a\0b", 3), true) == errc::invalid_argument);
    CHECK(rig(socket_type::sub).made->join("TV", true) == errc::not_supported);
}

TEST_CASE("a dish hears its groups and knows which") {
    rig dish(socket_type::dish);
    fake_pipe radio;
    dish.accept(radio);
    dish.made->join("TV", true);
    dish.made->join("Movies", true);
    dish.arrives(radio, {"TV", "Friends"});
    dish.arrives(radio, {"Other", "x"});
    CHECK(dish.made->can_receive());
    dish.arrives(radio, {"Movies", "Godfather"});
    CHECK(heard(dish) == "TV:Friends");
    CHECK(heard(dish) == "Movies:Godfather");
    CHECK_FALSE(dish.made->can_receive());
    CHECK(heard(dish).empty());
    dish.made->join("TV", false);
    dish.arrives(radio, {"TV", "late"});
    CHECK_FALSE(dish.made->can_receive());
}

TEST_CASE("what is not of a group and a body is dropped") {
    rig dish(socket_type::dish);
    fake_pipe radio;
    dish.accept(radio);
    dish.made->join("TV", true);
    dish.arrives(radio, {"TV"});
    dish.arrives(radio, {"TV", "a", "b"});
    CHECK_FALSE(dish.made->can_receive());
    dish.arrives(radio, {"TV"});
    dish.arrives(radio, {"TV", "good"});
    CHECK(heard(dish) == "TV:good");
    CHECK(heard(dish).empty());
}
