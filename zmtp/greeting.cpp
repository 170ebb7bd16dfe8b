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

seen look_for_tls(bytes got) noexcept {
    const auto octet = [&](std::size_t at) { return std::to_integer<unsigned>(got[at]); };
    const auto within = [&](std::size_t at, unsigned least, unsigned most) {
        return at >= got.size() || (octet(at) >= least && octet(at) <= most);
    };
    // RFC 8446, 5.1: the record's type, version and size; then a handshake's type and size, or an alert's
    // level.
    const bool hello = octet(0) == 0x16 && within(5, 1, 1) && within(6, 0, 0) && within(9, 3, 3);
    const bool alert = octet(0) == 0x15 && within(3, 0, 0) && within(4, 2, 2) && within(5, 1, 2);
    if (!(hello || alert) || !within(1, 3, 3) || !within(2, 0, 4)) return seen::no;
    return got.size() < (hello ? 10 : 6) ? seen::perhaps : seen::yes;
}

}  // namespace zither::zmtp
