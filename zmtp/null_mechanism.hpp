#pragma once

#include "zither/zmtp/mechanism.hpp"

namespace zither::zmtp {

/// RFC 37, The NULL Security Mechanism: both sides send READY.
class null_mechanism final : public mechanism {
public:
    null_mechanism(std::shared_ptr<const security_settings> with, secret_octets metadata)
        : mechanism(std::move(with), std::move(metadata)) {}

    verdict begin(octets& output) override { return ask_or_go_on(output); }
    verdict receive(const command_view& command, octets&) override {
        if (command.name != "READY") return unexpected(command);
        peer_metadata_.assign(command.data.begin(), command.data.end());
        return {next::agreed, {}};
    }
    verdict allowed(octets& output) override {
        append_command(output, "READY", metadata_);
        return {};
    }
    [[nodiscard]] bytes peer_metadata() const override { return peer_metadata_; }

private:
    octets peer_metadata_;
};

}  // namespace zither::zmtp
