#pragma once

#include "zither/zmtp/key.hpp"

#include <mutex>
#include <optional>
#include <vector>

namespace zither::zmtp {

/// The key pairs a CURVE server is known by: the current one and, after a rotation, the one before. Shared by
/// any number of servers and thread-safe: a change counts from the next handshake on. A connection has keys
/// of its own, so none ends.
class curve_keyring {
public:
    explicit curve_keyring(const key_pair& current) : current_(current) {}

    /// `next` is current; what was is accepted still, and what was before that no longer.
    void rotate(const key_pair& next);
    /// Only the current one is accepted. False when there was no other.
    bool forget_old();

    [[nodiscard]] key current_public() const;
    /// Nothing while only the current one is accepted.
    [[nodiscard]] std::optional<key> old_public() const;
    /// The secret halves of what is accepted, the current one first.
    [[nodiscard]] std::vector<key> secrets() const;

private:
    mutable std::mutex mutex_;
    key_pair current_;
    std::optional<key_pair> old_;
};

}  // namespace zither::zmtp

namespace zither {
using zmtp::curve_keyring;
}
