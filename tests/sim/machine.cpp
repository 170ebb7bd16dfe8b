#include "machine.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

namespace zither::sim {

namespace {

machine* living = nullptr;

constexpr std::uint32_t none = 0, in = EPOLLIN, out = EPOLLOUT, hung_up = EPOLLHUP, wrong = EPOLLERR;

// Above all ports that are given out here.
constexpr std::uint16_t first_path = 60000;

bool is_path(std::uint16_t port) { return port >= first_path; }

bool make_file(const std::string& path) {
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) return false;
    ::close(made);
    return true;
}

}  // namespace

machine* machine::current() noexcept { return living; }

machine::machine(std::uint64_t seed, habits with) : how(with), dice_(seed) { living = this; }
machine::~machine() { living = nullptr; }

int machine::add(kind what) {
    const int made = next_descriptor_++;
    files_.emplace(made, file{what});
    return made;
}

machine::file* machine::find(int descriptor) {
    const auto at = files_.find(descriptor);
    return at == files_.end() ? nullptr : &at->second;
}

machine::census machine::open_by_kind() const noexcept {
    census made{};
    for (const auto& [descriptor, one] : files_) ++made[static_cast<std::size_t>(one.is)];
    return made;
}

int machine::failed(int error) {
    errno = error;
    return -1;
}

void machine::note(int descriptor, std::uint64_t what) {
    for (const auto each : {static_cast<std::uint64_t>(descriptor), what})
        trace_ = (trace_ ^ each) * 0x100000001b3u;
}

void machine::fail(call which, std::uint64_t nth, int error, std::uint64_t times) {
    faults_.push_back({which, nth, nth + times, error});
}

bool machine::fails(call which) {
    const auto nth = counts_[static_cast<std::size_t>(which)]++;
    for (const auto& each : faults_) {
        if (each.which != which || nth < each.from || nth >= each.to) continue;
        failed(each.error);
        return true;
    }
    return false;
}

// Time and the network.

void machine::turn(clock::duration time) {
    now_ += time;
    for (auto& [descriptor, one] : files_)
        if (one.calling != 0 && !dice_.one_in(how.delay_odds)) {
            if (fails(call::connect_end)) {
                one.error = errno;
                one.calling = 0;
                ++one.changes;
            } else {
                finish_connect(descriptor, one);
            }
        }
    std::erase_if(wires_, [](const auto& each) { return each.expired(); });
    const auto all = wires_;
    for (const auto& each : all) {
        const auto one = each.lock();
        if (!one || one->reset) continue;
        if (one->chance.one_in(how.reset_odds))
            reset(*one);
        else if (one->chance.one_in(how.vanish_odds))
            one->silent = true, broke(*one), ++broken_;
        else if (!one->chance.one_in(how.delay_odds))
            move(*one);
    }
}

void machine::move(wire& along) {
    if (along.silent) return;
    for (int from = 0; from < 2; ++from) {
        auto& one = along.ways[from];
        // TCP: octets for somebody who closed are answered with a reset.
        if (along.gone[1 - from] && !one.flying.empty()) return reset(along);
        if (one.ended || (one.flying.empty() && !one.closing)) continue;
        const auto size = how.partial ? along.chance.between(0, one.flying.size()) : one.flying.size();
        one.arrived.append(one.flying, 0, size);
        one.flying.erase(0, size);
        one.ended = one.closing && one.flying.empty();
        changed(along.ends[1 - from]);
    }
}

void machine::reset(wire& one) {
    if (one.reset) return;
    one.reset = true;
    broke(one);
    ++broken_;
    for (int end = 0; end < 2; ++end) {
        one.ways[end].flying.clear();
        // What has arrived may still be read, or is lost: both are seen in the world.
        if (one.chance.one_in(2)) one.ways[end].arrived.clear();
        changed(one.ends[end]);
    }
}

void machine::broke(wire& one) const { one.told.broke = std::min(one.told.broke, now_); }

void machine::break_all() {
    for (const auto& each : wires_)
        if (const auto one = each.lock()) reset(*one);
}

void machine::changed(int descriptor) {
    if (auto* one = find(descriptor)) ++one->changes;
}

// Streams.

int machine::make_socket() { return fails(call::socket) ? -1 : add(kind::stream); }

int machine::bind(int descriptor, const sockaddr* where) {
    if (fails(call::bind)) return -1;
    const auto port = port_of(where);
    if (is_path(port) && !make_file(paths_[port - first_path]))
        return failed(errno == EEXIST ? EADDRINUSE : errno);
    if (port != 0 && listener_at(port)) return failed(EADDRINUSE);
    find(descriptor)->port = port != 0 ? port : next_port_++;
    return 0;
}

int machine::listen(int descriptor) {
    if (fails(call::listen)) return -1;
    find(descriptor)->is = kind::listener;
    return 0;
}

machine::file* machine::listener_at(std::uint16_t port) {
    for (auto& [descriptor, one] : files_)
        if (one.is == kind::listener && one.port == port) return &one;
    return nullptr;
}

int machine::connect(int descriptor, const sockaddr* where) {
    auto& one = *find(descriptor);
    if (one.calling != 0) return failed(EALREADY);
    if (fails(call::connect)) return -1;
    one.calling = port_of(where);
    const bool at_once = is_path(one.calling) || dice_.one_in(4);
    if (one.port == 0) one.port = is_path(one.calling) ? one.calling : next_port_++;
    if (at_once) {
        finish_connect(descriptor, one);
        return one.error ? failed(std::exchange(one.error, 0)) : 0;
    }
    return failed(EINPROGRESS);
}

void machine::finish_connect(int descriptor, file& one) {
    auto* to = listener_at(std::exchange(one.calling, std::uint16_t{0}));
    ++one.changes;
    if (!to || dice_.one_in(how.refuse_odds)) {
        constexpr int errors[] = {ECONNREFUSED, EHOSTUNREACH, EHOSTDOWN, ETIMEDOUT, ENETDOWN};
        one.error = to ? errors[dice_.below(std::size(errors))] : ECONNREFUSED;
        return;
    }
    one.link = std::make_shared<wire>(dice_.next(), lines_.emplace_back());
    one.link->ends[0] = one.link->told.ends[0] = descriptor;
    wires_.push_back(one.link);
    to->callers.push_back(one.link);
    ++to->changes;
}

int machine::accept(int descriptor, sockaddr* from, socklen_t* size) {
    if (fails(call::accept)) return -1;
    auto& by = *find(descriptor);
    if (by.callers.empty()) return failed(EAGAIN);
    const auto link = by.callers.front();
    by.callers.pop_front();
    const auto port = by.port;
    const int made = add(kind::stream);
    auto& one = *find(made);
    one.port = port;
    one.link = link;
    one.end = 1;
    link->ends[1] = link->told.ends[1] = made;
    note(made, 1);
    if (from) describe(one, from, size, false);
    return made;
}

std::uint16_t machine::port_of(const sockaddr* where) {
    if (where->sa_family == AF_UNIX) {
        const std::string path(reinterpret_cast<const sockaddr_un*>(where)->sun_path);
        const auto known = std::ranges::find(paths_, path);
        const auto place = known - paths_.begin();
        if (known == paths_.end()) paths_.push_back(path);
        return static_cast<std::uint16_t>(first_path + place);
    }
    sockaddr_in at{};
    std::memcpy(&at, where, sizeof at);
    return ntohs(at.sin_port);
}

int machine::name(int descriptor, sockaddr* where, socklen_t* size, bool ours) {
    if (fails(ours ? call::getsockname : call::getpeername)) return -1;
    describe(*find(descriptor), where, size, ours);
    return 0;
}

void machine::describe(const file& one, sockaddr* where, socklen_t* size, bool ours) const {
    sockaddr_un path{};
    sockaddr_in at{};
    const void* is = &at;
    std::size_t octets = sizeof at;
    if (is_path(one.port)) {
        path.sun_family = AF_UNIX;
        // Who connects has no name.
        const bool named = ours == (one.is == kind::listener || one.end == 1);
        const auto text = named ? paths_[one.port - first_path] : std::string();
        text.copy(path.sun_path, text.size());
        is = &path;
        octets = offsetof(sockaddr_un, sun_path) + (text.empty() ? 0 : text.size() + 1);
    } else {
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(ours ? one.port : std::uint16_t{1});
    }
    std::memcpy(where, is, std::min<std::size_t>(*size, octets));
    *size = static_cast<socklen_t>(octets);
}

int machine::option(int descriptor, int number, void* value, socklen_t* size) {
    if (fails(call::getsockopt)) return -1;
    int answer = 0;
    if (number == SO_ERROR) answer = std::exchange(find(descriptor)->error, 0);
    std::memcpy(value, &answer, std::min<std::size_t>(*size, sizeof answer));
    return 0;
}

int machine::shutdown(int descriptor) {
    if (fails(call::shutdown)) return -1;
    auto& one = *find(descriptor);
    if (one.is == kind::listener) one.port = 0;
    if (one.link) {
        broke(*one.link);
        one.link->ways[one.end].closing = true;
        one.link->ways[1 - one.end].ended = true;
        one.link->ways[1 - one.end].flying.clear();
    }
    ++one.changes;
    return 0;
}

int machine::close(int descriptor) {
    ++counts_[static_cast<std::size_t>(call::close)];
    const auto at = files_.find(descriptor);
    if (at == files_.end()) return failed(EBADF);
    auto body = std::move(at->second);
    files_.erase(at);
    for (auto& [number, each] : files_) each.members.erase(descriptor);
    for (const auto& caller : body.callers) reset(*caller);
    if (body.link) {
        body.link->ends[body.end] = -1;
        body.link->gone[body.end] = true;
        body.link->told.closed[body.end] = now_;
        broke(*body.link);
        body.link->ways[body.end].closing = true;
        // TCP: who closes with octets unread says so with a reset.
        if (!body.link->ways[1 - body.end].arrived.empty() && !body.link->silent) reset(*body.link);
    }
    note(descriptor, 2);
    return 0;
}

ssize_t machine::receive(int descriptor, const iovec* list, std::size_t count) {
    if (fails(call::receive)) return -1;
    auto& one = *find(descriptor);
    if (!one.link) return failed(ENOTCONN);
    auto& chance = one.link->chance;
    if (chance.one_in(how.signal_odds)) return failed(chance.one_in(2) ? EINTR : ENOBUFS);
    auto& from = one.link->ways[1 - one.end];
    if (from.arrived.empty()) {
        if (one.link->reset && !std::exchange(one.told_reset, true)) return failed(ECONNRESET);
        return from.ended || one.link->reset ? 0 : failed(EAGAIN);
    }
    std::size_t room = 0;
    for (std::size_t i = 0; i < count; ++i) room += list[i].iov_len;
    auto size = std::min(room, from.arrived.size());
    if (how.partial) size = chance.between(1, size);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count && at < size; ++i) {
        const auto part = std::min(list[i].iov_len, size - at);
        from.arrived.copy(static_cast<char*>(list[i].iov_base), part, at);
        at += part;
    }
    from.arrived.erase(0, size);
    changed(one.link->ends[1 - one.end]);  // it has room
    note(descriptor, size * 2);
    return static_cast<ssize_t>(size);
}

ssize_t machine::send(int descriptor, const iovec* list, std::size_t count) {
    if (fails(call::send)) return -1;
    auto& one = *find(descriptor);
    if (!one.link) return failed(ENOTCONN);
    auto& chance = one.link->chance;
    if (chance.one_in(how.signal_odds)) return failed(chance.one_in(2) ? EINTR : ENOBUFS);
    if (one.link->reset) return failed(std::exchange(one.told_reset, true) ? EPIPE : ECONNRESET);
    auto& to = one.link->ways[one.end];
    const auto room = how.capacity - std::min(how.capacity, to.held());
    if (room == 0) return failed(EAGAIN);
    std::size_t limit = how.partial ? chance.between(1, room) : room;
    std::size_t sent = 0;
    for (std::size_t i = 0; i < count && limit > 0; ++i) {
        const auto part = std::min(list[i].iov_len, limit);
        to.flying.append(static_cast<const char*>(list[i].iov_base), part);
        sent += part;
        limit -= part;
    }
    note(descriptor, sent * 2 + 1);
    return static_cast<ssize_t>(sent);
}

// Events, timers, epoll.

int machine::make_event() { return fails(call::eventfd) ? -1 : add(kind::event); }
int machine::make_timer() { return fails(call::timer) ? -1 : add(kind::timer); }
int machine::make_epoll() { return fails(call::epoll_create) ? -1 : add(kind::epoll); }

ssize_t machine::read_number(int descriptor, void* to) {
    auto* one = find(descriptor);
    if (!one) return failed(EBADF);
    std::uint64_t value = std::exchange(one->count, 0u);
    if (one->is == kind::timer && now_ >= one->due) {
        value = 1;
        one->due = never;
    }
    if (value == 0) return failed(EAGAIN);
    std::memcpy(to, &value, sizeof value);
    return sizeof value;
}

ssize_t machine::write_number(int descriptor, const void* from) {
    auto* one = find(descriptor);
    if (!one) return failed(EBADF);
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    one->count += value;
    ++one->changes;
    return sizeof value;
}

int machine::set_timer(int descriptor, bool absolute, clock::duration when) {
    auto& one = *find(descriptor);
    // Asio says "at once" by an absolute time long ago.
    one.due = absolute ? now_ : when == when.zero() ? never : now_ + when;
    ++one.changes;
    return 0;
}

int machine::control(int epoll, int operation, int descriptor, const epoll_event* event) {
    // Linux needs memory to watch one more; to watch otherwise, or no longer, it needs none.
    if (operation == EPOLL_CTL_ADD && fails(call::epoll_control)) return -1;
    auto* one = find(epoll);
    if (!one || !find(descriptor)) return failed(EBADF);
    if (operation == EPOLL_CTL_DEL) {
        if (one->members.erase(descriptor) == 0) return failed(ENOENT);
    } else {
        const bool there = one->members.contains(descriptor);
        if (there != (operation == EPOLL_CTL_MOD)) return failed(there ? EEXIST : ENOENT);
        one->members[descriptor] = {event->events, event->data, 0};
        if (const auto& to = *find(descriptor); to.link) to.link->told.sets[to.end] = epoll;
    }
    one->changes += std::uint64_t{1} << 32;
    return 0;
}

int machine::wait(int epoll, epoll_event* events, int most) {
    if (fails(call::epoll_wait)) return -1;
    auto* one = find(epoll);
    if (!one) return failed(EBADF);
    int count = 0;
    for (auto& [descriptor, each] : one->members) {
        if (count == most) break;
        const auto& target = *find(descriptor);
        const auto is = ready(target) & (each.events | EPOLLERR | EPOLLHUP);
        if (!is || !(each.events & (EPOLLIN | EPOLLOUT))) continue;
        const auto now = changes(target);
        if ((each.events & EPOLLET) && each.seen == now) continue;
        each.seen = now;
        if (each.events & EPOLLONESHOT) each.events = 0;
        events[count].events = is;
        events[count++].data = each.data;
    }
    return count;
}

std::uint64_t machine::changes(const file& one) const {
    auto sum = one.changes;
    for (const auto& [descriptor, each] : one.members) sum += changes(files_.at(descriptor));
    return sum;
}

std::uint32_t machine::ready(const file& one) const {
    switch (one.is) {
        case kind::event: return one.count > 0 ? in | out : out;
        case kind::timer: return now_ >= one.due ? in : none;
        case kind::listener: return one.port == 0 ? hung_up : one.callers.empty() ? none : in;
        case kind::stream: return ready_stream(one);
        case kind::epoll: break;
    }
    const bool any = std::ranges::any_of(one.members, [this](const auto& each) {
        return (each.second.events & (EPOLLIN | EPOLLOUT)) &&
               (ready(files_.at(each.first)) & (each.second.events | EPOLLERR | EPOLLHUP));
    });
    return any ? in : none;
}

std::uint32_t machine::ready_stream(const file& one) const {
    if (!one.link) return one.error ? out | wrong | hung_up : one.calling ? none : hung_up | out;
    if (one.link->reset) return in | out | wrong | hung_up;
    const auto& from = one.link->ways[1 - one.end];
    std::uint32_t is = !from.arrived.empty() || from.ended ? in : none;
    // Linux calls a stream writable when a third of its buffer is free.
    if (one.link->ways[one.end].held() * 3 <= how.capacity * 2) is |= out;
    return is;
}

}  // namespace zither::sim
