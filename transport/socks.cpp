#include "zither/transport/socks.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>

namespace zither::transport {

namespace {

// RFC 1928.
constexpr unsigned version = 5, command_connect = 1;
constexpr unsigned method_none = 0, method_password = 2;
constexpr unsigned address_ipv4 = 1, address_name = 3, address_ipv6 = 4;
// RFC 1929.
constexpr unsigned password_version = 1;

constexpr std::size_t text_max = 255;
constexpr std::size_t method_size = 2, verdict_size = 2;
// Up to the first octet of the bound address, which may be its length.
constexpr std::size_t reply_head_size = 5;
constexpr std::size_t port_size = 2;

int error_of(unsigned reply) {
    switch (reply) {
        case 2: return EACCES;  // against the proxy's rules
        case 3: return ENETUNREACH;
        case 4: return EHOSTUNREACH;
        case 5: return ECONNREFUSED;
        case 6: return ETIMEDOUT;
        case 7: return EOPNOTSUPP;
        case 8: return EAFNOSUPPORT;
        default: return ECONNABORTED;
    }
}

void append(std::vector<std::byte>& to, const void* from, std::size_t size) {
    const auto* const octets = static_cast<const std::byte*>(from);
    to.insert(to.end(), octets, octets + size);
}

}  // namespace

socks_client::socks_client(const std::string& host, std::uint16_t port, std::string username,
                           std::string password)
    : username_(std::move(username)), password_(std::move(password)) {
    for (const unsigned octet : {version, command_connect, 0u})
        request_.push_back(static_cast<std::byte>(octet));
    unsigned char address[16];
    if (::inet_pton(AF_INET, host.c_str(), address) == 1) {
        request_.push_back(static_cast<std::byte>(address_ipv4));
        append(request_, address, 4);
    } else if (::inet_pton(AF_INET6, host.c_str(), address) == 1) {
        request_.push_back(static_cast<std::byte>(address_ipv6));
        append(request_, address, 16);
    } else {
        request_.push_back(static_cast<std::byte>(address_name));
        request_.push_back(static_cast<std::byte>(host.size()));
        append(request_, host.data(), host.size());
    }
    request_.push_back(static_cast<std::byte>(port >> 8));
    request_.push_back(static_cast<std::byte>(port & 0xff));
    if (host.size() > text_max || username_.size() > text_max || password_.size() > text_max) {
        fail(ENAMETOOLONG);
        return;
    }
    say(version);
    say(1);
    say(username_.empty() ? method_none : method_password);
    await(state::awaiting_method, method_size);
}

void socks_client::say(const std::string& text) {
    say(static_cast<unsigned>(text.size()));
    append(output_, text.data(), text.size());
}

void socks_client::await(state next, std::size_t octets) {
    state_ = next;
    whole_ = octets;
}

void socks_client::fail(int error) {
    state_ = state::failed;
    error_ = error;
}

std::size_t socks_client::wanted() const noexcept {
    if (state_ == state::done || state_ == state::failed) return 0;
    return whole_ - got_.size();
}

void socks_client::receive(zmtp::bytes octets) {
    while (!octets.empty() && wanted() > 0) {
        const auto taken = std::min(octets.size(), wanted());
        append(got_, octets.data(), taken);
        octets = octets.subspan(taken);
        if (wanted() > 0) return;
        switch (state_) {
            case state::awaiting_method: on_method(); break;
            case state::awaiting_verdict: on_verdict(); break;
            case state::awaiting_reply: on_reply(); break;
            default: state_ = state::done; break;
        }
    }
}

void socks_client::on_method() {
    const auto offered = username_.empty() ? method_none : method_password;
    if (at(0) != version) return fail(EPROTO);
    if (at(1) != offered) return fail(EACCES);
    got_.clear();
    if (offered == method_none) return ask();
    say(password_version);
    say(username_);
    say(password_);
    await(state::awaiting_verdict, verdict_size);
}

void socks_client::on_verdict() {
    if (at(0) != password_version) return fail(EPROTO);
    if (at(1) != 0) return fail(EACCES);
    got_.clear();
    ask();
}

void socks_client::ask() {
    append(output_, request_.data(), request_.size());
    await(state::awaiting_reply, reply_head_size);
}

void socks_client::on_reply() {
    if (at(0) != version) return fail(EPROTO);
    if (at(1) != 0) return fail(error_of(at(1)));
    // One octet of the address came with the head; a name's is its length.
    switch (at(3)) {
        case address_ipv4: return await(state::awaiting_bound, reply_head_size + 3 + port_size);
        case address_ipv6: return await(state::awaiting_bound, reply_head_size + 15 + port_size);
        case address_name: return await(state::awaiting_bound, reply_head_size + at(4) + port_size);
        default: return fail(EPROTO);
    }
}

}  // namespace zither::transport
