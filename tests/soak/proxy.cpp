#include "proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace zither::soak {

namespace {

constexpr std::size_t held_max = 128 * 1024;
constexpr std::size_t piece_max = 64 * 1024;
constexpr std::uint64_t unseen = 500 * ms;
constexpr std::size_t drop_max = 24;

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    inet_pton(AF_INET, host.c_str(), &made.sin_addr);
    made.sin_port = htons(port);
    return made;
}

void shut(int& descriptor, bool rudely) {
    if (descriptor < 0) return;
    const linger none{1, 0};
    if (rudely) setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(descriptor);
    descriptor = -1;
}

}  // namespace

wire::wire(std::string host, std::uint16_t port, std::string target, std::uint64_t seed)
    : host_(std::move(host)), port_(port), target_(std::move(target)), random_(seed) {
    listen();
}

wire::~wire() {
    for (auto& each : connections_)
        for (auto& end : each.sides) shut(end.descriptor, true);
    shut(listener_, false);
}

void wire::listen() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto at = address_of(host_, port_);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
        ::listen(listener_, 64) != 0)
        throw std::runtime_error(std::string("the proxy cannot listen: ") + std::strerror(errno));
}

int wire::reach() const {
    const bool local = target_.starts_with("ipc://");
    const int made = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = 0;
    const timeval patience{0, 200'000};
    setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (local) {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::strncpy(at.sun_path, target_.c_str() + 6, sizeof at.sun_path - 1);
        result = connect(made, reinterpret_cast<sockaddr*>(&at), sizeof at);
    } else {
        const auto host = target_.substr(6, target_.rfind(':') - 6),
                   port = target_.substr(target_.rfind(':') + 1);
        const auto at = address_of(host, static_cast<std::uint16_t>(std::stoi(port)));
        const int on = 1;
        setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        result = connect(made, reinterpret_cast<const sockaddr*>(&at), sizeof at);
    }
    fcntl(made, F_SETFL, O_NONBLOCK);
    if (result == 0) return made;
    ::close(made);
    return -1;
}

void wire::accept() {
    int caller = -1;
    while (listener_ >= 0 &&
           (caller = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        const int on = 1;
        setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const int binder = reach();
        if (binder < 0) {  // a binder that is away; nothing was said yet, so nothing is lost
            shut(caller, random_() % 2 == 0);
            continue;
        }
        ++accepted_;
        auto& made = connections_.emplace_back();
        made.sides[0].descriptor = caller;
        made.sides[1].descriptor = binder;
    }
}

void wire::drop(connection& one, bool rudely) {
    for (auto& end : one.sides) shut(end.descriptor, rudely);
}

void wire::reset() {
    const auto at = now();
    if (!connections_.empty()) lost(at, at + notice);
    for (auto& each : connections_) drop(each, true);
    excuse(at, at + notice, false);
}

void wire::close() {
    const auto at = now();
    if (!connections_.empty()) lost(at, at + notice);
    for (auto& each : connections_) drop(each, false);
    excuse(at, at + notice, false);
}

void wire::half_open(std::uint64_t until) {
    const auto at = now();
    const auto which = random_() % 2;
    if (!connections_.empty()) lost(at, until + notice);
    for (auto& each : connections_) {
        if (each.deaf_until != 0) continue;
        shut(each.sides[which].descriptor, true);
        each.deaf_until = until;
    }
    excuse(at, until + notice, false);
}

std::uint64_t wire::stall(std::uint64_t until) {
    if (stalled_until_ + 500 * ms < now()) stalled_from_ = now();
    stalled_until_ = std::max(stalled_until_, until);
    if (excused_until_ > now()) excused_until_ = std::max(excused_until_, stalled_until_ + notice);
    return stalled_until_ - stalled_from_;
}

void wire::refuse(std::uint64_t until) {
    refused_until_ = until;
    shut(listener_, false);
    reset();
}

void wire::excuse(std::uint64_t from, std::uint64_t until, bool loses) {
    // While nothing moves we do not hear of an end either.
    const auto still_until = std::max(stalled_until_, unattended_until_);
    excused_until_ = std::max({excused_until_, until, still_until > from ? still_until + notice : 0});
    if (loses) lost(from, until);
}

void wire::left() {
    for (auto& each : connections_)
        if (each.left_at == 0) each.left_at = now();
}

void wire::lost(std::uint64_t from, std::uint64_t to, int spared) {
    for (const auto& each : connections_)
        if (each.left_at != 0) from = std::min(from, each.left_at);
    if (from <= unattended_until_) to = std::max(to, unattended_until_ + notice);
    losses_.push_back({from, to, spared});
}

void wire::unattended(std::uint64_t until) {
    const auto at = now();
    unattended_until_ = std::max(unattended_until_, until);
    for (auto& each : losses_)
        if (each.to > at) each.to = std::max(each.to, unattended_until_ + notice);
    if (excused_until_ > at) excused_until_ = std::max(excused_until_, unattended_until_ + notice);
}

void wire::heal() {
    stalled_until_ = dripping_until_ = delayed_until_ = refused_until_ = 0;
    for (auto& each : connections_)
        if (each.deaf_until != 0) each.deaf_until = 1;
}

void wire::forget(std::uint64_t before) {
    std::erase_if(losses_, [&](const interval& each) { return each.to < before; });
}

bool wire::move(connection& one, int from) {
    auto& source = one.sides[static_cast<std::size_t>(from)];
    std::array<char, piece_max> block;
    const auto at = now();
    while (!source.ended && source.size < held_max) {
        const auto wanted = at < dripping_until_ ? 1 + random_() % drop_max : 1 + random_() % block.size();
        const auto count = recv(source.descriptor, block.data(), wanted, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (count <= 0) {
            source.ended = true;
            source.failed = count < 0;
            break;
        }
        const auto due = at < delayed_until_ ? at + random_() % (40 * ms) : at;
        source.held.push_back({source.held.empty() ? due : std::max(due, source.held.back().due),
                               std::string(block.data(), static_cast<std::size_t>(count))});
        source.size += static_cast<std::size_t>(count);
        octets_ += static_cast<std::uint64_t>(count);
        if (at < dripping_until_) break;
    }
    return write_out(one, from);
}

/// False when the other side takes no more, ever.
bool wire::write_out(connection& one, int from) {
    auto& source = one.sides[static_cast<std::size_t>(from)];
    auto& target = one.sides[static_cast<std::size_t>(1 - from)];
    while (!source.held.empty() && source.held.front().due <= now()) {
        auto& first = source.held.front().octets;
        const auto count = ::send(target.descriptor, first.data(), first.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        source.size -= static_cast<std::size_t>(count);
        first.erase(0, static_cast<std::size_t>(count));
        if (!first.empty()) return true;
        source.held.pop_front();
    }
    return true;
}

/// One of the two processes has ended it.
void wire::ended(connection& one, std::vector<std::string>& complaints) {
    int spared = -1;
    for (int i = 0; i < 2; ++i) {
        const auto &each = one.sides[static_cast<std::size_t>(i)],
                   &other = one.sides[static_cast<std::size_t>(1 - i)];
        if (each.ended && !each.failed && each.held.empty() && !other.ended) spared = i;
    }
    const auto at = now();
    // It ended before we saw it: we are slow, or stood still.
    lost(std::min(at, stalled_until_ + unseen > at ? stalled_from_ : at) - unseen, at + notice, spared);
    drop(one, false);
    if (excused_until_ < at) complaints.push_back("a connection ended by itself");
}

void wire::pass(std::vector<std::string>& complaints) {
    const auto at = now();
    if (refused_until_ <= at && listener_ < 0) listen();
    if (stalled_until_ > at) return;
    accept();
    for (auto& each : connections_) {
        if (each.deaf_until != 0) {
            if (each.deaf_until <= at) drop(each, true);
            continue;
        }
        if (each.sides[0].descriptor < 0) continue;
        const bool there = move(each, 0), back = move(each, 1);
        const auto done = [&](const side& one) { return one.ended && one.held.empty(); };
        if (!there || !back || done(each.sides[0]) || done(each.sides[1])) ended(each, complaints);
    }
    std::erase_if(connections_, [](const connection& each) {
        return each.sides[0].descriptor < 0 && each.sides[1].descriptor < 0;
    });
}

void wire::watch(std::vector<pollfd>& into) const {
    const auto at = now();
    if (listener_ >= 0 && stalled_until_ <= at) into.push_back({listener_, POLLIN, 0});
    for (const auto& each : connections_) {
        if (each.deaf_until != 0 || stalled_until_ > at) continue;
        for (std::size_t i = 0; i < 2; ++i) {
            const auto& one = each.sides[i];
            const auto& other = each.sides[1 - i];
            short events = 0;
            if (!one.ended && one.size < held_max) events |= POLLIN;
            if (!other.held.empty() && other.held.front().due <= at) events |= POLLOUT;
            if (events && one.descriptor >= 0) into.push_back({one.descriptor, events, 0});
        }
    }
}

}  // namespace zither::soak
