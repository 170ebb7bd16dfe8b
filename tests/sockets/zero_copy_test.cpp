// ZERO_COPY_RECV: what a received message keeps alive.
#include "zither/sockets/context_object.hpp"
#include "zither/sockets/zither.hpp"

#include <catch2/catch.hpp>

using namespace zither;

TEST_CASE("without ZERO_COPY_RECV a message keeps no more than itself") {
    constexpr int zero_copy_receive = 10;
    const bool shares = GENERATE(true, false);
    context in;
    REQUIRE(in.object()->set(zero_copy_receive, shares) == errc::ok);
    zither::socket pull(in, socket_type::pull), push(in, socket_type::push);
    pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.last_endpoint());
    const std::string body(1000, 'x');
    message head(body);
    head.set_more(true);
    push.send(std::move(head));
    push.send(message(std::string_view("end")));
    auto first = pull.receive();
    REQUIRE(first.owner());
    CHECK((first.owner()->capacity() == body.size()) != shares);
    CHECK(first.text() == body);
    CHECK(first.more());
    CHECK(pull.receive().text() == "end");
}
