#pragma once

#include "zither/zmtp/mechanism.hpp"

namespace zither::zmtp {

/// RFC 24, the side that has a name and a password: HELLO, WELCOME, INITIATE, READY.
class plain_client final : public mechanism {
public:
    plain_client(std::shared_ptr<const security_settings> with, secret_octets metadata)
        : mechanism(std::move(with), std::move(metadata)) {}

    verdict begin(octets& output) override;
    verdict receive(const command_view& command, octets& output) override;
    verdict allowed(octets&) override { return {}; }
    [[nodiscard]] bytes peer_metadata() const override { return peer_metadata_; }

private:
    bool welcome_ = false;
    octets peer_metadata_;
};

/// RFC 24, the side that checks them, through ZAP.
class plain_server final : public mechanism {
public:
    plain_server(std::shared_ptr<const security_settings> with, secret_octets metadata)
        : mechanism(std::move(with), std::move(metadata)) {}

    verdict begin(octets&) override { return {}; }
    verdict receive(const command_view& command, octets& output) override;
    verdict allowed(octets& output) override;
    void conclude(octets& output) override { append_command(output, "READY", metadata_); }
    [[nodiscard]] bytes peer_metadata() const override { return peer_metadata_; }
    [[nodiscard]] std::vector<secret_text> credentials() const override { return {username_, password_}; }

private:
    enum class stage : std::uint8_t { awaiting_hello, awaiting_answer, awaiting_initiate };
    stage stage_ = stage::awaiting_hello;
    secret_text username_;
    secret_text password_;
    octets peer_metadata_;
};

}  // namespace zither::zmtp
