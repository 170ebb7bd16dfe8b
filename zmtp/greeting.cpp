#include "zither/zmtp/greeting.hpp"

#include "zither/zmtp/frame.hpp"

namespace zither::zmtp {

std::array<std::byte, signature_size> make_signature(std::size_t routing_id_size) noexcept {
    std::array<std::byte, signature_size> signature{};
    signature[0] = signature_first;
    store_u64(signature.data() + 1, routing_id_size + 1);
    signature[9] = std::byte{0x7f};
    return signature;
}

std::optional<greeting> parse_greeting(bytes octets) noexcept {
    greeting parsed;
    parsed.major = std::to_integer<std::uint8_t>(octets[10]);
    parsed.minor = std::to_integer<std::uint8_t>(octets[11]);
    const auto field = as_text(octets.subspan(12, 20));
    const auto end = field.find('\0');
    parsed.mechanism = field.substr(0, end);
    if (end != field.npos && field.find_first_not_of('\0', end) != field.npos) return std::nullopt;
    // libzmq sends 0 on both sides even for CURVE, so the flag decides nothing.
    parsed.as_server = octets[32] != std::byte{0};
    return parsed;
}

}  // namespace zither::zmtp
