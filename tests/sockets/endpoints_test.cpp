// Endpoints that end, that cannot be, and connections that break a limit: again for every transport.
#include "endpoints.hpp"

#include <vector>

using namespace zither;
using namespace zither::test;

namespace {

std::error_code bind_error(zither::socket& by, const std::string& at) {
    return error_of([&](auto& error) { by.bind(at, error); });
}
std::error_code connect_error(zither::socket& by, const std::string& at) {
    return error_of([&](auto& error) { by.connect(at, error); });
}
std::error_code unbind_error(zither::socket& by, const std::string& at) {
    return error_of([&](auto& error) { by.unbind(at, error); });
}
std::error_code disconnect_error(zither::socket& by, const std::string& at) {
    return error_of([&](auto& error) { by.disconnect(at, error); });
}

}  // namespace

TEST_CASE("an unbound address is free for another socket, to which connected peers turn") {
    const auto by = GENERATE(tcp, tcp6, ipc, ipc_abstract);
    CAPTURE(by);
    context in;
    auto first = make(in, socket_type::pull);
    auto second = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    push.set(option::reconnect_interval, 10ms);
    first.bind(by.to_bind());
    const auto at = first.last_endpoint();
    push.connect(at);
    push.send("before");
    CHECK(received(first) == "before");
    first.unbind(at);
    // Accepted connections end with their listener.
    REQUIRE(eventually([&] { return !bind_error(second, at); }));
    CHECK(eventually([&] {
        (void)try_send(push, "after");
        std::error_code ignored;
        (void)first.receive(wait::never, ignored);  // libzmq ends them as soon as the socket is used
        return second.receive_for(1ms).has_value();
    }));
}

TEST_CASE("unbinding an inproc name keeps the connections it made and frees the name") {
    context in;
    auto first = make(in, socket_type::pull);
    auto second = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    const auto at = inproc.exact();
    first.bind(at);
    push.connect(at);
    first.unbind(at);
    push.send("still there");
    CHECK(received(first) == "still there");
    second.bind(at);
    auto late = make(in, socket_type::push);
    late.connect(at);
    late.send("to the new one");
    CHECK(received(second) == "to the new one");
}

TEST_CASE("what was sent before a disconnect arrives, and then there is nobody to send to") {
    const auto by = GENERATE(tcp, tcp6, ipc, ipc_abstract, ipc_wildcard, inproc);
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    push.set(option::linger, forever);
    pull.bind(by.to_bind());
    const auto at = pull.last_endpoint();
    push.connect(at);
    for (int i = 0; i < 5; ++i) push.send(std::to_string(i));
    push.disconnect(at);
    for (int i = 0; i < 5; ++i) CHECK(received(pull) == std::to_string(i));
    CHECK(eventually([&] { return try_send(push, "nobody") == errc::again; }));
    CHECK(disconnect_error(push, at) == errc::no_such_endpoint);
    push.connect(at);
    push.send("again");
    CHECK(eventually([&] { return received(pull) == "again"; }));
}

TEST_CASE("unbind and disconnect know only what was bound and connected") {
    const auto by = GENERATE(tcp, ipc, ipc_abstract, inproc);
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    CHECK(unbind_error(pull, by.exact()) == errc::no_such_endpoint);
    CHECK(disconnect_error(pull, by.exact()) == errc::no_such_endpoint);
    const auto at = by.exact();
    pull.bind(at);
    CHECK_FALSE(unbind_error(pull, at));
    CHECK(unbind_error(pull, at) == errc::no_such_endpoint);
}

TEST_CASE("a wildcard is unbound by the endpoint that came of it") {
    const auto by = GENERATE(tcp, tcp6, ipc_wildcard);
    CAPTURE(by);
    context in;
    auto pull = make(in, socket_type::pull);
    pull.bind(by.to_bind());
    CHECK_FALSE(unbind_error(pull, pull.last_endpoint()));
}

TEST_CASE("two sockets cannot have one address, except an ipc path, which the later takes over") {
    context in;
    auto first = make(in, socket_type::pull);
    auto second = make(in, socket_type::pull);
    for (const auto& by : {tcp, tcp6, ipc_abstract, inproc}) {
        CAPTURE(by);
        const auto at = by.exact();
        first.bind(at);
        CHECK(bind_error(second, at) == errc::address_in_use);
        CHECK(bind_error(first, at) == errc::address_in_use);
    }
    const auto path = ipc.exact();
    first.bind(path);
    CHECK_FALSE(bind_error(second, path));
}

TEST_CASE("an endpoint that makes no sense cannot be bound, and says why") {
    context in;
    auto pull = make(in, socket_type::pull);
    pull.set(option::ipv6, false);
    CHECK(bind_error(pull, "foo://x") == errc::protocol_not_supported);
    CHECK(bind_error(pull, "tcp://nosuch0:5555") == errc::no_such_device);
    CHECK(bind_error(pull, "tcp://example.com:55") == errc::no_such_device);
    CHECK(bind_error(pull, "tcp://8.8.8.8:5599") == errc::address_not_available);
    CHECK(bind_error(pull, "ipc://" + std::string(200, 'x')) == errc::name_too_long);
    for (const auto* nonsense :
         {"", "127.0.0.1:55", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:abc", "ipc://", "inproc://"}) {
        CAPTURE(nonsense);
        CHECK(bind_error(pull, nonsense) == errc::invalid_argument);
    }
    CHECK(bind_error(pull, "ipc:///no/such/folder/socket"));
    CHECK(pull.last_endpoint().empty());
}

TEST_CASE("an endpoint that makes no sense cannot be connected, and says why") {
    context in;
    auto push = make(in, socket_type::push);
    CHECK(connect_error(push, "foo://x") == errc::protocol_not_supported);
    CHECK(connect_error(push, "ipc://" + std::string(200, 'x')) == errc::name_too_long);
    for (const auto* nonsense : {"", "127.0.0.1:55", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:abc",
                                 "tcp://*:5555", "tcp://127.0.0.1:*", "ipc://", "inproc://"}) {
        CAPTURE(nonsense);
        CHECK(connect_error(push, nonsense) == errc::invalid_argument);
    }
    CHECK_FALSE(connect_error(push, "tcp://nosuch0:5555"));  // names are resolved later, again and again
    CHECK_FALSE(connect_error(push, inproc.exact()));
}

TEST_CASE("a message beyond MAXMSGSIZE ends its connection, no other, and the peer comes back") {
    const auto by = GENERATE(tcp, tcp6, ipc, ipc_abstract, ipc_wildcard);
    CAPTURE(by);
    context in;
    auto router = make(in, socket_type::router);
    router.set(option::message_size_max, 1000);
    router.bind(by.to_bind());
    auto offender = make(in, socket_type::dealer);
    auto bystander = make(in, socket_type::dealer);
    offender.set(option::reconnect_interval, 10ms);
    for (auto* each : {&offender, &bystander}) each->connect(router.last_endpoint());
    bystander.send("first");
    auto hello = next_all(router);
    const std::string bystander_id(hello.front().text());
    offender.send(body_of(1000));
    hello = next_all(router);
    CHECK((hello.back().text() == body_of(1000)));  // the limit itself is allowed
    offender.send(body_of(1001));
    CHECK(eventually([&] {
        (void)try_send(offender, "back");
        std::error_code error;
        hello = router.receive_multipart(wait::never, error);
        return !error && hello.back().text() == "back";
    }));
    // The bystander's connection is still the same: so is its routing id.
    bystander.send("second");
    CHECK(eventually([&] {
        hello = next_all(router);
        return hello.front().text() == bystander_id && hello.back().text() == "second";
    }));
}

TEST_CASE("MAXMSGSIZE does not concern inproc") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.set(option::message_size_max, 10);
    const auto at = inproc.exact();
    pull.bind(at);
    push.connect(at);
    push.send(body_of(1000));
    CHECK((received(pull) == body_of(1000)));
}

TEST_CASE("one socket takes part in every transport at once") {
    context in;
    auto pull = make(in, socket_type::pull);
    std::vector<zither::socket> pushes;
    const std::vector<way> ways{tcp, tcp6, ipc, ipc_abstract, ipc_wildcard, inproc};
    for (const auto& by : ways) {
        pull.bind(by.to_bind());
        pushes.push_back(make(in, socket_type::push));
        pushes.back().connect(pull.last_endpoint());
    }
    constexpr int each = 50;
    for (int i = 0; i < each; ++i)
        for (std::size_t from = 0; from < pushes.size(); ++from)
            pushes[from].send(std::to_string(from) + ":" + std::to_string(i));
    std::vector<int> next(pushes.size(), 0);
    for (std::size_t i = 0; i < each * pushes.size(); ++i) {
        const auto text = received(pull);
        const auto from = static_cast<std::size_t>(text[0] - '0');
        REQUIRE(from < pushes.size());
        CHECK(text.substr(2) == std::to_string(next[from]++));
    }
}

TEST_CASE("a socket that both binds and connects hears both") {
    context in;
    auto hub = make(in, socket_type::pull);
    auto far = make(in, socket_type::push);
    auto near = make(in, socket_type::push);
    far.bind("tcp://127.0.0.1:*");
    hub.connect(far.last_endpoint());
    hub.bind("ipc://*");
    near.connect(hub.last_endpoint());
    far.send("far");
    near.send("near");
    std::string heard = received(hub) + received(hub);
    CHECK((heard == "farnear" || heard == "nearfar"));
}
