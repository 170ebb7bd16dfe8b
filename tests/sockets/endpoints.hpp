#pragma once

// Where the tests of sockets meet: an endpoint of every transport, and sockets whose calls end.

#include "zither/zither.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zither::test {

using namespace std::chrono_literals;

/// A test that hangs is a failure: no call takes longer. Generous, for sanitizers on a busy machine.
constexpr std::chrono::milliseconds deadline{20000};

/// Tries until it is so, or the deadline has passed.
template <class Condition>
bool eventually(Condition&& so, std::chrono::milliseconds limit = deadline) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!so()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::yield();
    }
    return true;
}

/// A name no other test uses.
inline std::string fresh_name() {
    static std::atomic<int> count{0};
    return "zither-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

/// A port that was free a moment ago, below those that the system gives to whoever asks for any: another test
/// may be asking now.
inline int free_port() {
    constexpr unsigned first = 10000, count = 20000;
    static std::atomic<unsigned> next{static_cast<unsigned>(::getpid()) * 61};
    for (;;) {
        const auto port = static_cast<std::uint16_t>(first + next++ % count);
        const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        const bool free = ::bind(probe, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
        ::close(probe);
        if (free) return port;
    }
}

/// One way for two sockets to meet.
struct way {
    enum class kind { tcp, tcp6, ipc, ipc_abstract, ipc_wildcard, inproc } which;

    bool network() const { return which != kind::inproc; }
    /// Known before it is bound.
    bool named() const { return which != kind::ipc_wildcard; }
    /// What to bind: with wildcards where the transport has them.
    std::string to_bind() const {
        switch (which) {
            case kind::tcp: return "tcp://127.0.0.1:*";
            case kind::tcp6: return "tcp://[::1]:*";
            case kind::ipc_wildcard: return "ipc://*";
            default: return exact();
        }
    }
    /// An endpoint that can be connected before it is bound.
    std::string exact() const {
        switch (which) {
            case kind::tcp: return "tcp://127.0.0.1:" + std::to_string(free_port());
            case kind::tcp6: return "tcp://[::1]:" + std::to_string(free_port());
            case kind::ipc: return "ipc:///tmp/" + fresh_name();
            case kind::ipc_abstract: return "ipc://@" + fresh_name();
            case kind::ipc_wildcard: return {};
            case kind::inproc: return "inproc://" + fresh_name();
        }
        return {};
    }
};

inline std::ostream& operator<<(std::ostream& out, const way& by) {
    constexpr const char* names[] = {"tcp", "tcp ipv6", "ipc path", "ipc abstract", "ipc wildcard", "inproc"};
    return out << names[static_cast<int>(by.which)];
}

constexpr way tcp{way::kind::tcp}, tcp6{way::kind::tcp6}, ipc{way::kind::ipc},
    ipc_abstract{way::kind::ipc_abstract}, ipc_wildcard{way::kind::ipc_wildcard}, inproc{way::kind::inproc};

/// A socket whose calls end, and which nobody waits for at its end.
inline zither::socket make(context& in, socket_type type) {
    zither::socket made(in, type);
    made.set(option::receive_timeout, deadline);
    made.set(option::send_timeout, 3 * deadline);  // a receiver that waits for it gives up first
    made.set(option::linger, 0ms);
    made.set(option::ipv6, true);
    return made;
}

/// A body that shows a lost, doubled or swapped octet.
inline std::string body_of(std::size_t size, unsigned seed = 0) {
    std::string made(size, '\0');
    std::uint32_t state = seed * 2654435761u + 1;
    for (auto& each : made) {
        state = state * 1664525u + 1013904223u;
        each = static_cast<char>(state >> 24);
    }
    return made;
}

/// A call that ends with its time-out may still find what it waits for: the wake-up was lost all the same.
class stopwatch {
public:
    bool late() const { return std::chrono::steady_clock::now() - start_ > deadline / 2; }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The next part; nothing when there was none in time.
inline std::optional<message> next_part(zither::socket& by) {
    const stopwatch since;
    auto part = by.receive_for(deadline);
    return since.late() ? std::nullopt : std::move(part);
}

/// All parts of the next message. Throws when it is late.
inline multipart next_all(zither::socket& by) {
    const stopwatch since;
    auto parts = by.receive_multipart();
    if (since.late()) throw std::runtime_error("the message came late: a wake-up was lost");
    return parts;
}

/// The text of the next part, or why there was none.
inline std::string received(zither::socket& by, wait how = wait::as_set) {
    const stopwatch since;
    std::error_code error;
    const auto part = by.receive(how, error);
    if (since.late()) return "<late>";
    return error ? "<" + error.message() + ">" : std::string(part.text());
}

/// The parts of the next message as text, joined by '|'.
inline std::string received_all(zither::socket& by, wait how = wait::as_set) {
    const stopwatch since;
    std::error_code error;
    const auto parts = by.receive_multipart(how, error);
    if (since.late()) return "<late>";
    if (error) return "<" + error.message() + ">";
    std::string joined;
    for (const auto& part : parts) joined += std::string(part.text()) + (part.more() ? "|" : "");
    return joined;
}

inline multipart parts_of(std::initializer_list<std::string_view> bodies) {
    multipart made;
    for (const auto body : bodies) made.emplace_back(body);
    return made;
}

/// What a call reports through its last argument.
template <class Call>
std::error_code error_of(Call&& call) {
    std::error_code error;
    call(error);
    return error;
}

/// What a send without waiting says.
inline std::error_code try_send(zither::socket& by, std::string_view body) {
    std::error_code error;
    by.send(message(body), wait::never, error);
    return error;
}

/// Says a text again and again until it is heard: what goes into a dying connection is lost.
inline bool heard_at_last(zither::socket& by, zither::socket& at, const std::string& text) {
    return eventually([&] {
        (void)try_send(by, text);
        const auto part = at.receive_for(std::chrono::milliseconds(1));
        return part && part->text() == text;
    });
}

/// How many messages go out before one would have to wait.
inline int fill(zither::socket& by, std::string_view body, int most) {
    int sent = 0;
    while (sent < most && !try_send(by, body)) ++sent;
    return sent;
}

}  // namespace zither::test
