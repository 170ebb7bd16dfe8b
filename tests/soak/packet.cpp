#include "packet.hpp"

#include <algorithm>
#include <cstring>

namespace zither::soak {

namespace {

std::uint64_t mix(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

constexpr std::size_t topic_size = sizeof topic - 1;
constexpr std::size_t header_size = topic_size + sizeof(packet) + sizeof(std::uint64_t);

std::uint64_t seed_of(const packet& of) {
    std::uint64_t made = of.round;
    for (const auto each : {of.flow, of.incarnation, of.number, of.answers, of.name}) made = mix(made ^ each);
    return made;
}

/// Mostly what fits into a few cache lines; some are larger than a read, some empty.
std::size_t filler_size(std::uint64_t seed) {
    const auto dice = seed % 256;
    if (dice == 0) return 70000 + (seed >> 8) % 50000;
    if (dice < 8) return (seed >> 8) % 9000;
    return (seed >> 8) % 300;
}

std::string filler(std::uint64_t seed, std::size_t size) {
    std::string made(size, '\0');
    for (std::size_t at = 0; at < size; at += 8) {
        const auto some = mix(seed + at);
        std::memcpy(made.data() + at, &some, std::min<std::size_t>(8, size - at));
    }
    return made;
}

}  // namespace

std::vector<std::string> packet::parts(bool in_one) const {
    const auto seed = seed_of(*this);
    std::string head = topic;
    head.append(reinterpret_cast<const char*>(this), sizeof *this);
    head.append(reinterpret_cast<const char*>(&seed), sizeof seed);
    auto rest = filler(seed, filler_size(seed));
    switch (in_one ? 0 : seed >> 62) {
        case 0: return {head + rest};
        case 1: return {head, rest};
        case 2: return {head, rest.substr(0, rest.size() / 2), rest.substr(rest.size() / 2)};
        default: return {head, "", rest};
    }
}

std::optional<packet> packet::from(const std::vector<std::string>& parts, bool in_one) {
    if (parts.empty() || parts[0].size() < header_size) return {};
    packet made;
    std::memcpy(&made, parts[0].data() + topic_size, sizeof made);
    if (made.parts(in_one) != parts) return {};
    return made;
}

}  // namespace zither::soak
