#pragma once

// A peer that keeps to no rules: octets over TCP, and what came back.

#include "../sockets/endpoints.hpp"
#include "../support/loopback.hpp"
#include "../support/sanitizer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zither::hostile {

/// Where victims listen: no other program's client comes here and counts as an attacker.
inline std::string own_door() { return "tcp://" + test::own_loopback_name() + ":*"; }

class raw_peer {
public:
    struct accepted_by {};
    static constexpr accepted_by accepted{};
    /// The next that comes to a listening descriptor.
    raw_peer(accepted_by, int listener) : raw_peer(::accept(listener, nullptr, nullptr)) {}
    /// One that could not connect gives nothing and hears nothing. `receive_octets` is what the kernel keeps
    /// for it unread; 0: as much as usual.
    explicit raw_peer(const std::string& endpoint, int receive_octets = 0)
        : raw_peer(test::connect_to_loopback(test::port_in(endpoint), test::address_in(endpoint))) {
        if (receive_octets > 0)
            ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_octets, sizeof receive_octets);
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
        if (descriptor_ < 0) return false;
        char ignored[4096];
        for (;;) {
            const auto got = ::recv(descriptor_, ignored, sizeof ignored, 0);
            if (got == 0) return true;
            if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
        }
    }

private:
    explicit raw_peer(int descriptor) : descriptor_(descriptor) {
        // A test that hangs is a failure.
        const timeval limit{20, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    }
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

/// The most memory this process has had in use since it was made; under a sanitizer nothing is measured.
class memory_peak {
public:
    memory_peak() {
        // What earlier cases gave back would be taken again without notice.
        ::malloc_trim(0);
        before_ = memory_in_use();
        std::ofstream("/proc/self/clear_refs") << "5";  // the kernel forgets the peak so far
    }
    [[nodiscard]] std::uint64_t growth() const {
        if (before_ == 0) return 0;
        std::ifstream from("/proc/self/status");
        std::string name;
        std::uint64_t kilobytes = 0;
        while (from >> name && name != "VmHWM:") {
        }
        from >> kilobytes;
        REQUIRE(kilobytes > 0);
        return std::max(before_, kilobytes * 1024) - before_;
    }

private:
    std::uint64_t before_ = 0;
};

/// What was seen, for whoever reads the output (docs/testing.md has it in its table); nothing is judged by
/// it.
inline void tell(const std::string& sentence) {
    std::printf("%s: %s\n", Catch::getResultCapture().getCurrentTestName().c_str(), sentence.c_str());
    std::fflush(stdout);
}
inline std::string growth_text(std::uint64_t octets) {
    char text[64];
    std::snprintf(text, sizeof text, "grew by %.1f MB at most", static_cast<double>(octets) / 1e6);
    return text;
}

/// No attack here may make the process grow by more than this, however shortly (docs/testing.md).
inline constexpr std::uint64_t growth_max = 64u << 20;

/// A socket under attack and an honest peer of it; at the end both still talk, and memory has always been in
/// bounds.
class victim {
public:
    using preparation = std::function<void(zither::socket&)>;
    victim(socket_type own, socket_type honest, const preparation& prepare = {},
           const preparation& prepare_honest = {})
        : socket(test::make(in_, own)), honest_(test::make(in_, honest)) {
        if (prepare) prepare(socket);
        if (prepare_honest) prepare_honest(honest_);
        socket.bind(own_door());
        where = socket.last_endpoint();
        if (honest == socket_type::sub) honest_.subscribe("honest");
        honest_.connect(where);
        if (honest == socket_type::sub) await_subscription();
        talk();
        quiet_pace_ = pace([left = 500]() mutable { return left-- > 0; });
        peak_ = {};
    }
    ~victim() {
        talk();
        tell(growth_text(growth()));
        INFO("grown by " << growth() << " octets at most");
        CHECK(growth() < growth_max_);
    }
    victim(const victim&) = delete;
    victim& operator=(const victim&) = delete;

    raw_peer attacker(int receive_octets = 0) const { return raw_peer(where, receive_octets); }
    /// Who comes now, and again until let in.
    zither::socket another_honest() {
        auto made = test::make(in_, honest_.type());
        made.set(option::reconnect_interval, std::chrono::milliseconds(1));
        made.connect(where);
        return made;
    }
    /// Each is said by a peer that is shut out for it, and so are many more while others talk.
    void shuts_out(const std::vector<std::string>& attacks) {
        for (const auto& octets : attacks) CHECK(shut_out(octets));
        std::size_t next = 0;
        // A few thousand connections for some dozens of messages.
        talk_under(40, 100, [&] { return shut_out(attacks[next++ % attacks.size()]); });
    }
    void shuts_out(const std::string& octets) { shuts_out(std::vector{octets}); }

    /// Something honest is said, and heard.
    void talk() {
        const auto said = "honest " + std::to_string(++said_);
        auto& from = publishes() ? socket : honest_;
        auto& to = publishes() ? honest_ : socket;
        from.send(said);
        // What attackers may rightly say stands before it.
        CHECK(test::eventually([&] { return test::received(to) == said; }));
    }
    /// While an attack goes on, calling `strike` again and again, messages are exchanged: so many, and as
    /// many more as it takes to see `strikes_min`. It may strike `strikes_max` times for each. Time does not
    /// count: on a busy machine both sides are slow.
    template <class Strike>
    void talk_under(std::uint64_t messages, std::uint64_t strikes_max, Strike&& strike) {
        const auto most = messages * strikes_max;
        std::atomic<std::uint64_t> struck{0};
        std::atomic<bool> failed{false};
        std::jthread attack([&](const std::stop_token& enough) {
            while (!enough.stop_requested() && !failed && struck < most)
                if (strike())
                    ++struck;
                else
                    failed = true;
        });
        CHECK(test::eventually([&] { return struck > 0 || failed; }));
        std::uint64_t exchanged = 0;
        const auto under = pace([&] {
            const bool more = exchanged < messages || (struck < strikes_min && !failed);
            exchanged += more;
            return more;
        });
        const auto seen = struck.load();
        attack.request_stop();
        attack.join();
        CHECK_FALSE(failed);
        tell(std::to_string(static_cast<int>(quiet_pace_)) +
             " messages a second one by one before the attack, " + std::to_string(static_cast<int>(under)) +
             " under it (" + std::to_string(exchanged) + " messages, " + std::to_string(seen) + " strikes)");
        INFO(seen << " strikes while " << exchanged << " messages were exchanged");
        CHECK(seen < most);
    }

    /// What memory may grow by, where it is less than `growth_max`.
    void may_grow(std::uint64_t octets) { growth_max_ = octets; }
    std::uint64_t growth() const { return peak_.growth(); }

private:
    // So that what is exchanged is exchanged during an attack.
    static constexpr std::uint64_t strikes_min = 20;

    /// Messages a second, the next when the last was heard.
    template <class More>
    double pace(More&& more) {
        const auto start = std::chrono::steady_clock::now();
        double exchanged = 0;
        for (; more(); ++exchanged) talk();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        return exchanged / std::max(took.count(), 1e-9);
    }
    bool publishes() const { return honest_.type() == socket_type::sub; }
    /// A publisher keeps nothing for who is not there yet.
    void await_subscription() {
        CHECK(test::eventually([&] {
            socket.send("honest");
            return honest_.receive_for(std::chrono::milliseconds(1)).has_value();
        }));
    }
    bool shut_out(const std::string& octets) const {
        const auto peer = attacker();
        (void)peer.give(octets);
        return peer.was_shut_out();
    }

    context in_;

public:
    zither::socket socket;
    std::string where;

private:
    zither::socket honest_;
    int said_ = 0;
    double quiet_pace_ = 0;
    memory_peak peak_;
    std::uint64_t growth_max_ = hostile::growth_max;
};

}  // namespace zither::hostile
