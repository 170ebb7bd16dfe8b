#pragma once

// One process of the soak: its sockets, and what it does with them until it is told to leave, or killed.

#include "ledger.hpp"
#include "topology.hpp"

#include <string>
#include <vector>

namespace zither::soak {

struct addresses {
    std::vector<std::string> bind;     ///< of each row
    std::vector<std::string> connect;  ///< of each link
};

/// Runs in a process of its own, which it ends.
[[noreturn]] void run_node(int number, const addresses& at, ledger& book, std::uint64_t seed);

}  // namespace zither::soak
