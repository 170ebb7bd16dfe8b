// The part of a connector that goes through a SOCKS5 proxy.
#include "zither/transport/connector.hpp"

#include <cerrno>

#include <sys/socket.h>

namespace zither::transport {

namespace {
// A proxy that takes longer than this to say yes or no has forgotten us; CONNECT_TIMEOUT says otherwise.
constexpr auto proxy_patience = std::chrono::milliseconds(30000);
}  // namespace

void connector::begin_proxy(const address& proxy) {
    host_port target;
    const auto semicolon = to_.address.find(';');
    const auto text = semicolon == std::string::npos ? to_.address : to_.address.substr(semicolon + 1);
    (void)parse_host_port(text, target);
    dialogue_.emplace(target.host, target.port, options_.socks_username, options_.socks_password);
    timer_.expires_after(options_.connect_timeout.count() > 0 ? options_.connect_timeout : proxy_patience);
    timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (!error && self->dialogue_) self->step([&] { self->give_up(ETIMEDOUT); });
    });
    talk_to_proxy(proxy);
}

void connector::talk_to_proxy(const address& proxy) {
    const int fd = descriptor_.native_handle();
    auto& ours = dialogue_->output();
    while (!ours.empty()) {
        const auto sent = ::send(fd, ours.data(), ours.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (sent < 0) return give_up(errno);
        ours.erase(ours.begin(), ours.begin() + sent);
    }
    while (dialogue_->wanted() > 0) {
        // No more than the dialogue asks for: what follows is the peer's.
        std::byte theirs[socks_client::wanted_max];
        const auto got = ::recv(fd, theirs, dialogue_->wanted(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return await_proxy(proxy);
        if (got <= 0) return give_up(got == 0 ? ECONNRESET : errno);
        dialogue_->receive({theirs, static_cast<std::size_t>(got)});
        if (!dialogue_->output().empty()) return talk_to_proxy(proxy);
    }
    if (dialogue_->error() != 0) return give_up(dialogue_->error());
    timer_.cancel();
    dialogue_.reset();
    succeed(descriptor_.release(), proxy);
}

void connector::await_proxy(const address& proxy) {
    using descriptor = asio::posix::stream_descriptor;
    const auto what = dialogue_->output().empty() ? descriptor::wait_read : descriptor::wait_write;
    descriptor_.async_wait(what, [self = shared_from_this(), proxy](const asio::error_code& error) {
        if (!error && self->dialogue_) self->step([&] { self->talk_to_proxy(proxy); });
    });
}

}  // namespace zither::transport
