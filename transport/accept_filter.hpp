#pragma once

#include "zither/zmtp/error.hpp"

#include <array>
#include <set>
#include <string_view>
#include <vector>

namespace zither::transport {

struct address;

/// Whom a listener admits: tcp peers of certain networks, ipc peers of certain credentials. Of what is empty
/// everybody is admitted.
struct accept_filter {
    struct network {
        std::array<unsigned char, 16> prefix{};  ///< IPv4 as its mapped IPv6 address
        unsigned bits = 0;
    };
    std::vector<network> networks;
    std::set<unsigned> processes;
    std::set<unsigned> users;
    std::set<unsigned> groups;  ///< a user's own, or one it is listed as a member of

    /// "10.0.0.0/8", "127.0.0.1", and with `ipv6` "fe80::/10"; no names.
    errc add_network(std::string_view text, bool ipv6);
    [[nodiscard]] bool admits(int descriptor, const address& peer) const;
};

}  // namespace zither::transport
