#pragma once

#include "zither/zmtp/curve_allow_list.hpp"
#include "zither/zmtp/curve_keyring.hpp"
#include "zither/zmtp/key.hpp"
#include "zither/zmtp/secret.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace zither::zmtp {

/// How a connection is made safe: RFC 37's mechanism, what it needs, and whether a handler is asked (RFC 27).
struct security_settings {
    enum class kind : std::uint8_t { null, plain, curve };  ///< ZMQ_NULL, ZMQ_PLAIN, ZMQ_CURVE

    kind mechanism = kind::null;
    bool as_server = false;
    std::string username;  ///< PLAIN client; 0..255 octets each
    secret_text password;
    key public_key;  ///< CURVE client; a server's follows from its secret key
    key secret_key;
    key server_key;                                    ///< CURVE client: the server's public key
    std::shared_ptr<const curve_keyring> server_keys;  ///< CURVE server: instead of `secret_key`
    std::shared_ptr<const curve_allow_list> clients;   ///< CURVE server: who may come in; null: all may
    std::string zap_domain;
    bool zap_enforce_domain = false;

    /// NULL, nobody asked: what all share that set nothing.
    [[nodiscard]] static const std::shared_ptr<const security_settings>& none() {
        static const auto shared = std::make_shared<const security_settings>();
        return shared;
    }
    [[nodiscard]] std::string_view name() const noexcept {
        constexpr std::string_view names[] = {"NULL", "PLAIN", "CURVE"};
        return names[static_cast<int>(mechanism)];
    }
    /// Is ZAP's handler asked about a peer? As libzmq: NULL only with a domain, clients never.
    [[nodiscard]] bool asks() const noexcept {
        if (mechanism == kind::null) return !zap_domain.empty();
        if (mechanism == kind::plain) return as_server;
        return as_server && (!zap_domain.empty() || !zap_enforce_domain);
    }
    /// When there is no handler, is the peer let in nevertheless?
    [[nodiscard]] bool open_without_handler() const noexcept {
        return mechanism != kind::plain && (zap_domain.empty() || !zap_enforce_domain);
    }
    /// RFC 37: peers that cannot take part in the mechanism, or be asked about, are refused.
    [[nodiscard]] bool refuses_old_peers() const noexcept { return mechanism != kind::null || asks(); }
};

}  // namespace zither::zmtp
