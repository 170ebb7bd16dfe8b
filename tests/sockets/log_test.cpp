// What is said of refused calls.
#include "endpoints.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace zither;

namespace {

/// What was said while it lived.
class listener {
public:
    listener() {
        log_to([this](std::string_view sentence) { heard.emplace_back(sentence); });
    }
    ~listener() { log_to({}); }
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    std::vector<std::string> heard;
};

template <class Call>
std::string said_of(Call&& call) {
    listener ear;
    CHECK_THROWS_AS(call(), std::system_error);
    REQUIRE(ear.heard.size() == 1);
    return ear.heard[0];
}

}  // namespace

TEST_CASE("a refused option is told by name, with what it takes and what it got") {
    context in;
    auto push = test::make(in, socket_type::push);
    CHECK(said_of([&] { push.set(option::linger, std::chrono::milliseconds(-2)); }) ==
          "LINGER (17) takes an int (4 octets) of -1 to 2147483647, not -2");
    CHECK(said_of([&] { push.set(option::routing_id, std::string(256, 'x')); }) ==
          "ROUTING_ID (5) takes 1 to 255 octets, not 256 octets");
    CHECK(said_of([&] { push.subscribe("topic"); }) == "SUBSCRIBE (6) is refused by a PUSH socket");
    CHECK(said_of([&] { push.set(socket_option<int>{52}, 1); }) ==
          "REQ_CORRELATE (52) is refused by a PUSH socket");
    CHECK(said_of([&] { push.set(socket_option<int>{16}, 1); }) == "TYPE (16) can only be read");
    CHECK(said_of([&] { push.set(socket_option<int>{99999}, 1); }) == "there is no socket option 99999");
    CHECK(said_of([&] { (void)push.get(socket_option<int>{6}); }) == "SUBSCRIBE (6) can only be set");
    CHECK(said_of([&] { (void)push.get(socket_option<std::int64_t>{17}); }) ==
          "LINGER (17) of a PUSH socket does not go into 8 octets");
}

TEST_CASE("neither texts nor keys are repeated") {
    context in;
    auto push = test::make(in, socket_type::push);
    const auto said = said_of([&] { push.set(option::plain_password, std::string(256, 's')); });
    CHECK(said == "PLAIN_PASSWORD (46) takes 0 to 255 octets, not 256 octets");
    CHECK(said_of([&] { push.set(option::curve_secret_key, "secret"); }) ==
          "CURVE_SECRETKEY (49) takes a key of 32 octets, or of 40 characters in Z85, not 6 octets");
}

TEST_CASE("a refused endpoint is told with the reason") {
    context in;
    auto push = test::make(in, socket_type::push);
    CHECK(said_of([&] {
              push.connect("carrier-pigeon://home");
          }).starts_with("connect carrier-pigeon://home: "));
    CHECK(said_of([&] { push.bind("tcp://127.0.0.1:x"); }).starts_with("bind tcp://127.0.0.1:x: "));
}

TEST_CASE("a context's option is told too") {
    listener ear;
    context in;
    CHECK_THROWS_AS(in.set_max_sockets(0), std::system_error);
    CHECK(ear.heard == std::vector<std::string>{"MAX_SOCKETS (2) of a context takes at least 1, not 0"});
}

TEST_CASE("a sink that throws, or goes while sentences are under way, does no harm") {
    context in;
    auto push = test::make(in, socket_type::push);
    log_to([](std::string_view) { throw std::runtime_error("no"); });
    CHECK_THROWS_AS(push.set(socket_option<int>{99999}, 1), std::system_error);
    std::thread swaps([] {
        for (int i = 0; i < 1000; ++i) log_to(i % 2 ? log_sink() : [](std::string_view) {});
        log_to({});
    });
    for (int i = 0; i < 1000; ++i) CHECK_THROWS_AS(push.set(socket_option<int>{99999}, 1), std::system_error);
    swaps.join();
}

// Run by ctest with ZITHER_LOG=stderr.
TEST_CASE("refusals go to standard error when the environment says so", "[.stderr]") {
    context in;
    auto push = test::make(in, socket_type::push);
    CHECK_THROWS_AS(push.set(option::linger, std::chrono::milliseconds(-2)), std::system_error);
}
