#pragma once

#include "zither/zmtp/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace zither::transport {

/// A client's side of a SOCKS5 conversation (RFC 1928, RFC 1929) up to the connection it asks for; no I/O.
///
///   awaiting_method --none--------------------------> awaiting_reply --> awaiting_bound --> done
///          '-------password--> awaiting_verdict -----------^
///   anything else -------------------------------------------------------------------> failed
///
/// Use: write out `output()`; read at most `wanted()` octets and give them to `receive`; until `wanted()` is
/// 0.
class socks_client {
public:
    /// A host that is no address goes to the proxy as a name of at most 255 octets. With a user name the
    /// password method is offered, and no other.
    socks_client(const std::string& host, std::uint16_t port, std::string username, std::string password);

    [[nodiscard]] std::vector<std::byte>& output() noexcept { return output_; }
    /// Octets still missing of what the proxy says next; 0 when the conversation is over.
    [[nodiscard]] std::size_t wanted() const noexcept;
    void receive(zmtp::bytes octets);

    [[nodiscard]] bool done() const noexcept { return state_ == state::done; }
    /// Why it failed, as an errno value; 0 if it did not.
    [[nodiscard]] int error() const noexcept { return error_; }

    /// A reply with a name of 255 octets.
    static constexpr std::size_t wanted_max = 262;

private:
    enum class state : std::uint8_t {
        awaiting_method,
        awaiting_verdict,
        awaiting_reply,
        awaiting_bound,
        done,
        failed
    };

    void on_method();
    void on_verdict();
    void on_reply();
    void say(unsigned octet) { output_.push_back(static_cast<std::byte>(octet)); }
    void say(const std::string& text);
    void ask();
    void await(state next, std::size_t octets);
    void fail(int error);
    [[nodiscard]] unsigned at(std::size_t place) const { return std::to_integer<unsigned>(got_[place]); }

    const std::string username_;
    const std::string password_;
    std::vector<std::byte> request_;
    std::vector<std::byte> output_;
    std::vector<std::byte> got_;
    std::size_t whole_ = 0;  // octets of the answer awaited
    state state_ = state::awaiting_method;
    int error_ = 0;
};

}  // namespace zither::transport
