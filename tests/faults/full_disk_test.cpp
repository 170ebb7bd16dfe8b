// A real file system without room for another name, or another octet: who wants one says so, leaves nothing
// behind, and works once there is room.
#include "zither/zither.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
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

namespace fs = std::filesystem;

/// A file system of its own, in a mount namespace of the process's own: nobody else sees it, and it goes with
/// the process.
class small_disk {
public:
    explicit small_disk(std::string folder) : folder_(std::move(folder)) {}
    static bool allowed() {
        return ::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
               ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    }
    /// Room for so many names, its own among them, and so many octets.
    [[nodiscard]] bool has(int names, const char* octets, bool read_only = false) const {
        const auto how = "nr_inodes=" + std::to_string(names) + ",size=" + octets;
        return ::mount("none", folder_.c_str(), "tmpfs", read_only ? MS_REMOUNT | MS_RDONLY : 0,
                       how.c_str()) == 0;
    }
    /// As much as there is room for.
    void fill() const {
        std::ofstream to(folder_ + "/other", std::ios::binary);
        while (to << std::string(4096, 'x') << std::flush) {
        }
    }
    void make_room() const { fs::remove(folder_ + "/other"); }
    /// Files and folders, but for the one that fills it.
    [[nodiscard]] int names() const {
        int count = 0;
        for (const auto& each : fs::recursive_directory_iterator(folder_))
            count += each.path().filename() != "other";
        return count;
    }
    [[nodiscard]] std::string at(const std::string& name) const { return folder_ + "/" + name; }
    [[nodiscard]] const std::string& folder() const { return folder_; }

private:
    std::string folder_;
};

/// What the child found wrong, for its exit status.
enum verdict : int { right, no_rights, not_refused, wrong_error, left_something, no_use_with_room };

verdict hears(zither::socket& pull, context& in) {
    zither::socket push(in, socket_type::push);
    push.connect(pull.last_endpoint());
    push.send(message("heard"));
    return pull.receive().text() == "heard" ? right : no_use_with_room;
}

/// Refused with that error while there is no room; and then not.
template <class MakeRoom>
verdict bind_without_room(const small_disk& on, const std::string& where, int expected,
                          MakeRoom&& make_room) {
    context in;
    zither::socket pull(in, socket_type::pull);
    std::error_code error;
    pull.bind(where, error);
    if (!error) return not_refused;
    if (error != make_error_code(from_errno(expected))) return wrong_error;
    if (on.names() != 0) return left_something;
    make_room();
    pull.bind(where, error);
    if (error) return no_use_with_room;
    return hears(pull, in);
}

verdict bind_to_a_name(const small_disk& on) {
    if (!on.has(2, "64k")) return no_rights;
    on.fill();
    return bind_without_room(on, "ipc://" + on.at("door"), ENOSPC, [&] { on.make_room(); });
}

/// The folder itself takes one name, the other file one: none is left for the wildcard's folder, or one,
/// which is then missing for its socket.
verdict bind_to_the_wildcard(const small_disk& on, int names) {
    if (!on.has(names, "64k")) return no_rights;
    on.fill();
    ::setenv("TMPDIR", on.folder().c_str(), 1);
    return bind_without_room(on, "ipc://*", ENOSPC, [&] {
        on.make_room();
        (void)::mount("none", on.folder().c_str(), "tmpfs", MS_REMOUNT, "nr_inodes=10,size=64k");
    });
}

verdict bind_where_nothing_may_be_made(const small_disk& on) {
    if (!on.has(10, "64k") || !on.has(10, "64k", true)) return no_rights;
    ::setenv("TMPDIR", on.folder().c_str(), 1);
    return bind_without_room(on, "ipc://*", EROFS, [&] {
        (void)::mount("none", on.folder().c_str(), "tmpfs", MS_REMOUNT, "nr_inodes=10,size=64k");
    });
}

verdict bind_where_no_folder_is(const small_disk& on) {
    if (!on.has(10, "64k")) return no_rights;
    ::setenv("TMPDIR", on.at("none").c_str(), 1);
    return bind_without_room(on, "ipc://*", ENOENT, [&] { fs::create_directory(on.at("none")); });
}

/// So long a path that a folder can be made there, and no socket in it.
verdict bind_where_the_path_is_too_long(const small_disk& on) {
    if (!on.has(10, "64k")) return no_rights;
    ::setenv("TMPDIR", (on.folder() + std::string(80, '/') + ".").c_str(), 1);
    return bind_without_room(on, "ipc://*", ENAMETOOLONG,
                             [&] { ::setenv("TMPDIR", on.folder().c_str(), 1); });
}

/// Neither half is left, nor a piece of one.
verdict save_keys(const small_disk& on, int names, const char* octets) {
    if (!on.has(names, octets)) return no_rights;
    on.fill();
    const auto pair = key_pair::generate();
    const auto path = on.at("keys");
    try {
        save_key_pair(pair, path);
        return not_refused;
    } catch (const std::system_error& refused) {
        if (refused.code() != std::errc::no_space_on_device) return wrong_error;
    }
    if (on.names() != 0) return left_something;
    on.make_room();
    (void)::mount("none", on.folder().c_str(), "tmpfs", MS_REMOUNT, "nr_inodes=10,size=64k");
    save_key_pair(pair, path);
    return load_key_pair(path + "_secret").public_half == pair.public_half ? right : no_use_with_room;
}

template <class Play>
void on_a_small_disk(Play&& play) {
    char folder[] = "/tmp/zither-full-XXXXXX";
    REQUIRE(::mkdtemp(folder));
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(30);
        ::_exit(small_disk::allowed() ? play(small_disk(folder)) : no_rights);
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

}  // namespace

TEST_CASE("bind to ipc on a full disk says ENOSPC, and works once there is room") {
    on_a_small_disk(bind_to_a_name);
}

TEST_CASE(
    "bind to ipc's wildcard on a full disk says ENOSPC, leaves no folder, and works once there is room") {
    const int names = GENERATE(2, 3);
    CAPTURE(names);
    on_a_small_disk([=](const small_disk& on) { return bind_to_the_wildcard(on, names); });
}

TEST_CASE("bind to ipc's wildcard where no folder can be made, or no socket in it, says why") {
    SECTION("a file system that is only read") { on_a_small_disk(bind_where_nothing_may_be_made); }
    SECTION("no such folder") { on_a_small_disk(bind_where_no_folder_is); }
    SECTION("too long a path") { on_a_small_disk(bind_where_the_path_is_too_long); }
}

TEST_CASE("a key pair that a full disk has no room for leaves no file, not half of one") {
    SECTION("no name for the first") {
        on_a_small_disk([](const small_disk& on) { return save_keys(on, 2, "64k"); });
    }
    SECTION("no name for the second") {
        on_a_small_disk([](const small_disk& on) { return save_keys(on, 3, "64k"); });
    }
    SECTION("names, but not an octet") {
        on_a_small_disk([](const small_disk& on) { return save_keys(on, 10, "64k"); });
    }
}
