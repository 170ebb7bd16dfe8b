#pragma once

// A message of the soak: who sent it, which it is, and whether it is whole.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zither::soak {

/// What subscribers ask for; a publisher also sends messages that nobody asked for.
inline constexpr char topic[] = "SOAK";
inline constexpr char unwanted_topic[] = "NOISE";

struct packet {
    std::uint32_t round = 0;
    std::uint32_t flow = 0;
    std::uint32_t incarnation = 0;
    std::uint32_t number = 0;
    std::uint32_t answers = 0;  ///< the number of the message it answers
    std::uint32_t name = 0;     ///< the sender's routing id, of an answer the asker's

    /// As parts, or as one, filled up with octets that follow from the numbers above.
    [[nodiscard]] std::vector<std::string> parts(bool in_one) const;
    /// Nothing when an octet or a part is not as it was sent.
    [[nodiscard]] static std::optional<packet> from(const std::vector<std::string>& parts, bool in_one);
};

}  // namespace zither::soak
