#include "zither/transport/listener.hpp"

#include "zither/transport/tipc.hpp"

#include <asio/post.hpp>

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace zither::transport {

namespace {
// Out of descriptors: look again after this, and lose no caller meanwhile: the kernel's backlog keeps them.
constexpr auto exhausted_pause = std::chrono::milliseconds(100);
// One pass accepts this many, so that other sockets of the reactor get their turn.
constexpr int accepts_max = 64;

/// What an ipc endpoint has made in the file system: taken back, unless somebody takes it over.
struct places {
    places() = default;
    places(const places&) = delete;
    places& operator=(const places&) = delete;
    ~places() {
        if (!file.empty()) ::unlink(file.c_str());
        if (!folder.empty()) ::rmdir(folder.c_str());
    }
    std::string file;
    std::string folder;
};

errc make_folder(std::string& folder) {
    const char* base = std::getenv("TMPDIR");
    auto made = std::string(base && *base ? base : "/tmp") + "/zither-XXXXXX";
    if (!::mkdtemp(made.data())) return from_errno(errno);
    folder = std::move(made);
    return errc::ok;
}
}  // namespace

listener::listener(const std::shared_ptr<reactor>& by, int descriptor, const stream_options& options)
    : reactor_(by),
      descriptor_number_(descriptor),
      descriptor_(by->context()),
      pause_(by->context()),
      options_(options) {}

listener::~listener() {
    if (!descriptor_.is_open() && descriptor_number_ >= 0) ::close(descriptor_number_);
}

errc listener::open(const std::shared_ptr<reactor>& by, const endpoint& at, const stream_options& options,
                    std::shared_ptr<listener>& out) {
    address where;
    std::string path;
    places made_there;
    if (at.protocol == endpoint::kind::tcp) {
        host_port parts;
        if (auto error = parse_host_port(at.address, parts); error != errc::ok) return error;
        if (auto error = local_address(parts.host, parts.port, options.ipv6, where); error != errc::ok)
            return error;
    } else {
        path = at.address;
        if (at.protocol == endpoint::kind::ipc && path == "*" && options.use_descriptor < 0) {
            if (auto error = make_folder(made_there.folder); error != errc::ok) return error;
            path = made_there.folder + "/socket";
        }
        if (auto error = known_address({at.protocol, path}, true, where); error != errc::ok) return error;
    }
    if (options.use_descriptor >= 0) return take_over(by, options, out);
    const int family = where.storage.ss_family;
    owned_descriptor opened = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int fd = opened.get();
    if (fd < 0) return from_errno(errno);
    auto owner = std::unique_ptr<listener>(new listener(by, fd, options));
    (void)opened.release();
    const std::shared_ptr<listener> made = std::move(owner);
    apply(options, fd, family);
    const int on = 1;
    const int off = 0;
    if (family == AF_INET || family == AF_INET6)
        (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) (void)::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    // A socket file that outlived its process would refuse the address for ever.
    if (family == AF_UNIX && path[0] != '@') ::unlink(path.c_str());
    // A tipc socket has a name of its own without a bind.
    const bool named = family == AF_TIPC && tipc_chooses(at.address);
    if (!named && ::bind(fd, where.get(), where.size) != 0) return from_errno(errno);
    if (family == AF_UNIX && path[0] != '@') made_there.file = std::move(path);
    if (::listen(fd, options.backlog) != 0 || !made->learn_text(fd)) return from_errno(errno);
    // What others know a tipc service by is what was bound, not the socket.
    if (family == AF_TIPC && !named) made->text_ = "tipc://" + at.address;
    made->unlink_path_.swap(made_there.file);
    made->unlink_folder_.swap(made_there.folder);
    out = made;
    return errc::ok;
}

/// Somebody else bound it and listens; from here on it is the listener's.
errc listener::take_over(const std::shared_ptr<reactor>& by, const stream_options& options,
                         std::shared_ptr<listener>& out) {
    const int fd = options.use_descriptor;
    const int flags = ::fcntl(fd, F_GETFL);
    int listens = 0;
    socklen_t size = sizeof listens;
    const int asked = ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
    if (flags < 0 || asked != 0 || !listens || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return errc::invalid_argument;
    auto made = std::shared_ptr<listener>(new listener(by, -1, options));
    if (!made->learn_text(fd)) return from_errno(errno);
    made->descriptor_number_ = fd;  // last: one that could not be taken over stays whose it was
    out = std::move(made);
    return errc::ok;
}

bool listener::learn_text(int descriptor) {
    address bound;
    bound.size = sizeof bound.storage;
    if (::getsockname(descriptor, bound.get(), &bound.size) != 0) return false;
    text_ = endpoint_text(bound);
    return true;
}

void listener::start(events tell) {
    asio::post(reactor_->context(), [self = shared_from_this(), tell = std::move(tell)]() mutable {
        if (self->closed_) return;
        self->tell_ = std::move(tell);
        self->make_up();
    });
}

void listener::close() {
    if (closing_.exchange(true)) return;
    // The address is free when the call returns, as with libzmq's unbind.
    if (!unlink_path_.empty()) ::unlink(unlink_path_.c_str());
    if (!unlink_folder_.empty()) ::rmdir(unlink_folder_.c_str());
    ::shutdown(descriptor_number_, SHUT_RDWR);
    asio::post(reactor_->context(), placed_handler(close_memory_, [self = shared_from_this()] {
                   self->closed_ = true;
                   self->tell_ = {};
                   self->pause_.cancel();
                   asio::error_code ignored;
                   if (self->descriptor_.is_open()) {
                       self->descriptor_.close(ignored);
                       self->descriptor_number_ = -1;
                   }
               }));
}

/// Goes on with whatever it was that failed.
void listener::make_up() {
    if (closed_) return;
    if (descriptor_.is_open())
        wait();
    else if (!within_memory([&] { watch(); }))
        pause();
}

/// An accept, or the watch, failed, and will again at once.
void listener::fail(int error) {
    within_memory([&] { tell_.failed(error); });
    pause();
}

void listener::pause() {
    const bool paused = within_memory([&] {
        pause_.expires_after(exhausted_pause);
        pause_.async_wait([self = shared_from_this()](const asio::error_code& error) {
            if (!error) self->make_up();
        });
    });
    if (!paused) reactor_->owe(shared_from_this());
}

/// The loop may be short of what it takes to watch one more descriptor: then it tries again.
void listener::watch() {
    asio::error_code error;
    descriptor_.assign(descriptor_number_, error);
    if (!error) {
        wait();
        return;
    }
    if (error.value() != EEXIST) return fail(error.value());
    // One descriptor was given to two of us: it is the other's to close.
    descriptor_number_ = -1;
    tell_.failed(EEXIST);
}

void listener::wait() {
    descriptor_.async_wait(
        asio::posix::stream_descriptor::wait_read,
        placed_handler(wait_memory_, [self = shared_from_this()](const asio::error_code& error) {
            if (error || self->closed_) return;
            if (!within_memory([&] { self->accept_all(); })) self->fail(ENOMEM);
        }));
}

void listener::accept_all() {
    for (int i = 0; i < accepts_max; ++i) {
        address peer;
        peer.size = sizeof peer.storage;
        owned_descriptor made =
            ::accept4(descriptor_number_, peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (made.get() >= 0 && !options_.filter.admits(made.get(), peer)) {
            tell_.failed(EACCES);
            continue;
        }
        if (made.get() >= 0) {
            apply(options_, made.get(), peer.storage.ss_family);
            tell_.accepted(made.release(), peer);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        if (errno == EINVAL || errno == EBADF) return;  // `close` ended it; that is no failure
        return fail(errno);
    }
    wait();
}

}  // namespace zither::transport
