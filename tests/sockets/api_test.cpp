// The C++ API as its user sees it: values that move, errors in both forms, options.
#include "endpoints.hpp"

#include <cerrno>
#include <functional>
#include <set>
#include <type_traits>

using namespace zither;
using namespace zither::test;

namespace {

std::error_code thrown_by(const std::function<void()>& call) {
    try {
        call();
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

template <class Value>
void round_trip(zither::socket& on, socket_option<Value> which, const std::type_identity_t<Value>& before,
                std::initializer_list<Value> values) {
    CAPTURE(which.number);
    CHECK(on.get(which) == before);
    for (const auto& value : values) {
        on.set(which, value);
        CHECK(on.get(which) == value);
    }
}

template <class Value>
void refuse(zither::socket& on, socket_option<Value> which, std::initializer_list<Value> values) {
    CAPTURE(which.number);
    const auto before = on.get(which);
    for (const auto& value : values)
        CHECK(thrown_by([&] { on.set(which, value); }) == errc::invalid_argument);
    CHECK(on.get(which) == before);
}

}  // namespace

static_assert(std::is_nothrow_move_constructible_v<zither::socket>);
static_assert(std::is_nothrow_move_assignable_v<zither::socket>);
static_assert(!std::is_copy_constructible_v<zither::socket>);
static_assert(std::is_nothrow_move_constructible_v<context>);
static_assert(!std::is_copy_constructible_v<context>);

TEST_CASE("a socket that moves takes its connections along") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.last_endpoint());
    push.send("before");
    zither::socket moved(std::move(pull));
    CHECK(received(moved) == "before");
    auto other = make(in, socket_type::pull);
    other = std::move(moved);  // closes what it was
    push.send("after");
    CHECK(received(other) == "after");
    CHECK(other.type() == socket_type::pull);
}

TEST_CASE("a moved-from socket can be closed, assigned to and destroyed") {
    context in;
    auto one = make(in, socket_type::pull);
    const zither::socket taken(std::move(one));
    one.close();  // NOLINT: that is the question
    one = make(in, socket_type::push);
    CHECK(one.type() == socket_type::push);
}

TEST_CASE("calls on a moved-from socket say that it is none") {
    context in;
    auto one = make(in, socket_type::pair);
    const zither::socket taken(std::move(one));
    std::error_code error;
    one.bind("inproc://moved", error);  // NOLINT: that is the question
    CHECK(error == errc::not_a_socket);
    (void)one.receive(wait::never, error);
    CHECK(error == errc::not_a_socket);
    one.send(message("x"), wait::never, error);
    CHECK(error == errc::not_a_socket);
    CHECK(thrown_by([&] { one.set(option::linger, 0ms); }) == errc::not_a_socket);
    CHECK(thrown_by([&] { (void)one.get(option::linger); }) == errc::not_a_socket);
    one.cancel();
}

TEST_CASE("a socket assigned to itself stays as it is") {
    context in;
    auto one = make(in, socket_type::pair);
    auto& same = one;
    one = std::move(same);
    one.bind("inproc://self");
    CHECK(one.last_endpoint() == "inproc://self");
}

TEST_CASE("a context that moves keeps its sockets") {
    context one;
    auto pull = make(one, socket_type::pull);
    pull.bind("inproc://kept");
    context two(std::move(one));
    auto push = make(two, socket_type::push);
    push.connect("inproc://kept");
    push.send("x");
    CHECK(received(pull) == "x");
    one.shutdown();  // NOLINT: nothing, and no crash
    pull.close();
    push.close();
}

TEST_CASE("a socket outlives its handle's context reference only until terminate") {
    context in;
    auto pull = make(in, socket_type::pull);
    in.shutdown();
    CHECK(thrown_by([&] { (void)pull.receive(); }) == errc::terminated);
}

TEST_CASE("what one form of a call throws, its twin reports") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    auto rep = make(in, socket_type::rep);
    pull.set(option::receive_timeout, 0ms);
    push.set(option::send_timeout, 0ms);
    const auto both = [](errc wanted, auto&& throwing, auto&& reporting) {
        CHECK(thrown_by(throwing) == wanted);
        CHECK(error_of(reporting) == wanted);
    };
    both(
        errc::protocol_not_supported, [&] { pull.bind("foo://x"); },
        [&](auto& e) { pull.bind("foo://x", e); });
    both(
        errc::invalid_argument, [&] { pull.connect("tcp://"); }, [&](auto& e) { pull.connect("tcp://", e); });
    both(
        errc::no_such_endpoint, [&] { pull.unbind("inproc://x"); },
        [&](auto& e) { pull.unbind("inproc://x", e); });
    both(
        errc::no_such_endpoint, [&] { pull.disconnect("inproc://x"); },
        [&](auto& e) { pull.disconnect("inproc://x", e); });
    both(
        errc::again, [&] { (void)pull.receive(); }, [&](auto& e) { (void)pull.receive(wait::as_set, e); });
    both(
        errc::again, [&] { (void)pull.receive_multipart(); },
        [&](auto& e) { (void)pull.receive_multipart(wait::as_set, e); });
    both(
        errc::again, [&] { push.send("x"); }, [&](auto& e) { push.send(message("x"), wait::as_set, e); });
    both(
        errc::again,
        [&] {
            push.send(parts_of({"x", "y"}));
        },
        [&](auto& e) {
            push.send(parts_of({"x", "y"}), wait::as_set, e);
        });
    both(
        errc::wrong_state, [&] { rep.send("x"); }, [&](auto& e) { rep.send(message("x"), wait::as_set, e); });
    both(
        errc::not_supported, [&] { pull.send("x"); },
        [&](auto& e) { pull.send(message("x"), wait::as_set, e); });
}

TEST_CASE("a call that succeeds clears the error it is given") {
    context in;
    auto pair = make(in, socket_type::pair);
    auto other = make(in, socket_type::pair);
    auto stale = make_error_code(errc::again);
    pair.bind("inproc://clear", stale);
    CHECK_FALSE(stale);
    stale = errc::again;
    other.connect("inproc://clear", stale);
    CHECK_FALSE(stale);
    stale = errc::again;
    other.send(message("x"), wait::never, stale);
    CHECK_FALSE(stale);
    stale = errc::again;
    CHECK(pair.receive(wait::never, stale).text() == "x");
    CHECK_FALSE(stale);
}

TEST_CASE("a failed send leaves the message as it was") {
    context in;
    auto push = make(in, socket_type::push);
    std::error_code error;
    message part(body_of(5000));
    push.send(std::move(part), wait::never, error);
    CHECK(error == errc::again);
    CHECK((part.text() == body_of(5000)));  // NOLINT
    auto parts = parts_of({"one", "two"});
    push.send(std::move(parts), wait::never, error);
    CHECK(error == errc::again);
    REQUIRE(parts.size() == 2);  // NOLINT
    CHECK(parts[0].text() == "one");
    CHECK(parts[1].text() == "two");
    CHECK(error_of([&](auto& e) { push.send(multipart(), wait::never, e); }) == errc::invalid_argument);
}

TEST_CASE("messages of any size are received into one object, each after the other") {
    const auto* const where = GENERATE("tcp://127.0.0.1:*", "inproc://into-one");
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind(where);
    push.connect(pull.last_endpoint());
    const std::vector<std::size_t> sizes{0, 40, 41, 64, 64, 4096, 4097, 64, 100000, 1, 300, 300};
    for (std::size_t i = 0; i < sizes.size(); ++i)
        push.send(std::string(sizes[i], static_cast<char>('a' + i)));
    message part;
    message kept;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        pull.receive(part);
        CHECK(part.text() == std::string(sizes[i], static_cast<char>('a' + i)));
        if (i == 3) kept = std::move(part);
    }
    CHECK(kept.text() == std::string(64, 'd'));
    std::error_code error;
    pull.receive(part, wait::never, error);
    CHECK(error == errc::again);
    CHECK(part.text() == std::string(300, 'l'));
    CHECK(thrown_by([&] { pull.receive(part, wait::never); }) == errc::again);
}

TEST_CASE("text that finds no room is reported, not thrown, to whoever asks") {
    context in;
    auto push = make(in, socket_type::push);
    std::error_code error;
    push.send("to nobody", wait::never, error);
    CHECK(error == errc::again);
    CHECK(thrown_by([&] { push.send("to nobody", wait::never); }) == errc::again);
    zither::socket moved(std::move(push));
    push.send("from nobody", wait::never, error);
    CHECK(error == errc::not_a_socket);
}

TEST_CASE("parts may be sent one by one, and nobody sees half a message") {
    context in;
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    pull.bind("inproc://parts");
    push.connect("inproc://parts");
    message first("1");
    first.set_more(true);
    push.send(std::move(first));
    std::error_code error;
    (void)pull.receive(wait::never, error);
    CHECK(error == errc::again);
    push.send("2");
    auto part = pull.receive();
    CHECK(part.text() == "1");
    CHECK(part.more());
    part = pull.receive();
    CHECK(part.text() == "2");
    CHECK_FALSE(part.more());
}

TEST_CASE("every error has a sentence, and its own category") {
    std::set<std::string> sentences;
    for (int code = 0; code <= static_cast<int>(errc::other_system_error); ++code)
        sentences.insert(make_error_code(static_cast<errc>(code)).message());
    CHECK(sentences.size() == static_cast<std::size_t>(errc::other_system_error) + 1);
    CHECK(std::string(make_error_code(errc::again).category().name()) == "zither");
}

TEST_CASE("an error of the system's that has no name here keeps its number") {
    for (const int number : {ENOSPC, EROFS, ENOTDIR, EPERM, ENFILE}) {
        const auto code = from_errno(number);
        CHECK(code > errc::other_system_error);
        CHECK(to_errno(code) == number);
        CHECK(make_error_code(code) == std::error_code(number, std::generic_category()));
    }
    context in;
    zither::socket pull(in, socket_type::pull);
    std::error_code error;
    pull.bind("ipc:///dev/null/door", error);
    CHECK(error == std::errc::not_a_directory);
}

TEST_CASE("options say what they were set to, and begin with the manual's defaults") {
    context in;
    zither::socket on(in, socket_type::dealer);
    round_trip(on, option::send_high_water_mark, 1000, {0, 1, 7, 1000000});
    round_trip(on, option::receive_high_water_mark, 1000, {0, 1, 7, 1000000});
    round_trip(on, option::send_timeout, forever, {0ms, 5ms, forever});
    round_trip(on, option::receive_timeout, forever, {0ms, 5ms, forever});
    round_trip(on, option::immediate, false, {true, false});
    round_trip(on, option::conflate, false, {true, false});
    round_trip(on, option::message_size_max, -1, {std::int64_t{0}, std::int64_t{1} << 40, std::int64_t{-1}});
    round_trip(on, option::reconnect_interval, 100ms, {forever, 0ms, 5000ms});
    round_trip(on, option::reconnect_interval_max, 0ms, {1000ms, 0ms});
    round_trip(on, option::connect_timeout, 0ms, {1ms, 1000ms, 0ms});
    round_trip(on, option::handshake_interval, 30000ms, {0ms, 10ms});
    round_trip(on, option::heartbeat_interval, 0ms, {10ms, 0ms});
    round_trip(on, option::heartbeat_timeout, forever, {0ms, 10ms});
    round_trip(on, option::heartbeat_time_to_live, 0ms, {100ms, 1000ms, 6553500ms, 0ms});
    round_trip(on, option::backlog, 100, {1, 500});
    round_trip(on, option::ipv6, false, {true, false});
    round_trip(on, option::send_buffer, -1, {0, 65536});
    round_trip(on, option::receive_buffer, -1, {0, 65536});
    round_trip(on, option::type_of_service, 0, {32});
    round_trip(on, option::tcp_keepalive, -1, {0, 1, -1});
    round_trip(on, option::tcp_keepalive_count, -1, {3});
    round_trip(on, option::tcp_keepalive_idle, -1, {3});
    round_trip(on, option::tcp_keepalive_interval, -1, {3});
    round_trip(on, option::linger, forever, {0ms, 10ms, forever});
    using namespace std::string_literals;
    round_trip(on, option::routing_id, "", {"me"s, "\1\0\2"s, std::string(255, 'x')});
    round_trip(on, option::bind_to_device, "", {"lo"s});
}

TEST_CASE("a value out of range is refused and changes nothing") {
    context in;
    zither::socket on(in, socket_type::dealer);
    refuse(on, option::send_high_water_mark, {-1});
    refuse(on, option::receive_high_water_mark, {-1});
    refuse(on, option::send_timeout, {-2ms});
    refuse(on, option::receive_timeout, {-2ms});
    refuse(on, option::linger, {-2ms});
    refuse(on, option::reconnect_interval, {-2ms});
    refuse(on, option::reconnect_interval_max, {-1ms});
    refuse(on, option::connect_timeout, {-1ms});
    refuse(on, option::handshake_interval, {-1ms});
    refuse(on, option::heartbeat_interval, {-1ms});
    refuse(on, option::heartbeat_time_to_live, {-100ms, 6553600ms});
    refuse(on, option::tcp_keepalive, {2, -2});
    refuse(on, option::type_of_service, {-1});
    refuse(on, option::routing_id, {std::string(), std::string(256, 'x')});
    CHECK(thrown_by([&] { on.set(option::linger, std::chrono::hours(10000)); }) == errc::invalid_argument);
}

TEST_CASE("a context takes as many sockets as it is told") {
    context in;
    in.set_max_sockets(3);
    std::vector<zither::socket> made;
    for (int i = 0; i < 3; ++i) made.emplace_back(in, socket_type::dealer);
    CHECK(thrown_by([&] { zither::socket one_more(in, socket_type::dealer); }) == errc::too_many_sockets);
    made.pop_back();
    CHECK_NOTHROW(made.emplace_back(in, socket_type::dealer));
    CHECK(thrown_by([&] { in.set_max_sockets(0); }) == errc::invalid_argument);
}

TEST_CASE("a context without I/O threads serves inproc alone") {
    context in(0);
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    CHECK(thrown_by([&] { pull.bind("tcp://127.0.0.1:*"); }) == errc::no_io_thread);
    CHECK(thrown_by([&] { push.connect("tcp://127.0.0.1:5"); }) == errc::no_io_thread);
    CHECK(thrown_by([&] { pull.bind("ipc://*"); }) == errc::no_io_thread);
    pull.bind("inproc://alone");
    push.connect("inproc://alone");
    push.send("x");
    CHECK(received(pull) == "x");
}

TEST_CASE("several I/O threads share the sockets out") {
    context in(3);
    std::vector<zither::socket> pulls, pushes;
    for (int i = 0; i < 6; ++i) {
        pulls.push_back(make(in, socket_type::pull));
        pushes.push_back(make(in, socket_type::push));
        pulls.back().bind("tcp://127.0.0.1:*");
        pushes.back().connect(pulls.back().last_endpoint());
    }
    for (auto& push : pushes) push.send("x");
    for (auto& pull : pulls) CHECK(received(pull) == "x");
}
