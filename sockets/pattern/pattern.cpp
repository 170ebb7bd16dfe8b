#include "pattern.hpp"

#include "channel.hpp"
#include "client.hpp"
#include "dealer.hpp"
#include "dgram.hpp"
#include "dish.hpp"
#include "gather.hpp"
#include "pair.hpp"
#include "peer.hpp"
#include "pub.hpp"
#include "pull.hpp"
#include "push.hpp"
#include "radio.hpp"
#include "rep.hpp"
#include "req.hpp"
#include "router.hpp"
#include "scatter.hpp"
#include "server.hpp"
#include "stream.hpp"
#include "sub.hpp"
#include "xpub.hpp"
#include "xsub.hpp"

#include <array>

namespace zither::sockets::pattern {

namespace {

using maker = std::unique_ptr<pattern>(settings&);

template <class Pattern>
std::unique_ptr<pattern> make(settings& options) {
    return std::make_unique<Pattern>(options);
}

// In the order of the socket types' numbers.
constexpr std::array<maker*, zmtp::socket_type_count> makers{
    make<pair>,  make<pub>,  make<sub>,    make<req>,     make<rep>,    make<dealer>, make<router>,
    make<pull>,  make<push>, make<xpub>,   make<xsub>,    make<stream>, make<server>, make<client>,
    make<radio>, make<dish>, make<gather>, make<scatter>, make<dgram>,  make<peer>,   make<channel>,
};

}  // namespace

std::unique_ptr<pattern> make_pattern(socket_type type, settings& options) {
    return makers[static_cast<std::size_t>(type)](options);
}

}  // namespace zither::sockets::pattern
