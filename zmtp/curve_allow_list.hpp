#pragma once

#include "zither/zmtp/key.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace zither::zmtp {

/// The CURVE clients that may come in, each with a name. Shared by any number of servers and thread-safe: a
/// change counts from the next handshake on, and ends no connection.
class curve_allow_list {
public:
    /// Lets the client in; `name` becomes the User-Id of its messages, or else its key in Z85. A key that is
    /// listed takes the new name.
    void add(const key& client, std::string name = {});
    /// False when it was not listed.
    bool remove(const key& client);
    void clear();
    [[nodiscard]] std::size_t size() const;

    /// The name of a client; nothing for one that may not come in.
    [[nodiscard]] std::optional<std::string> find(const key& client) const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::string> names_;  // by the key's octets, which are no secret
};

}  // namespace zither::zmtp

namespace zither {
using zmtp::curve_allow_list;
}
