#pragma once

#include "zither/zmtp/curve_command.hpp"
#include "zither/zmtp/mechanism.hpp"

namespace zither::zmtp {

/// RFC 26, the side whose key is known. Between WELCOME and INITIATE it remembers the cookie's key and
/// which of its own HELLO was for: all else comes back in the cookie.
class curve_server final : public mechanism {
public:
    curve_server(std::shared_ptr<const security_settings> with, secret_octets metadata)
        : mechanism(std::move(with), std::move(metadata)) {}

    verdict begin(octets&) override { return {}; }
    verdict receive(const command_view& command, octets& output) override;
    verdict allowed(octets&) override { return {next::agreed, {}}; }
    void conclude(octets& output) override;
    [[nodiscard]] bytes peer_metadata() const override { return peer_metadata_; }
    [[nodiscard]] std::vector<secret_text> credentials() const override;
    [[nodiscard]] std::optional<std::string> user_id() const override { return user_id_; }
    [[nodiscard]] std::unique_ptr<curve_box> traffic_box() override;

private:
    enum class stage : std::uint8_t { awaiting_hello, awaiting_initiate, knows_client };

    verdict on_hello(bytes data, octets& output);
    /// The secret key of ours that HELLO is for, and what it makes with the client's.
    struct opened_hello {
        key ours;       // which of the server's secret keys it was for
        key to_client;  // agreed with the client's short-term key
        curve::octets text;
    };
    std::optional<opened_hello> open_hello(const key& client_short_term, bytes box) const;
    verdict on_initiate(bytes data, octets& output);

    stage stage_ = stage::awaiting_hello;
    key cookie_key_;
    key server_key_;  // the one that HELLO was for
    std::uint64_t received_ = 0;
    key client_key_;
    std::optional<std::string> user_id_;
    key shared_;  // of the short-term keys
    secret_octets peer_metadata_;
};

}  // namespace zither::zmtp
