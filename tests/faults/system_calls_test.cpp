// Every system call of a short conversation fails once, in every way it can; then a few times in a row.
#include "apart.hpp"
#include "scene.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>
#include <iterator>
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

// What fails on an open descriptor only if the program is wrong is not among them: reads and writes of an
// eventfd or a timerfd, timerfd_settime, FIONBIO.
const std::vector<way_to_fail>& ways() {
    static const std::vector<way_to_fail> all{
        {"socket", call::socket, {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES}, false},
        {"mkdtemp", call::make_folder, {ENOSPC, EACCES, EROFS, ENOMEM}, false},
        {"bind", call::bind, {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOMEM, ENOSPC}, false},
        {"listen", call::listen, {EADDRINUSE, ENOBUFS}, false},
        {"connect",
         call::connect,
         {ECONNREFUSED, ECONNRESET, ETIMEDOUT, ENETUNREACH, EHOSTDOWN, EADDRNOTAVAIL, EAGAIN, EINTR, ENOBUFS,
          ENOMEM},
         false},
        {"connect, later",
         call::connect_end,
         {ECONNREFUSED, ECONNRESET, ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, EHOSTDOWN, ENETDOWN},
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
        {"epoll_wait", call::epoll_wait, {EINTR}, false},
        {"eventfd", call::eventfd, {EMFILE, ENFILE, ENOMEM}, false},
        {"timerfd", call::timer, {EMFILE, ENFILE, ENOMEM}, false},
        {"getsockname", call::getsockname, {ENOBUFS}, true},
        {"getpeername", call::getpeername, {ENOBUFS, ENOTCONN}, true},
        {"getsockopt", call::getsockopt, {ENOBUFS}, true},
        {"setsockopt", call::setsockopt, {ENOBUFS, ENOPROTOOPT, EINVAL}, false},
        {"shutdown", call::shutdown, {ENOTCONN}, false},
    };
    return all;
}

/// The call that gave up says what the system said. But a context or a socket that cannot be made is one too
/// many, as with libzmq, whatever it was that there was none of.
bool says_why(const std::error_code& told, call which, int error) {
    const bool makes = which == call::epoll_create || which == call::epoll_control ||
                       which == call::eventfd || which == call::timer;
    const bool of_asio = told.category() != error_category();
    return (of_asio && told.value() == error) || told == make_error_code(from_errno(error)) ||
           (makes && told == make_error_code(errc::too_many_sockets));
}

// Machines that differ in what is a short read or write, in what order things come, and in which connects are
// done at once.
constexpr std::uint64_t seeds[] = {1, 2, 3, 4, 5};

struct circumstances {
    trust by = trust::null;
    way met = way::tcp;
    std::uint64_t seed = 1;
};

end play_with(const circumstances& in, call which, std::uint64_t nth, int error, std::uint64_t times) {
    end made;
    sim::apart([&] {
        machine on(in.seed, {.capacity = 16384, .partial = true});
        on.fail(which, nth, error, times);
        made = scene(on, in.by, in.met).play();
    });
    return made;
}

end undisturbed(const circumstances& in) { return play_with(in, call::socket, ~std::uint64_t{0} - 1, 0, 1); }

struct meeting {
    trust by;
    way met;
};
meeting each_meeting() {
    return GENERATE(values<meeting>({{trust::null, way::tcp},
                                     {trust::plain, way::tcp},
                                     {trust::curve, way::tcp},
                                     {trust::null, way::ipc},
                                     {trust::null, way::ipc_wildcard}}));
}

/// Only ipc's wildcard makes a folder, and ipc's connects are done at once.
bool may_be_absent(call which, way met) {
    if (which == call::make_folder) return met != way::ipc_wildcard;
    return met != way::tcp && (which == call::connect_end || which == call::getpeername ||
                               which == call::getsockopt || which == call::setsockopt);
}

// A call that is made no oftener is tried on every machine, others on one in turn.
constexpr std::uint64_t few = 3;

/// One meeting on each of the machines.
class meetings {
public:
    meetings(meeting how, std::uint64_t times) : how_(how), times_(times) {
        for (const auto seed : seeds) normal_.push_back(undisturbed({how.by, how.met, seed}));
    }
    /// Each step of that kind fails; how many there were.
    std::uint64_t play(const way_to_fail& failing, int error) {
        const auto turn = turn_++ % std::size(seeds);
        std::uint64_t steps = 0;
        for (std::size_t i = 0; i < std::size(seeds); ++i) {
            const auto count = normal_[i].calls[static_cast<std::size_t>(failing.which)];
            if (count > few && i != turn) continue;
            steps += count;
            // Asio does not look whether its loop's own two descriptors could be watched.
            for (std::uint64_t nth = failing.which == call::epoll_control ? 2 : 0; nth < count; ++nth)
                play(failing, error, seeds[i], nth);
        }
        return steps;
    }
    [[nodiscard]] std::uint64_t runs() const noexcept { return runs_; }

private:
    void play(const way_to_fail& failing, int error, std::uint64_t seed, std::uint64_t nth) {
        CAPTURE(how_.by, how_.met, seed, failing.name, strerrorname_np(error), nth, times_);
        const auto one = play_with({how_.by, how_.met, seed}, failing.which, nth, error, times_);
        ++runs_;
        CHECK(one.descriptors == 0);
        CHECK(one.thrown == 0);
        CHECK(one.files == 0);
        CHECK(one.strange_questions == 0);
        if (one.refused) {  // a call of the application's gave it back
            CAPTURE(one.refused.message());
            CHECK(says_why(one.refused, failing.which, error));
            return;
        }
        CHECK(one.heard_at_last);
        if (!failing.breaks) CHECK(one.heard == said);
    }

    const meeting how_;
    const std::uint64_t times_;
    std::vector<end> normal_;
    std::size_t turn_ = 0;
    std::uint64_t runs_ = 0;
};

}  // namespace

TEST_CASE("undisturbed, everything that was said is heard, however short reads and writes are") {
    const auto [by, met] = each_meeting();
    const playground here;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const auto all = undisturbed({by, met, seed});
        CAPTURE(by, met, seed, all.refused.message());
        CHECK_FALSE(all.refused);
        CHECK(all.heard == said);
        CHECK(all.heard_at_last);
        CHECK(all.descriptors == 0);
        CHECK(all.files == 0);
        CHECK(all.strange_questions == 0);
    }
}

TEST_CASE("a system call fails at any step: the call says so, or the conversation goes on") {
    const auto how = each_meeting();
    const auto times = GENERATE(1u, 3u);
    if (how.met == way::ipc && times > 1) return;  // the wildcard differs in nothing but its folder
    const playground here;
    meetings all(how, times);
    for (const auto& failing : ways()) {
        std::uint64_t steps = 0;
        for (const int error : failing.errors) steps += all.play(failing, error);
        CAPTURE(how.by, how.met, failing.name);
        CHECK((steps > 0 || may_be_absent(failing.which, how.met)));
    }
    WARN(all.runs() << " conversations by " << how.by << " over " << how.met << " with " << times
                    << " failure(s) each");
}
