#pragma once

#include "zither/zmtp/close_reason.hpp"
#include "zither/zmtp/mechanism.hpp"
#include "zither/zmtp/message.hpp"
#include "zither/zmtp/socket_type.hpp"
#include "zither/zmtp/zap.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace zither::zmtp {

enum class version : std::uint8_t { v1_0, v2_0, v3_0, v3_1 };

/// What the handshake learnt of the peer.
struct peer_facts {
    version speaks = version::v3_1;
    std::optional<socket_type> type;          ///< not every peer says
    std::string routing_id;                   ///< empty when it gave none
    std::vector<properties::entry> metadata;  ///< all of READY's
    std::optional<std::string> user_id;       ///< from ZAP's handler, or a list of ours
    std::vector<properties::entry> vouched;   ///< from the handler
};

/// What one side says of itself.
struct handshake_settings {
    socket_type type = socket_type::pair;
    std::string routing_id;                   ///< sent as Identity; 0..255 octets
    std::vector<properties::entry> metadata;  ///< further READY properties ("X-...")
    std::shared_ptr<const security_settings> security = security_settings::none();
};

/// The way from the first octet to traffic, for peers of every version.
///
///   awaiting_greeting --3.x greeting--> awaiting_command --the mechanism agrees--> done
///          |                              ^  |
///          |                      `answer`|  |the mechanism wants ZAP's handler asked
///          |                              |  v
///          |                             asking
///          |--2.0 greeting--> awaiting_identity --identity frame--> done
///          '--no signature--> awaiting_identity (1.0 framing) ------> done
///
/// Old peers are refused where the mechanism is not NULL or they would have to be asked about.
/// The signature goes out at once; what follows depends on the peer's octets (RFC 37, Version Negotiation),
/// so that a 1.0 peer reads our signature as an identity frame's header.
class handshake {
public:
    explicit handshake(handshake_settings settings);

    /// Queues the first octets.
    void begin(std::vector<std::byte>& output);

    struct step {
        std::size_t used = 0;                 ///< octets taken
        std::optional<close_reason> failure;  ///< set: the conversation is over
    };
    /// Takes octets up to the handshake's end and queues what they ask for.
    step receive(bytes data, std::vector<std::byte>& output);

    /// True from the moment a handler is to be asked about the peer until `answer`; no octets are taken.
    [[nodiscard]] bool asking() const noexcept { return asking_; }
    /// What to ask it; `address` is the caller's to fill in.
    [[nodiscard]] zap_request request() const;
    /// What the handler said.
    std::optional<close_reason> answer(zap_reply reply, std::vector<std::byte>& output);

    /// What seals the traffic that follows; null when it goes in the clear. Once, when done.
    [[nodiscard]] std::unique_ptr<curve_box> take_box() noexcept { return std::move(box_); }

    [[nodiscard]] bool done() const noexcept { return std::holds_alternative<finished>(state_); }
    [[nodiscard]] bool greeted() const noexcept { return !std::holds_alternative<awaiting_greeting>(state_); }
    [[nodiscard]] const peer_facts& peer() const noexcept { return peer_; }

private:
    /// What was sent of the greeting so far.
    enum class sent : std::uint8_t { signature, major, whole };
    struct awaiting_greeting {
        std::vector<std::byte> got;
        sent progress = sent::signature;
    };
    struct awaiting_command {
        secret_octets frame;  // PLAIN's HELLO is a password
    };
    struct awaiting_identity {
        std::vector<std::byte> frame;
    };
    struct finished {};

    std::optional<close_reason> on_greeting(awaiting_greeting& state, std::vector<std::byte>& output);
    std::optional<close_reason> on_whole_greeting(bytes greeting, std::vector<std::byte>& output);
    std::optional<close_reason> on_command(bytes body, std::vector<std::byte>& output);
    [[nodiscard]] static close_reason on_error(bytes data);
    std::optional<close_reason> follow(mechanism::verdict verdict, std::vector<std::byte>& output);
    std::optional<close_reason> on_metadata(bytes metadata, std::vector<std::byte>& output);
    [[nodiscard]] std::optional<close_reason> check_old_peer() const;
    std::optional<close_reason> check_type() const;
    void begin_unversioned(std::vector<std::byte>& output);
    step receive_greeting(awaiting_greeting& state, bytes data, std::vector<std::byte>& output);
    step receive_command(awaiting_command& state, bytes data, std::vector<std::byte>& output);
    step receive_identity(awaiting_identity& state, bytes data);

    handshake_settings settings_;
    peer_facts peer_;
    std::variant<awaiting_greeting, awaiting_command, awaiting_identity, finished> state_;
    std::unique_ptr<mechanism> mechanism_;  // from the greetings to the end
    std::unique_ptr<curve_box> box_;
    bool asking_ = false;
};

}  // namespace zither::zmtp
