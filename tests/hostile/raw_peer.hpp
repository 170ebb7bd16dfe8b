#pragma once

// A peer that keeps to no rules: octets over TCP, and what came back.

#include "../sockets/endpoints.hpp"
#include "../support/loopback.hpp"
#include "../support/sanitizer.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zither::hostile {

class raw_peer {
public:
    explicit raw_peer(const std::string& endpoint)
        : descriptor_(test::connect_to_loopback(test::port_in(endpoint))) {
        REQUIRE(descriptor_ >= 0);
        // A test that hangs is a failure.
        const timeval limit{20, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    }
    raw_peer(raw_peer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    raw_peer& operator=(raw_peer&&) = delete;
    ~raw_peer() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    /// False when the other side has had enough.
    bool give(std::string_view octets) const {
        while (!octets.empty()) {
            const auto sent = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            octets.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// What came next; empty at the end.
    std::string hear() const {
        char some[4096];
        const auto got = ::recv(descriptor_, some, sizeof some, 0);
        return got > 0 ? std::string(some, static_cast<std::size_t>(got)) : std::string();
    }
    /// Reads on until this is among it; false when it never comes.
    bool hears(std::string_view octets) const {
        std::string all;
        for (auto news = hear(); !news.empty(); news = hear()) {
            all += news;
            if (all.find(octets) != all.npos) return true;
        }
        return false;
    }
    /// Reads on to the end; false when none comes.
    bool was_shut_out() const {
        char ignored[4096];
        for (;;) {
            const auto got = ::recv(descriptor_, ignored, sizeof ignored, 0);
            if (got == 0) return true;
            if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
        }
    }

private:
    int descriptor_;
};

inline std::string number(std::uint64_t value, int octets) {
    std::string made;
    for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8)
        made += static_cast<char>(value >> shift & 0xff);
    return made;
}
inline std::string greeting(std::string_view mechanism = "NULL") {
    std::string made = "\xff" + std::string(8, '\0') + "\x7f\x03\x01" + std::string(mechanism);
    made.resize(64, '\0');
    return made;
}
inline std::string property(std::string_view name, std::string_view value) {
    return static_cast<char>(name.size()) + std::string(name) + number(value.size(), 4) + std::string(value);
}
inline std::string frame(char flags, std::string_view body) {
    if (body.size() < 256) return std::string(1, flags) + static_cast<char>(body.size()) + std::string(body);
    return std::string(1, static_cast<char>(flags | 2)) + number(body.size(), 8) + std::string(body);
}
inline std::string command(std::string_view name, std::string_view data) {
    return frame(4, static_cast<char>(name.size()) + std::string(name) + std::string(data));
}
inline std::string handshake(std::string_view type) {
    return greeting() + command("READY", property("Socket-Type", type));
}

/// Memory this process has in use, in octets; 0 under a sanitizer, which has its own.
inline std::uint64_t memory_in_use() {
    if constexpr (test::address_sanitized || test::thread_sanitized) return 0;
    std::ifstream from("/proc/self/statm");
    std::uint64_t whole = 0, resident = 0;
    from >> whole >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// No attack here may make the process grow by more than this (docs/testing.md).
inline constexpr std::uint64_t growth_max = 64u << 20;

/// A socket under attack and an honest peer of it; at the end both still talk, and memory stayed in bounds.
class victim {
public:
    victim(socket_type own, socket_type honest, const std::function<void(zither::socket&)>& prepare = {})
        : socket(test::make(in_, own)), honest_(test::make(in_, honest)) {
        if (prepare) prepare(socket);
        socket.bind("tcp://127.0.0.1:*");
        where = socket.last_endpoint();
        if (honest == socket_type::sub) honest_.subscribe("honest");
        honest_.connect(where);
        talk();
        before_ = memory_in_use();
    }
    ~victim() {
        talk();
        const auto after = memory_in_use();
        CHECK((after < before_ || after - before_ < growth_max));
    }
    victim(const victim&) = delete;
    victim& operator=(const victim&) = delete;

    raw_peer attacker() const { return raw_peer(where); }
    /// Says it all, and is shut out for it.
    void shuts_out(const std::string& octets) const {
        auto peer = attacker();
        (void)peer.give(octets);
        CHECK(peer.was_shut_out());
    }
    void talk() {
        if (honest_.type() == socket_type::sub) {
            // A publisher keeps nothing for who is not there yet.
            const auto heard = [&] {
                socket.send("honest");
                return honest_.receive_for(std::chrono::milliseconds(1)).has_value();
            };
            CHECK(test::eventually(heard));
            return;
        }
        honest_.send("honest");
        // What attackers may rightly say stands before it.
        CHECK(test::eventually([&] { return test::received(socket) == "honest"; }));
    }

private:
    context in_;

public:
    zither::socket socket;
    std::string where;

private:
    zither::socket honest_;
    std::uint64_t before_ = 0;
};

}  // namespace zither::hostile
