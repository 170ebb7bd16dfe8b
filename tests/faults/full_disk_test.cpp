// A real file system without room for another name: bind to ipc says so, and works once there is room.
#include "zither/zither.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <system_error>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace zither;

namespace {

enum verdict : int { right, no_rights, bound_without_room, wrong_error, deaf_with_room };

/// In a mount namespace of its own, so that nobody else sees the file system, and it goes with the process.
verdict play(const std::string& folder) {
    if (::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.c_str(), "tmpfs", 0, "nr_inodes=2,size=64k") != 0)
        return no_rights;
    // The folder itself takes one of the two names.
    const auto other = folder + "/other";
    std::ofstream(other) << "x";
    context in;
    zither::socket pull(in, socket_type::pull);
    std::error_code error;
    pull.bind("ipc://" + folder + "/door", error);
    if (!error) return bound_without_room;
    if (error != std::errc::no_space_on_device) return wrong_error;
    ::unlink(other.c_str());
    pull.bind("ipc://" + folder + "/door");
    zither::socket push(in, socket_type::push);
    push.connect(pull.last_endpoint());
    push.send(message("heard"));
    return pull.receive().text() == "heard" ? right : deaf_with_room;
}

}  // namespace

TEST_CASE("bind to ipc on a full disk says ENOSPC, and works once there is room") {
    char folder[] = "/tmp/zither-full-XXXXXX";
    REQUIRE(::mkdtemp(folder));
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(30);
        ::_exit(play(folder));
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    ::rmdir(folder);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == no_rights) {
        WARN("not tried: no mount namespace may be made here");
        return;
    }
    CHECK(WEXITSTATUS(status) == right);
}
