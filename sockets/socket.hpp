#pragma once

#include "zither/sockets/async.hpp"
#include "zither/sockets/context.hpp"
#include "zither/sockets/option.hpp"
#include "zither/zmtp/curve_allow_list.hpp"
#include "zither/zmtp/curve_keyring.hpp"
#include "zither/zmtp/error.hpp"
#include "zither/zmtp/message.hpp"
#include "zither/zmtp/socket_type.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zither {

/// The parts of one message, in order. Never empty when received.
using multipart = std::vector<message>;

/// How a call behaves when it would have to wait.
enum class wait : std::uint8_t {
    as_set,  ///< up to `option::send_timeout` or `option::receive_timeout`
    never,   ///< `errc::again` at once
};

/// A ZeroMQ socket. Closes when it is destroyed; what is queued is then sent for up to `option::linger`.
///
/// Thread-safe, unlike libzmq's classic sockets: every call may be made from any thread (the parts of one
/// multi-part message from one). Functions that take a std::error_code report there and do not throw; their
/// twins throw std::system_error. Errors are values of `errc`. A moved-from socket gives `not_a_socket`; its
/// type and its asynchronous operations must not be asked for.
class socket {
public:
    /// Throws std::system_error: `terminated`, `too_many_sockets`.
    socket(context& in, socket_type type);
    ~socket();
    socket(socket&&) noexcept;
    socket& operator=(socket&&) noexcept;

    [[nodiscard]] socket_type type() const noexcept;

    /// Endpoints: "tcp://127.0.0.1:5555", "tcp://*:*", "tls+tcp://host:5555", "ipc:///tmp/feed",
    /// "ipc://@name", "inproc://name"; for RADIO (connect), DISH and DGRAM (bind) also "udp://127.0.0.1:5555"
    /// and "udp://eth0;239.0.0.1:5555".
    void bind(std::string_view endpoint);
    void bind(std::string_view endpoint, std::error_code& error);
    void connect(std::string_view endpoint);
    void connect(std::string_view endpoint, std::error_code& error);
    void unbind(std::string_view endpoint);
    void unbind(std::string_view endpoint, std::error_code& error);
    void disconnect(std::string_view endpoint);
    void disconnect(std::string_view endpoint, std::error_code& error);
    /// The last endpoint bound or connected, wildcards resolved.
    [[nodiscard]] std::string last_endpoint() const;

    /// Sends one part; `part.more()` says whether another follows. On an error `part` is untouched.
    void send(message&& part, wait how = wait::as_set);
    void send(message&& part, wait how, std::error_code& error);
    /// Sends a copy of `body` as a message of one part.
    void send(std::string_view body, wait how = wait::as_set);
    void send(std::string_view body, wait how, std::error_code& error);
    /// Sends all parts as one message. On an error at the first part all are untouched.
    void send(multipart&& parts, wait how = wait::as_set);
    void send(multipart&& parts, wait how, std::error_code& error);
    /// False when there was no room within `timeout`; `part` is untouched then.
    [[nodiscard]] bool send_for(message&& part, std::chrono::milliseconds timeout);

    /// Receives one part; `more()` of it says whether another follows.
    [[nodiscard]] message receive(wait how = wait::as_set);
    [[nodiscard]] message receive(wait how, std::error_code& error);
    /// The same into `part`, which is untouched on an error. Messages received into one object, each after
    /// the other, share what they can of its memory: the fastest way.
    void receive(message& part, wait how = wait::as_set);
    void receive(message& part, wait how, std::error_code& error);
    /// All parts of the next message.
    [[nodiscard]] multipart receive_multipart(wait how = wait::as_set);
    [[nodiscard]] multipart receive_multipart(wait how, std::error_code& error);
    /// Nothing when nothing came within `timeout`.
    [[nodiscard]] std::optional<message> receive_for(std::chrono::milliseconds timeout);

    /// Starts a send; completes with `void(std::error_code)` once the message is queued to a peer. The
    /// handler runs on its own executor, or else on the context's loop. Supports cancellation slots.
    template <class CompletionToken>
    auto async_send(message part, CompletionToken&& token) {
        multipart one;
        one.push_back(std::move(part));
        return async_send(std::move(one), std::forward<CompletionToken>(token));
    }
    template <class CompletionToken>
    auto async_send(multipart parts, CompletionToken&& token) {
        return asio::async_initiate<CompletionToken, void(std::error_code)>(
            [this](auto handler, multipart all) {
                sockets::start_send(object_, std::move(handler), std::move(all));
            },
            token, std::move(parts));
    }
    /// Starts a receive of one part; completes with `void(std::error_code, message)`.
    template <class CompletionToken>
    auto async_receive(CompletionToken&& token) {
        return asio::async_initiate<CompletionToken, void(std::error_code, message)>(
            [this](auto handler) { sockets::start_receive<message>(object_, std::move(handler)); }, token);
    }
    /// Starts a receive of a whole message; completes with `void(std::error_code, multipart)`.
    template <class CompletionToken>
    auto async_receive_multipart(CompletionToken&& token) {
        return asio::async_initiate<CompletionToken, void(std::error_code, multipart)>(
            [this](auto handler) { sockets::start_receive<multipart>(object_, std::move(handler)); }, token);
    }
    /// Ends all asynchronous operations with `asio::error::operation_aborted`.
    void cancel();

    /// Groups of a DISH. Throws std::system_error: `invalid_argument` for a name of more than 255 octets, a
    /// group joined already, or one not joined.
    void join(std::string_view group);
    void leave(std::string_view group);
    /// Connects a PEER and gives the number its messages to the new peer carry as `routing_id`.
    [[nodiscard]] std::uint32_t connect_peer(std::string_view endpoint);
    /// Ends one peer of a SERVER or PEER. Throws std::system_error: `host_unreachable`.
    void disconnect_peer(std::uint32_t routing_id);

    void subscribe(std::string_view prefix);
    void unsubscribe(std::string_view prefix);

    template <class Value>
    void set(socket_option<Value> which, const std::type_identity_t<Value>& value) {
        set_value(which.number, value);
    }
    template <class Value>
    [[nodiscard]] Value get(socket_option<Value> which) const {
        Value value{};
        get_value(which.number, value);
        return value;
    }

    /// Makes the socket a CURVE server by these keys, which may be rotated at any time; instead of
    /// `option::curve_server` and `option::curve_secret_key`. For what is bound or connected afterwards.
    /// Throws std::system_error: `invalid_argument` for a null pointer.
    void serve_curve(std::shared_ptr<const curve_keyring> by);
    /// Makes the socket a CURVE server that lets in the listed clients alone; the list may change at any
    /// time. Others are refused as by a ZAP handler's 400; a handler, if there is one, is asked about those
    /// who are listed. A null pointer lets in all. For what is bound or connected afterwards.
    void allow_curve_clients(std::shared_ptr<const curve_allow_list> listed);

    /// Closes now; every later call gives `errc::not_a_socket`.
    void close() noexcept;

    [[nodiscard]] const std::shared_ptr<sockets::socket_object>& object() const noexcept { return object_; }

private:
    void set_value(int number, bool value);
    void set_value(int number, int value);
    void set_value(int number, std::int64_t value);
    void set_value(int number, std::chrono::milliseconds value);
    void set_value(int number, std::string_view value);
    void get_value(int number, bool& value) const;
    void get_value(int number, int& value) const;
    void get_value(int number, std::int64_t& value) const;
    void get_value(int number, std::chrono::milliseconds& value) const;
    void get_value(int number, std::string& value) const;

    std::shared_ptr<sockets::socket_object> object_;
};

}  // namespace zither
