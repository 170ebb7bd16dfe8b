#pragma once

#include "pattern.hpp"
#include "single_parts.hpp"

#include <cstdint>
#include <unordered_map>

namespace zither::sockets::pattern {

/// SERVER (RFC 41): each message carries the number of the client it came from or goes to. Numbers are given
/// by us, are never zero, and mean nobody once their client is gone.
class server : public pattern {
public:
    explicit server(const settings& options);

    void attached(pipe& peer, bool connecting) override;
    void disconnected(pipe& peer) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message& whole) override;
    errc receive(zmtp::message& whole) override;
    /// Whether there is room depends on whom the message is for.
    bool can_send() override { return true; }
    bool can_receive() override;

    errc forget_number(std::uint32_t number, pipe*& whose) override;

private:
    std::unordered_map<std::uint32_t, pipe*> peers_;
    std::uint32_t next_;
    single_parts in_;
};

}  // namespace zither::sockets::pattern
