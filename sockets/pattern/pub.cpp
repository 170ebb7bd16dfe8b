#include "pub.hpp"

namespace zither::sockets::pattern {

errc pub::receive(zmtp::message&) { return errc::not_supported; }

errc pub::subscribe(zmtp::bytes, bool) { return errc::invalid_argument; }

}  // namespace zither::sockets::pattern
