// udp endpoints of a RADIO, DISH or DGRAM: a descriptor and one pipe each, there from the call on.
#include "zither/sockets/socket_object.hpp"
#include "zither/sockets/udp_pipe.hpp"

namespace zither::sockets {

namespace {

using link_kind = transport::udp_link::kind;

link_kind kind_of(socket_type type) {
    if (type == socket_type::radio) return link_kind::radio;
    return type == socket_type::dish ? link_kind::dish : link_kind::dgram;
}

}  // namespace

/// May the transport carry this socket's messages at all?
errc socket_object::carried_by(const transport::endpoint& where) const noexcept {
    using protocol = transport::endpoint::kind;
    const bool datagrams =
        type_ == socket_type::radio || type_ == socket_type::dish || type_ == socket_type::dgram;
    const bool fits = where.protocol == protocol::udp ? datagrams
                      : type_ == socket_type::dgram   ? false
                      : type_ == socket_type::stream  ? where.protocol == protocol::tcp
                                                      : true;
    return fits ? errc::ok : errc::incompatible_protocol;
}

errc socket_object::attach_udp(lock& held, const transport::endpoint& where, std::string_view given,
                               bool bound) {
    // A RADIO only speaks, so it has nothing to bind; the others hear, and must.
    if (bound != (type_ != socket_type::radio)) return errc::incompatible_protocol;
    // There is no handshake to authenticate anybody in, and nothing would be sealed.
    if (options_.security->mechanism != zmtp::security_settings::kind::null)
        return errc::incompatible_protocol;
    if (!endpoint_reactor()) return errc::no_io_thread;
    const auto with = options_;
    std::unique_ptr<transport::udp_link> link;
    held.unlock();
    const auto error = transport::udp_link::open(
        where.address, kind_of(type_), {with.stream, with.multicast_hops, with.multicast_loop}, link);
    held.lock();
    if (error != errc::ok) return error;
    if (const auto ended = check(); ended != errc::ok) return ended;

    attach(where, given, bound, [&](attachment& to) {
        to.at_start = with;
        to.text = link->text();
        add_udp_pipe(held, to, std::move(link));
    });
    return errc::ok;
}

void socket_object::add_udp_pipe(lock& held, attachment& to, std::unique_ptr<transport::udp_link> link) {
    add_peer(std::make_unique<udp_pipe>(*this, *link));
    auto& added = static_cast<udp_pipe&>(*peers_.back());
    to.pipe = &added;
    added.set_marks(static_cast<std::size_t>(options_.send_mark),
                    static_cast<std::size_t>(options_.receive_mark));
    added.origin = to.number;
    added.connecting = !to.bound;
    added.attached = true;
    link->pipe = &added;
    engine_.adopt(held, std::move(link));
    pattern_->attached(added, !to.bound);
    if (!pattern_->connected(added)) added.close();
}

}  // namespace zither::sockets
