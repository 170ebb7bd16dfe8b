#pragma once

#include "zither/transport/endpoint.hpp"
#include "zither/transport/reactor.hpp"

#include <asio/io_context.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zither::transport::test {

/// A descriptor that closes itself.
class descriptor {
public:
    explicit descriptor(int number = -1) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int get() const { return number_; }
    bool open() const { return number_ >= 0; }

private:
    int number_;
};

/// A reactor on a loop that the test turns.
struct loop {
    loop() { work->start(); }
    ~loop() {
        work->stop();
        context.restart();
        context.poll();
    }
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    /// Turns until it is done or time is up; no test waits longer than it must.
    bool until(const std::function<bool()>& done,
               std::chrono::milliseconds limit = std::chrono::milliseconds(20000)) {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        while (!done()) {
            context.restart();
            if (std::chrono::steady_clock::now() >= deadline) return false;
            context.run_one_until(
                std::min(deadline, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)));
        }
        return true;
    }
    /// Runs what is ready and no more.
    void settle() {
        context.restart();
        context.poll();
    }

    asio::io_context context{1};
    std::shared_ptr<reactor> work = std::make_shared<reactor>(context, reactor::tails::timed);
};

inline endpoint at(const std::string& text) {
    endpoint made;
    REQUIRE(parse_endpoint(text, made) == errc::ok);
    return made;
}

/// The socket address of an endpoint's text.
inline address address_of(const std::string& text) {
    const auto where = at(text);
    address made;
    if (where.protocol == endpoint::kind::ipc) {
        REQUIRE(ipc_address(where.address, made) == errc::ok);
        return made;
    }
    host_port parts;
    REQUIRE(parse_host_port(where.address, parts) == errc::ok);
    REQUIRE(local_address(parts.host, parts.port, true, made) == errc::ok);
    return made;
}

/// A plain blocking client; closed when the connection is refused.
inline descriptor connect_to(const std::string& text) {
    const auto to = address_of(text);
    descriptor made(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(made.open());
    if (::connect(made.get(), to.get(), to.size) != 0) return descriptor();
    return made;
}

/// A port that nobody listens on; it may be taken by another a moment later, which no test can help.
inline std::string free_endpoint() {
    const descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto any = address_of("tcp://127.0.0.1:0");
    REQUIRE(::bind(made.get(), any.get(), any.size) == 0);
    address bound;
    bound.size = sizeof bound.storage;
    REQUIRE(::getsockname(made.get(), bound.get(), &bound.size) == 0);
    return endpoint_text(bound);
}

/// Does an octet written to one come out of the other?
inline bool joined(int one, int other) {
    char octet = 'z';
    if (::send(one, &octet, 1, MSG_NOSIGNAL) != 1) return false;
    pollfd look{other, POLLIN, 0};
    octet = 0;
    return ::poll(&look, 1, 10000) == 1 && ::recv(other, &octet, 1, 0) == 1 && octet == 'z';
}

}  // namespace zither::transport::test
