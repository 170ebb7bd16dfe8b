// The options of PLAIN, CURVE and ZAP in every form and size, as libzmq 4.3.4 takes and gives them.
#include "security.hpp"

using namespace zither::test;

namespace {

const std::string z85 = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

std::string read(const c_socket& from, int option, std::size_t room) {
    std::string text(600, 'x');
    std::size_t size = room;
    if (zmq_getsockopt(from, option, text.data(), &size) != 0) return "<" + std::to_string(zmq_errno()) + ">";
    return text.substr(0, size);
}

const std::string refused = "<" + std::to_string(EINVAL) + ">";

bool refuses(const c_socket& by, int option, std::string_view value) {
    return by.set(option, value) == -1 && zmq_errno() == EINVAL;
}

}  // namespace

TEST_CASE("without options there is no security") {
    c_context context;
    c_socket one(context, ZMQ_PULL);
    for (const int option : {ZMQ_MECHANISM, ZMQ_PLAIN_SERVER, ZMQ_CURVE_SERVER, ZMQ_ZAP_ENFORCE_DOMAIN})
        CHECK(one.get(option) == 0);
    for (const int option : {ZMQ_PLAIN_USERNAME, ZMQ_PLAIN_PASSWORD, ZMQ_ZAP_DOMAIN})
        CHECK(read(one, option, 256) == std::string(1, '\0'));
    for (const int option : {ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY})
        CHECK(read(one, option, 32) == std::string(32, '\0'));
}

TEST_CASE("the mechanism cannot be set, only chosen by what it needs") {
    c_context context;
    c_socket one(context, ZMQ_PULL);
    CHECK(one.set(ZMQ_MECHANISM, 1) == -1);
    CHECK(read(one, ZMQ_MECHANISM, 3) == refused);
    CHECK(read(one, ZMQ_MECHANISM, 8) == refused);
}

TEST_CASE("a server's switch is 0 or 1 of an int, and chooses the mechanism") {
    const int option = GENERATE(ZMQ_PLAIN_SERVER, ZMQ_CURVE_SERVER);
    c_context context;
    c_socket one(context, ZMQ_PULL);
    REQUIRE(one.set(option, 1) == 0);
    CHECK(one.get(option) == 1);
    CHECK(one.get(ZMQ_MECHANISM) == (option == ZMQ_PLAIN_SERVER ? ZMQ_PLAIN : ZMQ_CURVE));
    CHECK(one.set(option, 2) == -1);
    CHECK(one.set(option, -1) == -1);
    CHECK(refuses(one, option, std::string_view("\1\0\0\0\0\0\0\0", 8)));
    CHECK(refuses(one, option, "\1"));
    CHECK(zmq_setsockopt(one, option, nullptr, 0) == -1);
    CHECK(one.get(option) == 1);
    CHECK(read(one, option, 3) == refused);
    CHECK(read(one, option, 8) == refused);
    REQUIRE(one.set(option, 0) == 0);
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_NULL);
}

TEST_CASE("a PLAIN name or password has 1 to 255 characters, zeros among them") {
    const int option = GENERATE(ZMQ_PLAIN_USERNAME, ZMQ_PLAIN_PASSWORD);
    c_context context;
    c_socket one(context, ZMQ_PULL);
    REQUIRE(one.set(option, "admin") == 0);
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_PLAIN);
    CHECK(read(one, option, 256) == std::string("admin\0", 6));
    CHECK(read(one, option, 6) == std::string("admin\0", 6));
    CHECK(read(one, option, 5) == refused);
    CHECK(read(one, option, 0) == refused);
    REQUIRE(one.set(option, std::string_view("ad\0min", 6)) == 0);
    CHECK(read(one, option, 256) == std::string("ad\0min\0", 7));
    REQUIRE(one.set(option, std::string(255, 'a')) == 0);
    CHECK(refuses(one, option, std::string(256, 'a')));
    CHECK(refuses(one, option, ""));
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_PLAIN);
    CHECK(read(one, option, 256) == std::string(255, 'a') + '\0');
    // Null takes the mechanism back and leaves the text.
    REQUIRE(zmq_setsockopt(one, option, nullptr, 0) == 0);
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_NULL);
    CHECK(read(one, option, 256) == std::string(255, 'a') + '\0');
}

TEST_CASE("a ZAP domain has 1 to 255 characters and chooses no mechanism") {
    c_context context;
    c_socket one(context, ZMQ_PULL);
    REQUIRE(one.set(ZMQ_ZAP_DOMAIN, std::string_view("a\0b", 3)) == 0);
    CHECK(read(one, ZMQ_ZAP_DOMAIN, 256) == std::string("a\0b\0", 4));
    REQUIRE(one.set(ZMQ_ZAP_DOMAIN, std::string(255, 'd')) == 0);
    CHECK(refuses(one, ZMQ_ZAP_DOMAIN, std::string(256, 'd')));
    CHECK(refuses(one, ZMQ_ZAP_DOMAIN, ""));
    CHECK(zmq_setsockopt(one, ZMQ_ZAP_DOMAIN, nullptr, 0) == -1);
    CHECK(read(one, ZMQ_ZAP_DOMAIN, 256) == std::string(255, 'd') + '\0');
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_NULL);
}

TEST_CASE("ZAP_ENFORCE_DOMAIN is any int, read as 0 or 1") {
    c_context context;
    c_socket one(context, ZMQ_PULL);
    for (const int value : {1, 0, 2, 0, -1}) {
        REQUIRE(one.set(ZMQ_ZAP_ENFORCE_DOMAIN, value) == 0);
        CHECK(one.get(ZMQ_ZAP_ENFORCE_DOMAIN) == (value != 0));
    }
    CHECK(refuses(one, ZMQ_ZAP_ENFORCE_DOMAIN, "\1"));
    CHECK(read(one, ZMQ_ZAP_ENFORCE_DOMAIN, 8) == refused);
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_NULL);
}

TEST_CASE("a CURVE key is 32 octets, or 40 characters of Z85 with or without an end") {
    const int option = GENERATE(ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY);
    std::uint8_t octets[32];
    REQUIRE(zmq_z85_decode(octets, z85.c_str()));
    const std::string raw(reinterpret_cast<const char*>(octets), 32);
    const std::string forms[] = {raw, z85, z85 + '\0'};
    const auto& form = forms[GENERATE(0, 1, 2)];
    c_context context;
    c_socket one(context, ZMQ_PULL);
    REQUIRE(one.set(option, form) == 0);
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_CURVE);
    CHECK(read(one, option, 32) == raw);
    CHECK(read(one, option, 41) == z85 + '\0');
    for (const std::size_t room : {0U, 31U, 33U, 40U, 42U, 256U}) CHECK(read(one, option, room) == refused);
}

TEST_CASE("what is no CURVE key changes nothing") {
    const int option = GENERATE(ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY);
    c_context context;
    c_socket one(context, ZMQ_PULL);
    auto space = z85, zero = z85;
    space[3] = ' ';
    zero[3] = '\0';
    for (const auto& wrong : {std::string(), std::string(1, '\0'), std::string(31, 'a'), std::string(33, 'a'),
                              z85.substr(1), z85 + '!', z85 + "!!", space, zero, std::string(40, '#')}) {
        CAPTURE(wrong);
        CHECK(refuses(one, option, wrong));
    }
    CHECK(zmq_setsockopt(one, option, nullptr, 0) == -1);
    CHECK(one.get(ZMQ_MECHANISM) == ZMQ_NULL);
    CHECK(read(one, option, 32) == std::string(32, '\0'));
}

TEST_CASE("the option set last decides the mechanism and the side") {
    c_context context;
    c_socket one(context, ZMQ_PULL);
    const auto state = [&] {
        return std::to_string(one.get(ZMQ_MECHANISM)) + std::to_string(one.get(ZMQ_PLAIN_SERVER)) +
               std::to_string(one.get(ZMQ_CURVE_SERVER));
    };
    one.set(ZMQ_CURVE_SERVER, 1);
    CHECK(state() == "201");
    one.set(ZMQ_CURVE_PUBLICKEY, z85);
    one.set(ZMQ_CURVE_SECRETKEY, z85);
    CHECK(state() == "201");
    one.set(ZMQ_CURVE_SERVERKEY, z85);
    CHECK(state() == "200");
    one.set(ZMQ_PLAIN_SERVER, 1);
    CHECK(state() == "110");
    one.set(ZMQ_PLAIN_USERNAME, "u");
    CHECK(state() == "100");
    one.set(ZMQ_CURVE_SERVER, 1);
    CHECK(state() == "201");
    one.set(ZMQ_PLAIN_SERVER, 1);
    one.set(ZMQ_CURVE_SERVER, 0);
    CHECK(state() == "000");
}
