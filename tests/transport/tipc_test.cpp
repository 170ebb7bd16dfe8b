#include "zither/transport/tipc.hpp"

#include <catch2/catch.hpp>

#include <linux/tipc.h>
#include <sys/socket.h>

using namespace zither;
using namespace zither::transport;

namespace {

/// The address as text, or why there is none.
std::string read(std::string_view text, bool binding) {
    address made;
    const auto error = tipc_address(text, binding, made);
    if (error != errc::ok) return make_error_code(error).message();
    CHECK(made.storage.ss_family == AF_TIPC);
    CHECK(made.size == sizeof(sockaddr_tipc));
    return tipc_text(made);
}

const sockaddr_tipc& raw(const address& of) { return reinterpret_cast<const sockaddr_tipc&>(of.storage); }

const std::string invalid = make_error_code(errc::invalid_argument).message();

}  // namespace

TEST_CASE("a tipc service is bound as a range, or as one instance") {
    CHECK(read("{5560,0,7}", true) == "tipc://{5560,0,7}");
    CHECK(read("{5560, 3, 3}", true) == "tipc://{5560,3,3}");
    CHECK(read("{64,1}", true) == "tipc://{64,1}");
    address made;
    REQUIRE(tipc_address("{5560,0,7}", true, made) == errc::ok);
    CHECK(raw(made).addrtype == TIPC_SERVICE_RANGE);
    CHECK(raw(made).scope == TIPC_ZONE_SCOPE);
    CHECK(read("{5560,8,7}", true) == invalid);
    CHECK(read("{63,0,7}", true) == invalid);  // the system's own
}

TEST_CASE("a tipc service is connected by its name, within a domain") {
    address made;
    REQUIRE(tipc_address("{5560,3}", false, made) == errc::ok);
    CHECK(raw(made).addrtype == TIPC_SERVICE_ADDR);
    CHECK(raw(made).addr.name.name.instance == 3);
    CHECK(raw(made).addr.name.domain == tipc_addr(1, 0, 0));
    REQUIRE(tipc_address("{5560,3}@1.2.3", false, made) == errc::ok);
    CHECK(raw(made).addr.name.domain == tipc_addr(1, 2, 3));
    REQUIRE(tipc_address("{5560,3}@0.0.0", false, made) == errc::ok);
    CHECK(raw(made).addr.name.domain == 0);
}

TEST_CASE("a tipc socket without a service has a name that the system chose") {
    CHECK(tipc_chooses("<*>"));
    CHECK_FALSE(tipc_chooses("{5560,0,0}"));
    CHECK(read("<*>", true) == "tipc://<0.0.0:0>");
    CHECK(read("<*>", false) == invalid);
    CHECK(read("<1.2.3:4711>", false) == "tipc://<1.2.3:4711>");
    CHECK(read("<1.2.3:4711>", true) == invalid);
}

TEST_CASE("what is no tipc address is invalid") {
    for (const std::string_view text : {"",
                                        "x",
                                        "{}",
                                        "{5560}",
                                        "{5560,",
                                        "{5560,0,",
                                        "{5560,0",
                                        "5560,0}",
                                        "{5560,0,0,0}",
                                        "{a,b}",
                                        "{5560;0}",
                                        "{5560,-1}",
                                        "{5560,4294967296}",
                                        "{5560,0}@",
                                        "{5560,0}@1.2",
                                        "{5560,0}@1.2.3.4",
                                        "{5560,0}@1,2,3",
                                        "<>",
                                        "<1.2.3>",
                                        "<1.2.3.4>",
                                        "<1.2:3>",
                                        "<1.2.3:>",
                                        "<",
                                        "{"}) {
        CAPTURE(text);
        CHECK(read(text, true) == invalid);
        CHECK(read(text, false) == invalid);
    }
}
