#pragma once

#include "zither/zmtp/mechanism.hpp"

namespace zither::zmtp {

/// RFC 26, the side that knows whom it talks to: HELLO, WELCOME, INITIATE, READY.
class curve_client final : public mechanism {
public:
    curve_client(std::shared_ptr<const security_settings> with, secret_octets metadata)
        : mechanism(std::move(with), std::move(metadata)) {}

    verdict begin(octets& output) override;
    verdict receive(const command_view& command, octets& output) override;
    verdict allowed(octets&) override { return {}; }
    [[nodiscard]] bytes peer_metadata() const override { return peer_metadata_; }
    [[nodiscard]] std::unique_ptr<curve_box> traffic_box() override;

private:
    enum class stage : std::uint8_t { awaiting_welcome, awaiting_ready };

    verdict on_welcome(bytes data, octets& output);
    verdict on_ready(bytes data);

    stage stage_ = stage::awaiting_welcome;
    key_pair short_term_;
    key to_server_;  // of our short-term and the server's long-term key
    key shared_;     // of the short-term keys
    std::uint64_t received_ = 0;
    secret_octets peer_metadata_;
};

}  // namespace zither::zmtp
