#include "zither/sockets/proxy.hpp"

#include "zither/sockets/proxy_loop.hpp"

namespace zither {

void proxy(socket& front, socket& back, std::error_code& error, socket* capture, socket* control) {
    const auto result =
        sockets::run_proxy(front.object(), back.object(), capture ? capture->object().get() : nullptr,
                           control ? control->object() : nullptr);
    error = result == errc::ok ? std::error_code() : make_error_code(result);
}

}  // namespace zither
