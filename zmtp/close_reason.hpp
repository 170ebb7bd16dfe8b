#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zither::zmtp {

/// Who ended a conversation, and so what to say of it and whether to come back.
enum class blame : std::uint8_t {
    nobody,        ///< the stream ended or the connection broke; temporary
    malformed,     ///< bytes that cannot be parsed
    misbehaved,    ///< well formed, but against the rules of the protocol
    incompatible,  ///< honest, but we cannot agree: version, mechanism, socket type
    refused,       ///< the peer sent ERROR: final for these credentials
    denied,        ///< our authentication handler does not want the peer
    silent,        ///< a deadline passed: handshake or heartbeat
};

/// libzmq's numbers for what went wrong in a handshake (ZMQ_PROTOCOL_ERROR_*).
enum class protocol_error : std::uint32_t {
    none = 0,
    unspecified = 0x10000000,
    unexpected_command = 0x10000001,
    invalid_sequence = 0x10000002,
    key_exchange = 0x10000003,
    malformed_command_unspecified = 0x10000011,
    malformed_command_message = 0x10000012,
    malformed_command_hello = 0x10000013,
    malformed_command_initiate = 0x10000014,
    malformed_command_error = 0x10000015,
    malformed_command_ready = 0x10000016,
    malformed_command_welcome = 0x10000017,
    invalid_metadata = 0x10000018,
    cryptographic = 0x11000001,
    mechanism_mismatch = 0x11000002,
    zap_unspecified = 0x20000000,
    zap_malformed_reply = 0x20000001,
    zap_bad_request_id = 0x20000002,
    zap_bad_version = 0x20000003,
    zap_invalid_status_code = 0x20000004,
    zap_invalid_metadata = 0x20000005,
};

/// Why a conversation ended.
struct close_reason {
    blame who = blame::nobody;
    protocol_error number = protocol_error::none;
    std::string text;  ///< one sentence for logs and monitors
    int status = 0;    ///< of denied and refused: ZAP's 300, 400 or 500, when one was said

    /// An ERROR command is final; everything else may be better next time.
    [[nodiscard]] bool retry() const noexcept { return who != blame::refused; }
};

}  // namespace zither::zmtp
