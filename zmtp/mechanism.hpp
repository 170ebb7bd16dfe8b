#pragma once

#include "zither/zmtp/close_reason.hpp"
#include "zither/zmtp/command.hpp"
#include "zither/zmtp/curve_box.hpp"
#include "zither/zmtp/security_settings.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace zither::zmtp {

/// One side's part between the greetings and traffic (RFC 37, Security Mechanisms). Lives as long as the
/// handshake; everything secret goes with it.
class mechanism {
public:
    using octets = std::vector<std::byte>;
    enum class next : std::uint8_t {
        wait,   ///< for the peer's next command
        ask,    ///< ZAP's handler first, then `allowed`
        agreed  ///< the peer is who it should be: check `peer_metadata`, then `conclude`
    };
    struct verdict {
        next what = next::wait;
        std::optional<close_reason> failure;
    };

    /// `metadata` is what READY or INITIATE will carry: CURVE seals it.
    [[nodiscard]] static std::unique_ptr<mechanism> create(std::shared_ptr<const security_settings> with,
                                                           secret_octets metadata);

    mechanism(const mechanism&) = delete;
    mechanism& operator=(const mechanism&) = delete;
    virtual ~mechanism() = default;

    /// Both greetings are through. Queues what this side says unasked.
    virtual verdict begin(octets& output) = 0;
    /// Any command but ERROR.
    virtual verdict receive(const command_view& command, octets& output) = 0;
    /// Whoever was asked has nothing against the peer.
    virtual verdict allowed(octets& output) = 0;
    /// The handshake's last command, if it is this side's to send.
    virtual void conclude(octets&) {}

    /// The peer's properties; known once agreed.
    [[nodiscard]] virtual bytes peer_metadata() const = 0;
    /// What the peer showed to be let in, for ZAP.
    [[nodiscard]] virtual std::vector<secret_text> credentials() const { return {}; }
    /// Who the peer is by this side's own list, if there is one.
    [[nodiscard]] virtual std::optional<std::string> user_id() const { return std::nullopt; }
    /// What seals traffic; null when it goes in the clear.
    [[nodiscard]] virtual std::unique_ptr<curve_box> traffic_box() { return nullptr; }

protected:
    explicit mechanism(std::shared_ptr<const security_settings> with, secret_octets metadata)
        : settings_(std::move(with)), metadata_(std::move(metadata)) {}

    [[nodiscard]] static verdict fails(blame who, protocol_error number, std::string text) {
        return {next::wait, close_reason{who, number, std::move(text)}};
    }
    [[nodiscard]] static verdict unexpected(const command_view& command) {
        return fails(blame::misbehaved, protocol_error::unexpected_command,
                     "unexpected command " + std::string(command.name));
    }
    [[nodiscard]] verdict ask_or_go_on(octets& output) {
        return settings_->asks() ? verdict{next::ask, {}} : allowed(output);
    }

    const std::shared_ptr<const security_settings> settings_;
    const secret_octets metadata_;
};

}  // namespace zither::zmtp
