#include "zither/transport/udp_link.hpp"

#include "zither/zmtp/datagram.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zither::transport {

namespace {

constexpr int hops_max = 255;  // an octet of the packet

template <class Value>
bool set(int descriptor, int level, int name, const Value& value) {
    return ::setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

in_addr v4_address(const address& of) { return reinterpret_cast<const sockaddr_in&>(of.storage).sin_addr; }

ip_mreqn interface_of(const udp_address& group) {
    ip_mreqn made{};
    made.imr_multiaddr = v4_address(group.at);
    made.imr_address = v4_address(group.interface_address);
    made.imr_ifindex = static_cast<int>(group.interface_number);
    return made;
}

bool join(int descriptor, const udp_address& group) {
    if (group.at.storage.ss_family == AF_INET)
        return set(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, interface_of(group));
    ipv6_mreq wanted{};
    wanted.ipv6mr_multiaddr = reinterpret_cast<const sockaddr_in6&>(group.at.storage).sin6_addr;
    wanted.ipv6mr_interface = group.interface_number;
    return set(descriptor, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, wanted);
}

/// For whoever sends: a DGRAM may name a group at any time.
bool set_multicast(int descriptor, const udp_address& to, const udp_options& options) {
    const int hops = std::min(options.multicast_hops, hops_max);
    const int loop = options.multicast_loop;
    const bool chosen = to.interface_number != 0 || to.interface_address.size != 0;
    if (to.at.storage.ss_family == AF_INET)
        return set(descriptor, IPPROTO_IP, IP_MULTICAST_TTL, hops) &&
               set(descriptor, IPPROTO_IP, IP_MULTICAST_LOOP, loop) &&
               (!chosen || set(descriptor, IPPROTO_IP, IP_MULTICAST_IF, interface_of(to)));
    return set(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops) &&
           set(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop) &&
           (!chosen || set(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_IF, to.interface_number));
}

}  // namespace

udp_link::~udp_link() { ::close(descriptor_); }

errc udp_link::open(const std::string& where, kind speaks, const udp_options& options,
                    std::unique_ptr<udp_link>& out) {
    udp_address to;
    if (const auto error = resolve_udp(where, speaks != kind::radio, options.any.ipv6, to); error != errc::ok)
        return error;
    const int descriptor =
        ::socket(to.at.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
    if (descriptor < 0) return from_errno(errno);
    // From here on the link owns the descriptor.
    std::unique_ptr<udp_link> made(new udp_link(descriptor, speaks));
    made->text_ = "udp://" + where;
    if (const auto error = made->prepare(to, options); error != errc::ok) return error;
    out = std::move(made);
    return errc::ok;
}

errc udp_link::prepare(const udp_address& to, const udp_options& options) {
    family_ = to.at.storage.ss_family;
    apply_to_any(options.any, descriptor_, family_);
    if (!bind_to_device(options.any, descriptor_)) return from_errno(errno);
    if (kind_ != kind::dish && !set_multicast(descriptor_, to, options)) return from_errno(errno);
    if (kind_ != kind::radio) return bind(to);
    to_ = to.at;
    return errc::ok;
}

errc udp_link::bind(const udp_address& to) {
    const int on = 1;
    const int off = 0;
    // As libzmq: several may bind one port; all of them get what is sent to a group.
    (void)set(descriptor_, SOL_SOCKET, SO_REUSEADDR, on);
    if (to.multicast) (void)set(descriptor_, SOL_SOCKET, SO_REUSEPORT, on);
    if (family_ == AF_INET6) (void)set(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, off);
    address bound = to.at;
    if (to.multicast) {
        host_port port;
        if (parse_host_port(ip_text(to.at), port) != errc::ok) return errc::invalid_argument;
        (void)local_address("*", port.port, family_ == AF_INET6, bound);
    }
    if (::bind(descriptor_, bound.get(), bound.size) != 0 || (to.multicast && !join(descriptor_, to)))
        return from_errno(errno);
    if (::getsockname(descriptor_, bound.get(), &bound.size) != 0) return from_errno(errno);
    const auto text = ip_text(bound);
    // A group keeps its name; only its port may be news.
    text_ = to.multicast ? text_.substr(0, text_.rfind(':')) + text.substr(text.rfind(':')) : "udp://" + text;
    return errc::ok;
}

bool udp_link::receive(zmtp::buffer& scratch) {
    address from;
    iovec room{scratch.data(), scratch.capacity()};
    msghdr header{};
    header.msg_name = from.get();
    header.msg_namelen = sizeof from.storage;
    header.msg_iov = &room;
    header.msg_iovlen = 1;
    const auto got = ::recvmsg(descriptor_, &header, MSG_DONTWAIT);
    if (got < 0) return false;
    from.size = header.msg_namelen;
    try {
        if (!unpack({scratch.data(), static_cast<std::size_t>(got)}, from)) received_.reset();
    } catch (const std::bad_alloc&) {
        received_.reset();
    }
    return true;
}

bool udp_link::unpack(zmtp::bytes datagram, const address& from) {
    zmtp::bytes first;
    zmtp::bytes body = datagram;
    std::string name;
    if (kind_ == kind::dgram) {
        name = udp_peer_text(from);
        first = {reinterpret_cast<const std::byte*>(name.c_str()), name.size() + 1};
    } else {
        const auto grouped = zmtp::parse_grouped(datagram);
        if (!grouped) return false;
        first = grouped->group;
        body = grouped->body;
    }
    auto& made = received_.emplace();
    if (!zmtp::message::create(made.first, first) || !zmtp::message::create(made.body, body)) return false;
    made.first.set_more(true);
    return true;
}

bool udp_link::next() {
    if (!has_next_)
        has_next_ = pipe && pipe->out.take(next_.first) && next_.first.more() && pipe->out.take(next_.body);
    return has_next_;
}

/// Fills `list` with the datagram's octets and says where it goes; 0 entries when it can go nowhere.
std::size_t udp_link::pack(iovec* list, address& to) {
    const iovec first{next_.first.data(), next_.first.size()};
    const iovec body{next_.body.data(), next_.body.size()};
    if (kind_ == kind::dgram) {
        const auto found = parse_udp_peer(next_.first.text(), family_);
        if (!found) return 0;
        to = *found;
        list[0] = body;
        return 1;
    }
    if (!zmtp::fits_datagram(first.iov_len, body.iov_len)) return 0;
    group_size_ = static_cast<std::byte>(first.iov_len);
    to = to_;
    list[0] = {&group_size_, 1};
    list[1] = first;
    list[2] = body;
    return 3;
}

bool udp_link::write() {
    iovec list[3];
    address to;
    msghdr header{};
    header.msg_iov = list;
    try {
        header.msg_iovlen = pack(list, to);
    } catch (const std::bad_alloc&) {
        header.msg_iovlen = 0;  // dropped, as all that udp has no room for
    }
    header.msg_name = to.get();
    header.msg_namelen = to.size;
    while (header.msg_iovlen > 0 && ::sendmsg(descriptor_, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
        // Too large, or there is no way to that address: udp makes no promise.
        if (errno != EINTR) break;
    }
    next_ = {};
    has_next_ = false;
    return true;
}

}  // namespace zither::transport
