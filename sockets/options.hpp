#pragma once

#include "zither/sockets/accept_gate.hpp"
#include "zither/sockets/pattern/settings.hpp"
#include "zither/transport/stream_options.hpp"
#include "zither/transport/tls.hpp"
#include "zither/zmtp/error.hpp"
#include "zither/zmtp/heartbeat.hpp"
#include "zither/zmtp/properties.hpp"
#include "zither/zmtp/security_settings.hpp"
#include "zither/zmtp/socket_type.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zither::sockets {

/// All that can be set on a socket. Times are in milliseconds.
struct options {
    int send_mark = 1000;  ///< messages per pipe, 0: no limit
    int receive_mark = 1000;
    int linger_ms = -1;           ///< -1: for ever
    int send_timeout_ms = -1;     ///< -1: for ever
    int receive_timeout_ms = -1;  ///< -1: for ever
    int reconnect_ms = 100;       ///< -1: never
    int reconnect_max_ms = 0;     ///< 0: always reconnect_ms
    int handshake_ms = 30000;     ///< 0: no limit
    std::int64_t message_size_max = -1;
    std::uint64_t affinity = 0;
    bool immediate = false;
    bool conflate = false;
    std::string routing_id;
    int heartbeat_interval_ms = 0;
    int heartbeat_ttl_ms = 0;
    int heartbeat_timeout_ms = -1;
    int reconnect_stop = 0;   ///< bits of `reconnect_stop_on`
    int spin_us = 50;         ///< 0: none
    int in_batch_octets = 0;  ///< of one read; 0: as much as a chunk takes
    int out_batch_octets = 0;
    bool zero_copy_receive = true;  ///< of the context
    bool multicast_loop = true;
    bool loopback_fastpath = false;
    int multicast_rate = 100;
    int multicast_recovery_ms = 10000;
    int multicast_hops = 1;
    int multicast_tpdu = 1500;
    accept_limits accepts;
    std::shared_ptr<const zmtp::security_settings> security = zmtp::security_settings::none();
    std::shared_ptr<const transport::tls_settings> tls = transport::tls_settings::none();
    std::vector<zmtp::properties::entry> metadata;
    transport::stream_options stream;
    pattern::settings pattern;

    /// A peer's step of a handshake takes longer than an answer: it was asleep, more often than not.
    [[nodiscard]] std::chrono::microseconds handshake_patience() const noexcept {
        return 2 * std::chrono::microseconds(spin_us);
    }
};

/// When RECONNECT_STOP ends reconnecting.
namespace reconnect_stop_on {
inline constexpr int refused = 1, handshake_failed = 2, disconnect = 4;
}

/// One row of the table that serves the C++ API, the C API and the reference page.
struct option_row {
    enum class kind : std::uint8_t { boolean, integer, int64, uint64, text, binary, key };
    int number;
    const char* name;
    kind type;
    std::int64_t least;  ///< numbers: the range; text and binary: the range of sizes
    std::int64_t most;
    bool readable;
    bool writable;
    const char* says;
    std::int64_t (*get_number)(const options&) = nullptr;
    void (*set_number)(options&, std::int64_t) = nullptr;
    std::string (*get_text)(const options&) = nullptr;
    errc (*set_text)(options&, std::string_view) = nullptr;
    void (*clear)(options&) = nullptr;  ///< what a null value of no size does
};

/// Every option that is a value of the socket. Those that are actions or answers of the socket itself
/// (SUBSCRIBE, FD, EVENTS, RCVMORE, TYPE, LAST_ENDPOINT) are handled there.
[[nodiscard]] std::span<const option_row> option_table() noexcept;
/// The rows of PLAIN, CURVE and ZAP, and of what strangers may take.
[[nodiscard]] std::span<const option_row> security_option_table() noexcept;
/// The rows of TLS.
[[nodiscard]] std::span<const option_row> tls_option_table() noexcept;
/// All of them.
[[nodiscard]] inline std::array<std::span<const option_row>, 3> option_tables() noexcept {
    return {option_table(), security_option_table(), tls_option_table()};
}
[[nodiscard]] const option_row* find_option(int number) noexcept;
/// False for an option of other socket types: setting it is EINVAL, as with libzmq.
[[nodiscard]] bool applies_to(int number, socket_type type) noexcept;
/// Does HELLO_MSG, DISCONNECT_MSG, HICCUP_MSG or ROUTER_NOTIFY work on sockets of this type? On others
/// the first three may be set, as with libzmq, and nothing comes of it.
[[nodiscard]] bool says_hello(socket_type type) noexcept;
[[nodiscard]] bool hears_disconnect(socket_type type) noexcept;
[[nodiscard]] bool hears_hiccup(socket_type type) noexcept;

/// When a new value of the option counts: "at once", or for the next bind, connect or peer.
[[nodiscard]] const char* takes_effect(int number) noexcept;

/// An option that is no value of the socket's options: an action or an answer of the socket, or an option of
/// a context.
struct plain_row {
    int number;
    const char* name;
    const char* type;
    bool readable;
    bool writable;
    int least;  ///< of what is written
    const char* says;
};
[[nodiscard]] std::span<const plain_row> action_table() noexcept;
[[nodiscard]] std::span<const plain_row> context_table() noexcept;

/// Settings that connections share with the socket they began on: a change is made in a copy, which this
/// gives.
template <class Settings>
Settings& changed(std::shared_ptr<const Settings>& shared) {
    auto copy = std::make_shared<Settings>(*shared);
    auto& made = *copy;
    shared = std::move(copy);
    return made;
}

/// What is no option of libzmq's: a CURVE server's keys that may be rotated, and its clients.
void serve_curve(options& in, std::shared_ptr<const zmtp::curve_keyring> by);
void allow_curve_clients(options& in, std::shared_ptr<const zmtp::curve_allow_list> listed);

/// As zmq_setsockopt: the size must fit the type, the value the range.
errc set_option(options& in, int number, const void* value, std::size_t size);
/// As zmq_getsockopt: `size` is the room on entry and the size used on return.
errc get_option(const options& in, int number, void* value, std::size_t& size);
/// Writes one answer of any type as zmq_getsockopt does.
errc answer_integer(std::int64_t value, option_row::kind type, void* to, std::size_t& size);
errc answer_text(std::string_view value, bool terminated, void* to, std::size_t& size);

}  // namespace zither::sockets
