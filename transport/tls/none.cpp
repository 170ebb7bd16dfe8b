// Zither without OpenSSL: what to say of TLS.
#include "zither/transport/tls.hpp"

namespace zither::transport {

errc tls_context::create(const tls_settings&, tls_role, std::string_view,
                         std::shared_ptr<const tls_context>&) {
    return errc::protocol_not_supported;
}

bool tls_available() noexcept { return false; }
errc check_certificates(std::string_view) { return errc::not_supported; }
errc check_private_key(std::string_view) { return errc::not_supported; }

}  // namespace zither::transport
