#pragma once

#include "pipe.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace zither::sockets::pattern {

/// Which pipe a routing id means. Owned by a pattern; the pipe's own key is its `notes.routing_id`,
/// empty while it has none.
class route_table {
public:
    /// Generated ids count up from a random number, so that ids kept from an earlier run mean nobody.
    route_table();
    explicit route_table(std::uint32_t first_generated) : next_(first_generated) {}

    /// False when another pipe has this id.
    bool add(std::string_view id, pipe& peer);
    /// Adds the pipe under a new id: a zero octet and four more, as no peer should name itself.
    void add_generated(pipe& peer);
    /// Forgets the pipe. Does nothing for one that has no route.
    void remove(pipe& peer);
    /// Gives the pipe a generated id instead of its own, which is free then.
    void rename(pipe& peer);

    [[nodiscard]] pipe* find(zmtp::bytes id) const;
    /// Has any pipe room for a message?
    [[nodiscard]] bool any_writable() const;

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view id) const noexcept {
            return std::hash<std::string_view>()(id);
        }
    };
    std::unordered_map<std::string, pipe*, hash, std::equal_to<>> pipes_;
    std::uint32_t next_;
};

}  // namespace zither::sockets::pattern
