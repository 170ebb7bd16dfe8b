#include "zither/transport/vsock.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>

using namespace zither;
using namespace zither::transport;

namespace {

/// The address as text, or why there is none.
std::string read(std::string_view text, bool binding) {
    address made;
    const auto error = vsock_address(text, binding, made);
    if (error != errc::ok) return make_error_code(error).message();
    CHECK(made.storage.ss_family == AF_VSOCK);
    return vsock_text(made);
}

const std::string invalid = make_error_code(errc::invalid_argument).message();

}  // namespace

TEST_CASE("a vsock address is a machine and a port") {
    for (const bool binding : {false, true}) {
        CHECK(read("3:5555", binding) == "vsock://3:5555");
        CHECK(read("@:5555", binding) == "vsock://2:5555");
        CHECK(read("4294967294:4294967294", binding) == "vsock://4294967294:4294967294");
    }
    CHECK(read("*:5555", true) == "vsock://*:5555");
    CHECK(read("-1:-1", true) == "vsock://*:*");
    CHECK(read("1:*", true) == "vsock://1:*");
}

TEST_CASE("what is no vsock address is invalid") {
    for (const std::string_view text : {"", ":", "3", "3:", ":5555", "a:1", "1:a", "1:1x", "-2:1", "1:-2",
                                        "4294967296:1", "1:4294967296", "1:2:3", " 1:2"}) {
        CAPTURE(text);
        CHECK(read(text, true) == invalid);
        CHECK(read(text, false) == invalid);
    }
    // Nobody is at "any".
    for (const std::string_view text : {"*:5555", "3:*", "-1:5555", "3:-1"}) {
        CAPTURE(text);
        CHECK(read(text, false) == invalid);
    }
}
