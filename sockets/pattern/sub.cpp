#include "sub.hpp"

namespace zither::sockets::pattern {

errc sub::send(zmtp::message&) { return errc::not_supported; }

errc sub::subscribe(zmtp::bytes topic, bool wanted) {
    want(topic, wanted);
    return errc::ok;
}

}  // namespace zither::sockets::pattern
