#pragma once

// Who talks to whom: sockets, the links between them, and the flows of messages that are counted.

#include "ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zither::soak {

/// The process that is never killed, and the two that are.
inline constexpr int keeper = 0;

enum class security : std::uint8_t { null, plain, curve };  // the binder of `plain` asks a ZAP handler

/// A socket that binds, and those that connect to it.
struct row {
    const char* name;
    int binder_type;
    int binder;
    int connector_type;
    std::vector<int> connectors;
    security how = security::null;
    bool heartbeat = false;
};

/// One connector's way to its binder, through the proxy.
struct link {
    int row;
    int connector;
};

struct receiver {
    int node;
    std::vector<int> links;  ///< all that a message passes
};

inline constexpr char plain_user[] = "soak";
inline constexpr char plain_password[] = "a password";

/// Messages of one sender, numbered from 0 in each round.
struct flow {
    std::string name;
    int sender;
    int sending_row;
    int receiving_row;
    std::vector<receiver> receivers;
    bool shared = false;  ///< each message goes to one of the receivers, not to all
    /// Whoever is not connected misses it (PUB, answers); else it waits at the sender.
    bool passing = false;
};

struct topology {
    std::vector<row> rows;
    std::vector<link> links;
    std::vector<flow> flows;

    [[nodiscard]] const row& row_of(std::size_t link) const {
        return rows[static_cast<std::size_t>(links[link].row)];
    }
    [[nodiscard]] bool touches(std::size_t link, int node) const {
        return links[link].connector == node || row_of(link).binder == node;
    }
    [[nodiscard]] int link_of(int row, int connector) const;
    /// The flow that a socket sends into; of several, the one to this receiver. -1: none.
    [[nodiscard]] int flow_from(int row, int sender, int to = -1) const;
};

[[nodiscard]] const topology& the_topology();
/// Of the one that connects.
[[nodiscard]] bool asks(int type);
/// Of the one that binds.
[[nodiscard]] bool answers(int type);
[[nodiscard]] bool publishes(int type);
[[nodiscard]] bool only_sends(int type);
/// Messages of the later types have one part.
[[nodiscard]] bool in_one_part(int type);
/// Says with each message which peer it is for.
[[nodiscard]] bool names_peers(int type);
[[nodiscard]] std::string routing_id(int row, int node, std::uint32_t name);

}  // namespace zither::soak
