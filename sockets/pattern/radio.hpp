#pragma once

#include "fan_out.hpp"
#include "pattern.hpp"
#include "subscription_trie.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace zither::sockets::pattern {

/// RADIO (RFC 48): a message goes to the dishes that joined its group, as two parts: group and body. Where
/// nobody can say what he joined, it goes there too.
class radio final : public pattern {
public:
    using pattern::pattern;

    void attached(pipe& peer, bool connecting) override;
    void detached(pipe& peer) override;
    void readable(pipe& peer) override;
    void writable(pipe&) override {}

    errc send(zmtp::message& whole) override;
    errc receive(zmtp::message&) override { return errc::not_supported; }
    bool can_send() override { return true; }
    bool can_receive() override { return false; }

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view group) const noexcept {
            return std::hash<std::string_view>()(group);
        }
    };

    void obey(std::string_view group, bool wanted, pipe& peer);

    fan_out out_;
    std::vector<pipe*> all_groups_;  // those that want all
    std::unordered_map<std::string, pipe_set, hash, std::equal_to<>> groups_;
};

}  // namespace zither::sockets::pattern
