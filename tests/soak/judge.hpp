#pragma once

// Explains, after a round, what became of each message.

#include "ledger.hpp"
#include "proxy.hpp"
#include "topology.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace zither::soak {

struct tally {
    std::uint64_t sent = 0;
    std::uint64_t heard = 0;
    std::uint64_t lost = 0;     ///< and explained
    std::uint64_t swapped = 0;  ///< heard after a later one, across a broken connection
    std::uint64_t waits = 0;
    std::uint64_t unexplained = 0;

    void add(const tally& other);
};

using wires = std::vector<std::unique_ptr<wire>>;

/// Judges one flow of a round that has ended; what cannot be explained is appended.
[[nodiscard]] tally judge(int flow, const ledger& book, const wires& network,
                          std::vector<std::string>& complaints);

}  // namespace zither::soak
