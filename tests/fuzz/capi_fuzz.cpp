// Calls of the C API in any order with any arguments that a program could pass: sockets in one context,
// inproc between them, messages, options, a poller, monitors, groups, peers by number, helpers. No call
// waits. There is no network: it would need an I/O thread, and then an input would not say what happens.
#include "fuzz.hpp"

#include "zmq.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/eventfd.h>
#include <unistd.h>

using namespace zither::fuzz;

namespace {

constexpr std::size_t sockets_max = 6;
constexpr std::size_t messages_max = 4;
constexpr unsigned operations_max = 300;

class program {
public:
    explicit program(input& from) : from_(from), context_(zmq_ctx_new()) {
        zmq_ctx_set(context_, ZMQ_IO_THREADS, 0);
        zmq_ctx_set(context_, ZMQ_BLOCKY, 0);
        for (auto& each : messages_) zmq_msg_init(&each);
        must(poller_ != nullptr && descriptor_ >= 0, "a poller, and a descriptor for it");
    }
    ~program() {
        for (auto& each : sockets_) close(each);
        for (auto& each : messages_) zmq_msg_close(&each);
        must(zmq_poller_destroy(&poller_) == 0, "a poller ends, whatever it held");
        ::close(descriptor_);
        must(zmq_ctx_term(context_) == 0, "a context ends when its sockets are closed");
        must(lent_ == 0, "lent memory is given back");
    }
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    void run() {
        for (unsigned i = 0; i < operations_max && !from_.empty(); ++i) {
            auto& socket = sockets_[from_.below(sockets_max)];
            const auto what = from_.below(21);
            if (!socket)
                make(socket);
            else if (what == 0 && from_.below(4) == 0)
                close(socket);
            else
                call(socket, what);
        }
    }

private:
    int number(unsigned limit) { return static_cast<int>(from_.below(limit)); }
    void make(void*& socket) {
        const int type = number(22);
        socket = zmq_socket(context_, type);
        must((socket != nullptr) == (type <= ZMQ_CHANNEL), "the types are those there are");
        if (!socket)
            must(errno == EINVAL, "and others are EINVAL");
        else
            zmq_setsockopt(socket, ZMQ_LINGER, &zero_, sizeof zero_);
    }
    static void close(void*& socket) {
        if (socket) must(zmq_close(socket) == 0, "an open socket closes");
        socket = nullptr;
    }
    std::string endpoint() {
        static const char* const some[] = {"inproc://a", "inproc://b", "inproc://", "inproc:/",
                                           "tcp://",     "what://a",   "",          "udp://127.0.0.1:*",
                                           "udp://lo",   "inproc://m"};
        return some[from_.below(10)];
    }

    void call(void* socket, unsigned what) {
        switch (what) {
            case 1: checked(zmq_bind(socket, endpoint().c_str())); break;
            case 2: checked(zmq_connect(socket, endpoint().c_str())); break;
            case 3:
                checked(from_.flag() ? zmq_unbind(socket, endpoint().c_str())
                                     : zmq_disconnect(socket, endpoint().c_str()));
                break;
            case 4:
            case 5:
            case 6: send(socket); break;
            case 7:
            case 8:
            case 9: receive(socket); break;
            case 10: set(socket); break;
            case 11: get(socket); break;
            case 12: poll(socket); break;
            case 13: handle_messages(); break;
            case 14: z85(); break;
            case 15: use_poller(socket); break;
            case 16: wait(); break;
            case 17: monitor(socket); break;
            case 18: group(socket); break;
            case 19: peers(socket); break;
            default:
                checked(zmq_setsockopt(socket, from_.flag() ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE, "topic",
                                       from_.below(6)));
        }
    }
    /// A call that fails says why.
    static void checked(int result) {
        if (result == -1) must(errno != 0, "a failure has a number");
    }

    int flags() { return ZMQ_DONTWAIT | (from_.flag() ? ZMQ_SNDMORE : 0); }
    static void give_back(void*, void* hint) { --*static_cast<int*>(hint); }

    void send(void* socket) {
        const auto body = from_.text(255);
        auto& message = messages_[from_.below(messages_max)];
        switch (from_.below(4)) {
            case 0: checked(zmq_send(socket, body.data(), body.size(), flags())); break;
            case 1: checked(zmq_send_const(socket, "constant", 8, flags())); break;
            case 2:
                zmq_msg_close(&message);
                static char lent[100];
                must(zmq_msg_init_data(&message, lent, sizeof lent, give_back, &lent_) == 0,
                     "memory is lent");
                ++lent_;
                checked(zmq_msg_send(&message, socket, flags()));
                break;
            default: checked(zmq_msg_send(&message, socket, flags()));
        }
    }
    void receive(void* socket) {
        char body[64];
        auto& message = messages_[from_.below(messages_max)];
        if (from_.flag()) {
            checked(zmq_recv(socket, body, from_.below(sizeof body), ZMQ_DONTWAIT));
        } else if (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0) {
            (void)zmq_msg_gets(&message, "Socket-Type");
            (void)zmq_msg_get(&message, ZMQ_MORE);
            if (const auto peer = zmq_msg_routing_id(&message)) peer_ = peer;
        }
    }
    void set(void* socket) {
        const int option = number(120);
        if (option == ZMQ_LINGER) return;
        const auto value = from_.take(from_.below(33));
        checked(zmq_setsockopt(socket, option, value.data(), value.size()));
        const int none = 0;  // whatever was set: no call may wait
        for (const int each : {ZMQ_RCVTIMEO, ZMQ_SNDTIMEO}) zmq_setsockopt(socket, each, &none, sizeof none);
    }
    void get(void* socket) {
        char value[300];
        std::memset(value, 0x5a, sizeof value);
        std::size_t size = from_.below(2) ? from_.octet() : 8;
        const auto room = size;
        const int result = zmq_getsockopt(socket, number(120), value, &size);
        checked(result);
        if (result == 0) must(size <= room, "an option fits its room");
        must(value[room] == 0x5a, "and nothing is written behind it");
    }
    void poll(void* socket) {
        zmq_pollitem_t items[2] = {{socket, 0, static_cast<short>(from_.octet()), 0},
                                   {nullptr, -1, ZMQ_POLLIN, 0}};
        checked(zmq_poll(items, from_.flag() ? 2 : 1, 0));
    }

    /// Sockets that a poller holds may be closed meanwhile.
    void use_poller(void* socket) {
        const auto events = static_cast<short>(from_.below(16));
        zmq_fd_t of_all = -1;
        switch (from_.below(8)) {
            case 0:
            case 1: checked(zmq_poller_add(poller_, socket, this, events)); break;
            case 2: checked(zmq_poller_modify(poller_, socket, events)); break;
            case 3: checked(zmq_poller_remove(poller_, socket)); break;
            case 4: checked(zmq_poller_add_fd(poller_, descriptor_, this, events)); break;
            case 5: checked(zmq_poller_modify_fd(poller_, descriptor_, events)); break;
            case 6: checked(zmq_poller_remove_fd(poller_, descriptor_)); break;
            default: checked(zmq_poller_fd(poller_, &of_all));
        }
        must(zmq_poller_size(poller_) >= 0, "a poller has a size");
    }
    void wait() {
        zmq_poller_event_t found[4] = {};
        const int room = number(5);
        const int count = from_.flag() ? zmq_poller_wait_all(poller_, found, room, 0)
                                       : zmq_poller_wait(poller_, found, 0) + 1;
        must(count <= std::max(room, 1), "no more is found than there is room for");
        for (int i = 0; i < count; ++i)
            must(found[i].user_data == this && found[i].events != 0, "what is found is what was added");
    }

    void monitor(void* socket) {
        const char* const at = from_.flag() ? "inproc://m" : nullptr;
        const auto events = from_.octet() * 0x101u;
        switch (from_.below(4)) {
            case 0: checked(zmq_socket_monitor(socket, at, static_cast<int>(events))); break;
            case 1: checked(zmq_socket_monitor(socket, endpoint().c_str(), static_cast<int>(events))); break;
            case 2: checked(zmq_socket_monitor_versioned(socket, at, events, number(4), number(10))); break;
            default: checked(zmq_socket_monitor_pipes_stats(socket));
        }
    }

    void group(void* socket) {
        auto& message = messages_[from_.below(messages_max)];
        auto name = std::string(from_.text(2).c_str());
        if (from_.below(8) == 0) name.resize(250 + from_.below(10), 'g');  // as long as may be, or longer
        switch (from_.below(4)) {
            case 0: checked(zmq_join(socket, name.c_str())); break;
            case 1: checked(zmq_leave(socket, name.c_str())); break;
            default:
                if (zmq_msg_set_group(&message, name.c_str()) == 0)
                    must(zmq_msg_group(&message) == name, "a message is of the group that was set");
        }
    }

    /// A number is one that came with a message, or any.
    void peers(void* socket) {
        auto& message = messages_[from_.below(messages_max)];
        const std::uint32_t other = from_.octet();
        const auto id = from_.flag() ? peer_ : other;
        switch (from_.below(5)) {
            case 0:
                if (const auto made = zmq_connect_peer(socket, endpoint().c_str())) peer_ = made;
                break;
            case 1: checked(zmq_disconnect_peer(socket, id)); break;
            case 2: {
                const auto name = from_.text(5);
                checked(zmq_socket_get_peer_state(socket, name.data(), name.size()));
                break;
            }
            default:
                if (zmq_msg_set_routing_id(&message, id) == 0)
                    must(zmq_msg_routing_id(&message) == id, "a message is for the peer that was set");
        }
    }

    void handle_messages() {
        auto& one = messages_[from_.below(messages_max)];
        auto& other = messages_[from_.below(messages_max)];
        switch (from_.below(5)) {
            case 0: checked(zmq_msg_move(&one, &other)); break;
            case 1: checked(zmq_msg_copy(&one, &other)); break;
            case 2:
                zmq_msg_close(&one);
                must(zmq_msg_init_size(&one, from_.octet() * 20u) == 0, "there is memory");
                std::memset(zmq_msg_data(&one), 0x55, zmq_msg_size(&one));
                break;
            case 3: (void)zmq_msg_set(&one, number(8), from_.octet()); break;
            default: (void)zmq_msg_get(&one, number(8));
        }
        must(zmq_msg_size(&one) == 0 || zmq_msg_data(&one) != nullptr, "a body is somewhere");
    }
    void z85() {
        char text[128];
        std::uint8_t octets[128];
        const auto given = from_.text(60);
        if (zmq_z85_encode(text, reinterpret_cast<const std::uint8_t*>(given.data()), given.size()))
            must(zmq_z85_decode(octets, text) && std::memcmp(octets, given.data(), given.size()) == 0,
                 "what was encoded decodes");
        (void)zmq_z85_decode(octets, given.c_str());
    }

    input& from_;
    void* context_;
    std::array<void*, sockets_max> sockets_{};
    std::array<zmq_msg_t, messages_max> messages_;
    void* poller_ = zmq_poller_new();
    const int descriptor_ = ::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);  // always readable
    std::uint32_t peer_ = 0;                                           // who was heard, or connected to, last
    int lent_ = 0;
    static constexpr int zero_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    program(from).run();
    return 0;
}
