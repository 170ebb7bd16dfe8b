#pragma once

#include "zither/zmtp/close_reason.hpp"
#include "zither/zmtp/properties.hpp"
#include "zither/zmtp/secret.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zither::zmtp {

/// Where ZAP's handler is bound (RFC 27).
inline constexpr std::string_view zap_endpoint = "zeromq.zap.01";

/// What a server asks the handler about one peer.
struct zap_request {
    std::string domain;
    std::string address;     ///< the peer's, without a port
    std::string routing_id;  ///< the asking socket's own, as libzmq sends it
    std::string mechanism;
    std::vector<secret_text> credentials;

    /// The frames on the wire, the empty delimiter first.
    [[nodiscard]] std::vector<secret_text> frames(std::string_view request_id) const;
};

/// What came of it.
struct zap_reply {
    int status = 0;                                ///< 200, 300, 400, 500; 0: there is no handler to ask
    protocol_error broken = protocol_error::none;  ///< the reply was no valid one
    std::string text;
    std::string user_id;
    std::vector<properties::entry> metadata;

    /// Reads a reply's frames (the empty delimiter first) and checks them in libzmq's order. The request id
    /// is not looked at beyond `request_id`.
    [[nodiscard]] static zap_reply parse(std::span<const std::string> frames, std::string_view request_id);
};

}  // namespace zither::zmtp
