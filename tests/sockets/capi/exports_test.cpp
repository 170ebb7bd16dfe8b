// The shared library's face: libzmq's 70 stable functions and its 27 drafts, and nothing else.
#include "c_api.hpp"

#include <cstdio>
#include <filesystem>
#include <set>

#include <dlfcn.h>

using namespace zither::test;

namespace {

constexpr const char* stable[] = {"zmq_errno",
                                  "zmq_strerror",
                                  "zmq_version",
                                  "zmq_ctx_new",
                                  "zmq_ctx_term",
                                  "zmq_ctx_shutdown",
                                  "zmq_ctx_set",
                                  "zmq_ctx_get",
                                  "zmq_init",
                                  "zmq_term",
                                  "zmq_ctx_destroy",
                                  "zmq_msg_init",
                                  "zmq_msg_init_size",
                                  "zmq_msg_init_data",
                                  "zmq_msg_send",
                                  "zmq_msg_recv",
                                  "zmq_msg_close",
                                  "zmq_msg_move",
                                  "zmq_msg_copy",
                                  "zmq_msg_data",
                                  "zmq_msg_size",
                                  "zmq_msg_more",
                                  "zmq_msg_get",
                                  "zmq_msg_set",
                                  "zmq_msg_gets",
                                  "zmq_socket",
                                  "zmq_close",
                                  "zmq_setsockopt",
                                  "zmq_getsockopt",
                                  "zmq_bind",
                                  "zmq_connect",
                                  "zmq_unbind",
                                  "zmq_disconnect",
                                  "zmq_send",
                                  "zmq_send_const",
                                  "zmq_recv",
                                  "zmq_socket_monitor",
                                  "zmq_poll",
                                  "zmq_proxy",
                                  "zmq_proxy_steerable",
                                  "zmq_has",
                                  "zmq_device",
                                  "zmq_sendmsg",
                                  "zmq_recvmsg",
                                  "zmq_sendiov",
                                  "zmq_recviov",
                                  "zmq_z85_encode",
                                  "zmq_z85_decode",
                                  "zmq_curve_keypair",
                                  "zmq_curve_public",
                                  "zmq_atomic_counter_new",
                                  "zmq_atomic_counter_set",
                                  "zmq_atomic_counter_inc",
                                  "zmq_atomic_counter_dec",
                                  "zmq_atomic_counter_value",
                                  "zmq_atomic_counter_destroy",
                                  "zmq_timers_new",
                                  "zmq_timers_destroy",
                                  "zmq_timers_add",
                                  "zmq_timers_cancel",
                                  "zmq_timers_set_interval",
                                  "zmq_timers_reset",
                                  "zmq_timers_timeout",
                                  "zmq_timers_execute",
                                  "zmq_stopwatch_start",
                                  "zmq_stopwatch_intermediate",
                                  "zmq_stopwatch_stop",
                                  "zmq_sleep",
                                  "zmq_threadstart",
                                  "zmq_threadclose"};
static_assert(std::size(stable) == 70);

constexpr const char* drafts[] = {"zmq_ctx_set_ext",
                                  "zmq_ctx_get_ext",
                                  "zmq_join",
                                  "zmq_leave",
                                  "zmq_connect_peer",
                                  "zmq_disconnect_peer",
                                  "zmq_msg_set_routing_id",
                                  "zmq_msg_routing_id",
                                  "zmq_msg_set_group",
                                  "zmq_msg_group",
                                  "zmq_msg_init_buffer",
                                  "zmq_poller_new",
                                  "zmq_poller_destroy",
                                  "zmq_poller_size",
                                  "zmq_poller_add",
                                  "zmq_poller_modify",
                                  "zmq_poller_remove",
                                  "zmq_poller_wait",
                                  "zmq_poller_wait_all",
                                  "zmq_poller_fd",
                                  "zmq_poller_add_fd",
                                  "zmq_poller_modify_fd",
                                  "zmq_poller_remove_fd",
                                  "zmq_socket_get_peer_state",
                                  "zmq_socket_monitor_versioned",
                                  "zmq_socket_monitor_pipes_stats",
                                  "zmq_ppoll"};
static_assert(std::size(drafts) == 27);

std::string path_of_the_library() {
    Dl_info info{};
    REQUIRE(::dladdr(reinterpret_cast<const void*>(&zmq_version), &info) != 0);
    return std::filesystem::canonical(info.dli_fname).string();
}

std::set<std::string> exported_by(const std::string& library) {
    std::set<std::string> names;
    std::FILE* output =
        ::popen(("nm -D --defined-only --format=posix '" + library + "' 2>/dev/null").c_str(), "r");
    char line[1024];
    while (output && std::fgets(line, sizeof line, output)) {
        const std::string name(line, std::strcspn(line, " @"));
        if (std::string_view(line).find(" A ") == std::string_view::npos) names.insert(name);
    }
    if (output) ::pclose(output);
    return names;
}

std::string system_library() {
    const auto own = path_of_the_library();
    for (const auto* folder :
         {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"}) {
        const std::string path = std::string(folder) + "/libzmq.so.5";
        if (std::filesystem::exists(path) && std::filesystem::canonical(path) != own) return path;
    }
    return {};
}

}  // namespace

TEST_CASE("the library has all seventy stable functions and all twenty-seven drafts") {
    void* library = ::dlopen(path_of_the_library().c_str(), RTLD_LAZY | RTLD_LOCAL);
    REQUIRE(library);
    const auto has = [&](const char* name) {
        CAPTURE(name);
        CHECK(::dlsym(library, name) != nullptr);
    };
    for (const auto* name : stable) has(name);
    for (const auto* name : drafts) has(name);
    ::dlclose(library);
}

TEST_CASE("the library has all that the system's libzmq exports") {
    const auto system = system_library();
    if (system.empty()) return;
    const auto ours = exported_by(path_of_the_library());
    for (const auto& name : exported_by(system))
        if (name.rfind("zmq_", 0) == 0) {
            CAPTURE(name);
            CHECK(ours.count(name) == 1);
        }
}

TEST_CASE("the library exports nothing but zmq functions") {
    for (const auto& name : exported_by(path_of_the_library())) {
        CAPTURE(name);
        CHECK(name.rfind("zmq_", 0) == 0);
    }
}

TEST_CASE("programs find the library by libzmq's name") {
    CHECK(path_of_the_library().find("libzmq.so.5") != std::string::npos);
}

TEST_CASE("what programs were compiled with has libzmq's layout") {
    STATIC_REQUIRE(sizeof(zmq_msg_t) == 64);
    STATIC_REQUIRE(alignof(zmq_msg_t) == alignof(void*));
    STATIC_REQUIRE(offsetof(zmq_pollitem_t, fd) == sizeof(void*));
    STATIC_REQUIRE(offsetof(zmq_pollitem_t, revents) == sizeof(void*) + sizeof(int) + sizeof(short));
    STATIC_REQUIRE(sizeof(zmq_pollitem_t) == 16);
    STATIC_REQUIRE(offsetof(zmq_poller_event_t, fd) == sizeof(void*));
    STATIC_REQUIRE(offsetof(zmq_poller_event_t, user_data) == 2 * sizeof(void*));
    STATIC_REQUIRE(offsetof(zmq_poller_event_t, events) == 3 * sizeof(void*));
    STATIC_REQUIRE(sizeof(zmq_poller_event_t) == 32);
}
