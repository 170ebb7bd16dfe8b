#include "zither/transport/connector.hpp"

#include "zither/zmtp/random_number.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include <netinet/in.h>
#include <unistd.h>

namespace zither::transport {

namespace {

/// "source;target" in two; the source may be missing.
std::pair<std::string_view, std::string_view> split_source(std::string_view text) {
    const auto semicolon = text.find(';');
    if (semicolon == text.npos) return {{}, text};
    return {text.substr(0, semicolon), text.substr(semicolon + 1)};
}

// What can be looked up at all: a name, an address of either kind, a zone.
bool nameable(std::string_view host) {
    return std::ranges::all_of(host, [](unsigned char one) {
        return std::isalnum(one) || one == '.' || one == '-' || one == '_' || one == ':' || one == '%';
    });
}

// A connect to a free ephemeral port of our own can meet itself (simultaneous open).
bool self_connected(int descriptor) {
    address ours;
    address theirs;
    ours.size = theirs.size = sizeof ours.storage;
    if (::getsockname(descriptor, ours.get(), &ours.size) != 0) return false;
    if (::getpeername(descriptor, theirs.get(), &theirs.size) != 0) return false;
    return ours.storage.ss_family != AF_UNIX && endpoint_text(ours) == endpoint_text(theirs);
}

}  // namespace

connector::connector(const std::shared_ptr<reactor>& by, endpoint to, stream_options options, timing when)
    : reactor_(by),
      to_(std::move(to)),
      options_(std::move(options)),
      when_(when),
      backoff_(std::max(when.reconnect, std::chrono::milliseconds(0)), when.reconnect_max),
      resolver_(by->context()),
      descriptor_(by->context()),
      timer_(by->context()),
      random_(zmtp::random_number()) {}

errc connector::check(const endpoint& to) {
    if (to.protocol != endpoint::kind::tcp) {
        address ignored;
        return known_address(to, false, ignored);
    }
    const auto [source, target] = split_source(to.address);
    host_port parts;
    if (!source.empty() &&
        (parse_host_port(source, parts) != errc::ok || (parts.host != "*" && !nameable(parts.host))))
        return errc::invalid_argument;
    if (parse_host_port(target, parts) != errc::ok || parts.wildcard_port || !nameable(parts.host))
        return errc::invalid_argument;
    return errc::ok;
}

void connector::start(events tell) {
    asio::post(reactor_->context(), [self = shared_from_this(), tell = std::move(tell)]() mutable {
        if (self->closed_) return;
        self->tell_ = std::move(tell);
        self->step([&] { self->round(); });
    });
}

void connector::again() {
    asio::post(reactor_->context(), placed_handler(again_memory_, [self = shared_from_this()] {
                   self->step([&] { self->retry_later(0); });
               }));
}

void connector::close() {
    if (closing_.exchange(true)) return;
    asio::post(reactor_->context(), placed_handler(close_memory_, [self = shared_from_this()] {
                   self->closed_ = true;
                   self->tell_ = {};
                   self->timer_.cancel();
                   asio::error_code ignored;
                   self->descriptor_.close(ignored);
                   // It asks for memory; without, the answer is not listened to.
                   within_memory([&] { self->resolver_.cancel(); });
               }));
}

/// The dialogue and the descriptor of a step that was broken off are of no use.
void connector::break_off() {
    dialogue_.reset();
    asio::error_code ignored;
    descriptor_.close(ignored);
    reactor_->owe(shared_from_this());
}

void connector::make_up() {
    step([&] { retry_later(ENOMEM); });
}

void connector::round() {
    candidates_.clear();
    source_ = {};
    last_error_ = 0;
    if (to_.protocol != endpoint::kind::tcp) {
        address known;
        (void)known_address(to_, false, known);
        candidates_.push_back(known);
        try_next();
        return;
    }
    const auto [source, first_stop] = split_source(by_proxy() ? options_.socks_proxy : to_.address);
    host_port parts;
    if (!source.empty()) {
        // An interface may come up later.
        if (parse_host_port(source, parts) != errc::ok ||
            local_address(parts.host, parts.port, options_.ipv6, source_) != errc::ok) {
            retry_later(EADDRNOTAVAIL);
            return;
        }
    }
    if (parse_host_port(first_stop, parts) != errc::ok) {
        retry_later(EINVAL);  // a proxy nobody could mean
        return;
    }
    address numeric;
    if (parts.host.find_first_not_of("0123456789.") == std::string::npos &&
        local_address(parts.host, parts.port, options_.ipv6, numeric) == errc::ok) {
        candidates_.push_back(numeric);
        try_next();
        return;
    }
    resolve(parts);
}

void connector::resolve(const host_port& target) {
    const auto done = [self = shared_from_this()](const asio::error_code& error,
                                                  const asio::ip::tcp::resolver::results_type& found) {
        self->step([&] { self->resolved(error, found); });
    };
    if (options_.ipv6)
        resolver_.async_resolve(target.host, std::to_string(target.port), done);
    else
        resolver_.async_resolve(asio::ip::tcp::v4(), target.host, std::to_string(target.port), done);
}

void connector::resolved(const asio::error_code& error, const asio::ip::tcp::resolver::results_type& found) {
    if (error) {
        retry_later(EHOSTUNREACH);
        return;
    }
    for (const auto& one : found) {
        address candidate;
        std::memcpy(&candidate.storage, one.endpoint().data(), one.endpoint().size());
        candidate.size = static_cast<socklen_t>(one.endpoint().size());
        candidates_.push_back(candidate);
    }
    std::ranges::reverse(candidates_);  // try_next takes from the back
    try_next();
}

void connector::try_next() {
    if (candidates_.empty()) {
        retry_later(last_error_);
        return;
    }
    const auto to = candidates_.back();
    candidates_.pop_back();
    begin_connect(to);
}

void connector::begin_connect(const address& to) {
    const int family = to.storage.ss_family;
    owned_descriptor made = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made.get() < 0) {
        last_error_ = errno;
        retry_later(0);  // nothing was opened that a monitor could hear is closed
        return;
    }
    const auto refuse = [&](int error) {
        last_error_ = error;
        ::close(made.release());
        try_next();
    };
    apply(options_, made.get(), family);
    if (source_.size > 0) {
        const int on = 1;
        (void)::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(made.get(), source_.get(), source_.size) != 0) return refuse(errno);
    }
    const auto connect = [&] { return ::connect(made.get(), to.get(), to.size) == 0 ? 0 : errno; };
    int outcome = connect();
    if (outcome == EINPROGRESS) {
        tell_.delayed(EINPROGRESS);
        // Within one machine it is done by now: asked again, connect(2) says so.
        outcome = connect();
        if (outcome == 0 && self_connected(made.get())) outcome = ECONNREFUSED;
    }
    const bool there = outcome == 0;
    if (there && !by_proxy()) {
        succeed(made.release(), to);
        return;
    }
    if (!there && outcome != EINPROGRESS && outcome != EALREADY) return refuse(outcome);
    asio::error_code unwatched;
    descriptor_.assign(made.get(), unwatched);
    if (unwatched) return refuse(unwatched.value());
    (void)made.release();
    if (there) {
        begin_proxy(to);
        return;
    }
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_write,
                           [self = shared_from_this(), to](const asio::error_code& error) {
                               if (!error) self->step([&] { self->on_writable(to); });
                           });
    if (options_.connect_timeout.count() <= 0) return;
    timer_.expires_after(options_.connect_timeout);
    timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (!error && self->descriptor_.is_open()) self->step([&] { self->give_up(ETIMEDOUT); });
    });
}

/// This address led to nothing.
void connector::give_up(int error) {
    last_error_ = error;
    dialogue_.reset();
    asio::error_code ignored;
    descriptor_.close(ignored);
    try_next();
}

void connector::on_writable(const address& to) {
    if (!descriptor_.is_open()) return;
    timer_.cancel();
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(descriptor_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0 && self_connected(descriptor_.native_handle())) error = ECONNREFUSED;
    if (error == 0)
        reached(to);
    else
        give_up(error);
}

void connector::reached(const address& to) {
    if (by_proxy())
        begin_proxy(to);
    else
        succeed(descriptor_.release(), to);  // Asio would wake this loop for every arrival
}

void connector::succeed(int descriptor, const address& to) {
    backoff_.reset();
    tell_.connected(descriptor, to);
}

void connector::retry_later(int error) {
    if (error != 0) tell_.failed(error);
    if (closed_ || when_.reconnect.count() < 0) return;
    if (when_.stop_when_refused && error == ECONNREFUSED) return;
    const auto wait = backoff_.next(static_cast<std::uint32_t>(random_()));
    tell_.retried(static_cast<int>(wait.count()));
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this()](const asio::error_code& failed) {
        if (!failed) self->step([&] { self->round(); });
    });
}

}  // namespace zither::transport
