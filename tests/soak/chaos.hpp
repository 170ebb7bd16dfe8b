#pragma once

// The driver: starts the processes, lets a plan happen to them, and asks the judge.

#include "judge.hpp"
#include "ledger.hpp"
#include "node.hpp"
#include "plan.hpp"
#include "proxy.hpp"

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace zither::soak {

struct orders {
    std::uint64_t seed = 1;
    std::uint64_t rounds = 1;
    std::uint64_t first = 0;  ///< the round to begin with
    std::uint64_t round_ms = 15000;
    bool own_network = false;
};

struct memory_sample {
    std::uint64_t kilobytes = 0;  ///< RssAnon
    std::uint64_t descriptors = 0;
};

class chaos {
public:
    explicit chaos(const orders& given);
    ~chaos();
    chaos(const chaos&) = delete;
    chaos& operator=(const chaos&) = delete;

    /// 0 when all is explained.
    int run();

private:
    struct process {
        pid_t id = 0;
        std::uint64_t back_at = 0;       // it is away until then
        std::uint64_t paused_until = 0;  // 0: it runs
        std::uint64_t leaving_since = 0;
    };

    void start(int node);
    void round(std::uint64_t number);
    void happen(const event& one);
    void happen_to_link(const event& one, std::uint64_t until);
    void happen_to_node(const event& one, std::uint64_t until);
    void set_network(bool up);
    void tend();
    void reap(int node, bool wait);
    void heal();
    void turn(int wait_ms);
    void wait_for_recovery(std::uint64_t since);
    void wait_for_silence();
    [[nodiscard]] bool recovered(std::size_t flow, std::size_t receiver, std::uint64_t since) const;
    void excuse_links_of(int node, std::uint64_t until, bool loses, bool heartbeats_alone = false);
    void complain(const std::string& what);
    [[nodiscard]] memory_sample sample() const;
    void check_memory();
    void report() const;

    const orders given_;
    ledger& book_;
    addresses at_;
    std::string scratch_;
    wires network_;
    std::array<process, nodes> processes_;
    std::array<std::array<std::uint64_t, nodes>, rows_max> broke_itself_{};
    std::uint64_t network_back_at_ = 0;
    std::vector<tally> tallies_;
    std::array<std::uint64_t, 14> happened_{};
    std::vector<memory_sample> samples_;
    std::uint64_t complaints_ = 0;
    std::uint32_t printed_ = 0;
};

}  // namespace zither::soak
