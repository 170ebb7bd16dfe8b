#pragma once

#include "zither/transport/stream_seal.hpp"
#include "zither/zmtp/error.hpp"
#include "zither/zmtp/secret.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace zither::transport {

/// What a socket brings to TLS. Texts are PEM, checked when they were set.
struct tls_settings {
    /// What a server asks its clients for.
    enum class wanted : std::int8_t {
        by_trust = -1,  ///< a certificate if somebody was named to trust, else nothing
        nothing,
        offered,  ///< a certificate, of those who have one
        required
    };

    std::string certificates;  ///< this side's, its own first, then those that vouch for it
    zmtp::secret_text key;
    std::string trusted;  ///< whose word counts
    bool trust_system = false;
    std::string
        hostname;  ///< a client: whom to expect; empty: the endpoint's host, "*": whoever is vouched for
    wanted from_clients = wanted::by_trust;

    /// What all share that set nothing.
    [[nodiscard]] static const std::shared_ptr<const tls_settings>& none() {
        static const auto shared = std::make_shared<const tls_settings>();
        return shared;
    }
};

enum class tls_role : std::uint8_t { client, server };

/// How the connections of one endpoint speak TLS. Fixed; thread-safe.
class tls_context {
public:
    tls_context() = default;
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;
    virtual ~tls_context() = default;

    /// `invalid_argument` when the settings do not fit together: a key that is not the certificate's, a
    /// server without a certificate, a client that trusts nobody. `protocol_not_supported` without OpenSSL.
    [[nodiscard]] static errc create(const tls_settings& by, tls_role role, std::string_view host,
                                     std::shared_ptr<const tls_context>& out);
    /// For one new connection; null when memory is short.
    [[nodiscard]] virtual std::unique_ptr<stream_seal> make_seal() const = 0;
};

/// Was this built with OpenSSL?
[[nodiscard]] bool tls_available() noexcept;

/// One certificate or more, and nothing that is none; `invalid_argument`, or `not_supported` without OpenSSL.
[[nodiscard]] errc check_certificates(std::string_view pem);
/// A private key that no passphrase protects.
[[nodiscard]] errc check_private_key(std::string_view pem);

}  // namespace zither::transport
