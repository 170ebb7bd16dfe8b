// Signals: a call that sleeps ends with EINTR, whichever call it is, and the socket goes on as before.
#include "c_api.hpp"

#include <csignal>
#include <fstream>
#include <optional>

#include <pthread.h>
#include <sys/syscall.h>

using namespace zither::test;

namespace {

/// While it lives, SIGUSR1 interrupts system calls and does nothing else.
class interruptible {
public:
    interruptible() {
        struct sigaction quiet {};
        quiet.sa_handler = [](int) {};
        ::sigaction(SIGUSR1, &quiet, &before_);
    }
    interruptible(const interruptible&) = delete;
    interruptible& operator=(const interruptible&) = delete;
    ~interruptible() { ::sigaction(SIGUSR1, &before_, nullptr); }

private:
    struct sigaction before_ {};
};

bool sleeps(pid_t thread) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    return name_end != std::string::npos && line.size() > name_end + 2 && line[name_end + 2] == 'S';
}

/// Makes the call in another thread, sends it a signal once it sleeps, and says with which errno it ended.
int interrupted(const std::function<int()>& call) {
    std::atomic<pid_t> id{0};
    std::atomic<bool> done{false};
    int error = 0;
    std::thread caller([&] {
        id = static_cast<pid_t>(::syscall(SYS_gettid));
        errno = 0;
        error = call() < 0 ? zmq_errno() : 0;
        done = true;
    });
    int seen = 0;
    eventually([&] { return done || (seen = id && sleeps(id) ? seen + 1 : 0) >= 20; });
    // One may come while the thread waits for a lock instead.
    eventually([&] {
        if (!done) ::pthread_kill(caller.native_handle(), SIGUSR1);
        return done.load();
    });
    caller.join();
    return error;
}

bool tcp_or_inproc() { return GENERATE(true, false); }

}  // namespace

TEST_CASE("a signal ends a sleeping zmq_recv and zmq_msg_recv, and nothing is lost") {
    const bool network = tcp_or_inproc();
    interruptible signals;
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    char octet = 0;
    CHECK(interrupted([&] { return zmq_recv(two.one, &octet, 1, 0); }) == EINTR);
    c_message msg;
    CHECK(interrupted([&] { return zmq_msg_recv(&msg, two.one, 0); }) == EINTR);
    two.other.send("x");
    CHECK(two.one.receive() == "x");
}

TEST_CASE("a signal ends a sleeping zmq_send, and nothing is sent") {
    interruptible signals;
    c_context context;
    c_socket push(context, ZMQ_PUSH);
    CHECK(interrupted([&] { return push.send("lost"); }) == EINTR);
    c_socket pull(context, ZMQ_PULL);
    pull.set(ZMQ_RCVTIMEO, 50);
    pull.connect(push.bound(somewhere(tcp_or_inproc())));
    CHECK(pull.receive() == "<" + std::string(zmq_strerror(EAGAIN)) + ">");
}

TEST_CASE("a signal ends a zmq_send that waits for room") {
    const bool network = tcp_or_inproc();
    interruptible signals;
    c_context context;
    c_socket pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    pull.set(ZMQ_RCVHWM, 1);
    push.set(ZMQ_SNDHWM, 1);
    push.connect(pull.bound(somewhere(network)));
    const std::string body(100000, 'x');
    int sent = 0;
    push.set(ZMQ_SNDTIMEO, 200);
    while (push.send(body) > 0) ++sent;
    push.set(ZMQ_SNDTIMEO, deadline);
    CHECK(interrupted([&] { return push.send(body); }) == EINTR);
    c_message msg;
    for (int i = 0; i < sent; ++i) CHECK(zmq_msg_recv(&msg, pull, 0) == 100000);
}

TEST_CASE("a signal ends a sleeping zmq_poll") {
    const bool network = tcp_or_inproc();
    const long timeout = GENERATE(-1L, static_cast<long>(deadline));
    interruptible signals;
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(network));
    zmq_pollitem_t items[2] = {{two.one, 0, ZMQ_POLLIN, 0}, {nullptr, STDIN_FILENO, ZMQ_POLLPRI, 0}};
    CHECK(interrupted([&] { return zmq_poll(items, 2, timeout); }) == EINTR);
    CHECK(interrupted([&] { return zmq_poll(items, 1, timeout); }) == EINTR);
    two.other.send("x");
    CHECK(zmq_poll(items, 1, deadline) == 1);
}

TEST_CASE("a signal ends zmq_ctx_term, which may be called again") {
    interruptible signals;
    void* context = zmq_ctx_new();
    void* socket = zmq_socket(context, ZMQ_PAIR);
    CHECK(interrupted([&] { return zmq_ctx_term(context); }) == EINTR);
    zmq_close(socket);
    CHECK(zmq_ctx_term(context) == 0);
}

TEST_CASE("a signal does not hurt a call that does not sleep") {
    interruptible signals;
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(true));
    std::atomic<bool> stop{false};
    const auto self = ::pthread_self();
    std::thread disturber([&] {
        while (!stop) {
            ::pthread_kill(self, SIGUSR1);
            std::this_thread::yield();
        }
    });
    int right = 0;
    for (int i = 0; i < 2000; ++i) {
        while (two.other.send(std::to_string(i)) < 0 && zmq_errno() == EINTR) {
        }
        std::string got;
        while ((got = two.one.receive()) == "<" + std::string(zmq_strerror(EINTR)) + ">") {
        }
        right += got == std::to_string(i);
    }
    stop = true;
    disturber.join();
    CHECK(right == 2000);
}

TEST_CASE("the library's own threads take no signals") {
    interruptible signals;
    c_context context;
    c_pair two(context, ZMQ_PULL, ZMQ_PUSH, somewhere(true));
    two.other.send("x");
    CHECK(two.one.receive() == "x");
    // With every thread of ours blocking it, a signal to the process stays pending: nobody else takes it.
    sigset_t one, before;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    ::pthread_sigmask(SIG_BLOCK, &one, &before);
    ::kill(::getpid(), SIGUSR2);
    timespec limit{20, 0};
    CHECK(::sigtimedwait(&one, nullptr, &limit) == SIGUSR2);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
