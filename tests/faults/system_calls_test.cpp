// Every system call of a short conversation fails once, in every way it can; then a few times in a row.
#include "apart.hpp"
#include "scene.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>
#include <vector>

using namespace zither;
using namespace zither::faults;

namespace {

struct way_to_fail {
    const char* name;
    call which;
    std::vector<int> errors;
    bool breaks;  ///< the connection may be lost, and with it what was under way
};

const std::vector<way_to_fail>& ways() {
    static const std::vector<way_to_fail> all{
        {"socket", call::socket, {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES}, false},
        {"bind", call::bind, {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM, ENOSPC}, false},
        {"listen", call::listen, {EADDRINUSE, ENOBUFS}, false},
        {"connect",
         call::connect,
         {ECONNREFUSED, ECONNRESET, ETIMEDOUT, ENETUNREACH, EHOSTDOWN, EADDRNOTAVAIL, EAGAIN, EINTR, ENOBUFS,
          ENOMEM},
         false},
        {"accept",
         call::accept,
         {EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, ECONNRESET, EINTR, EPERM, EPROTO, EHOSTDOWN,
          EHOSTUNREACH, ENETDOWN},
         true},
        {"receive", call::receive, {EINTR, ENOMEM, ENOBUFS, EAGAIN}, false},
        {"receive", call::receive, {ECONNRESET, EHOSTDOWN, ETIMEDOUT, EIO}, true},
        {"send", call::send, {EINTR, ENOMEM, ENOBUFS, EAGAIN}, false},
        {"send", call::send, {ECONNRESET, EPIPE, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, EFAULT}, true},
        {"epoll_create", call::epoll_create, {EMFILE, ENFILE, ENOMEM}, false},
        {"epoll_ctl", call::epoll_control, {ENOMEM, ENOSPC}, true},
        {"eventfd", call::eventfd, {EMFILE, ENFILE, ENOMEM}, false},
        {"timerfd", call::timer, {EMFILE, ENFILE, ENOMEM}, false},
        {"getsockname", call::getsockname, {ENOBUFS}, true},
        {"getsockopt", call::getsockopt, {ENOBUFS}, true},
    };
    return all;
}

end play_with(trust by, call which, std::uint64_t nth, int error, std::uint64_t times) {
    end made;
    sim::apart([&] {
        machine on(1, {.capacity = 16384, .partial = true});
        on.fail(which, nth, error, times);
        made = scene(on, by).play();
    });
    return made;
}

end undisturbed(trust by) { return play_with(by, call::socket, ~std::uint64_t{0} - 1, 0, 1); }

}  // namespace

TEST_CASE("undisturbed, everything that was said is heard") {
    const auto by = GENERATE(trust::null, trust::plain, trust::curve);
    const auto all = undisturbed(by);
    CHECK_FALSE(all.refused);
    CHECK(all.heard == said);
    CHECK(all.heard_at_last);
    CHECK(all.descriptors == 0);
}

TEST_CASE("a system call fails at any step: the call says so, or the conversation goes on") {
    const auto by = GENERATE(trust::null, trust::plain, trust::curve);
    const auto normal = undisturbed(by);
    const auto times = GENERATE(1u, 3u);
    std::uint64_t runs = 0;
    for (const auto& way : ways()) {
        const auto count = normal.calls[static_cast<std::size_t>(way.which)];
        REQUIRE(count > 0);
        for (const int error : way.errors) {
            // Asio does not look whether its loop's own two descriptors could be watched.
            for (std::uint64_t nth = way.which == call::epoll_control ? 2 : 0; nth < count; ++nth) {
                CAPTURE(by, way.name, strerrorname_np(error), nth, times);
                const auto one = play_with(by, way.which, nth, error, times);
                ++runs;
                CHECK(one.descriptors == 0);
                CHECK(one.thrown == 0);
                if (one.refused) continue;  // a call of the application's gave it back
                CHECK(one.heard_at_last);
                if (!way.breaks) CHECK(one.heard == said);
            }
        }
    }
    WARN(runs << " conversations by " << by << " with " << times << " failure(s) each");
}
