#pragma once

// What the processes of a soak write down, in memory they share, so that it outlives whoever is killed.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace zither::soak {

/// Nanoseconds of the clock all processes of the machine share.
[[nodiscard]] std::uint64_t now();
inline constexpr std::uint64_t ms = 1'000'000;

inline constexpr int nodes = 3;
inline constexpr int flows_max = 64;
inline constexpr int rows_max = 32;
inline constexpr int receivers_max = 2;
inline constexpr std::uint32_t messages_max = 1 << 17;  ///< of one flow in one round: then it sends no more
inline constexpr std::uint32_t complaints_max = 200;

/// Whether a message left its sender: a sender that is killed within the call leaves `tried`.
enum class fate : std::uint32_t { none, tried, sent, unroutable };

struct sent_message {
    std::uint64_t at;
    std::uint32_t incarnation;
    std::atomic<fate> state;
};
struct heard_message {
    std::uint64_t at;
    std::uint32_t number;
    std::uint32_t incarnation;  ///< the receiver's
};

struct flow_ledger {
    std::atomic<std::uint32_t> tried;  ///< sequence numbers given out, from 0
    std::atomic<std::uint32_t> waits;  ///< times a send found no room or no peer
    std::array<sent_message, messages_max> sent;
    struct receiver {
        std::atomic<std::uint32_t> count;
        std::array<heard_message, messages_max> heard;
    };
    std::array<receiver, receivers_max> at;
};

struct complaint {
    std::atomic<bool> ready;
    char text[200];
};

/// Zeroes are its valid beginning.
struct ledger {
    std::atomic<std::uint32_t> round;
    std::atomic<bool> sending;                                  ///< senders may send
    std::array<std::atomic<bool>, nodes> leave;                 ///< the node is to end in good order
    std::array<std::atomic<std::uint32_t>, nodes> incarnation;  ///< of each process
    std::array<std::array<std::atomic<std::uint32_t>, nodes>, rows_max> name;   ///< which routing id
    std::array<std::array<std::atomic<std::uint32_t>, nodes>, rows_max> renew;  ///< sockets to be made anew
    /// When the socket last broke its own connections, as its pattern says.
    std::array<std::array<std::atomic<std::uint64_t>, nodes>, rows_max> broke_itself;
    std::atomic<std::uint32_t> complaints;
    std::array<complaint, complaints_max> said;
    std::array<flow_ledger, flows_max> flows;

    void complain(const std::string& what);
};

/// Memory that children made by fork share.
[[nodiscard]] ledger& make_ledger();

}  // namespace zither::soak
