#include "zither/zmtp/curve_direction.hpp"

#include "zither/zmtp/frame.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace zither::zmtp {

namespace {

unsigned char* raw(std::byte* at) { return reinterpret_cast<unsigned char*>(at); }
const unsigned char* raw(const std::byte* at) { return reinterpret_cast<const unsigned char*>(at); }

/// The first block of a box's key stream: the authenticator's key, then what the text's first octets meet.
struct first_block {
    static constexpr std::size_t key_size = crypto_onetimeauth_poly1305_KEYBYTES;
    static constexpr std::size_t text_size = 64 - key_size;
    unsigned char octets[64] = {};
    [[nodiscard]] const unsigned char* tag_key() const noexcept { return octets; }
    [[nodiscard]] unsigned char* text() noexcept { return octets + key_size; }
    ~first_block() { sodium_memzero(octets, sizeof octets); }
};

struct salsa_nonce {
    explicit salsa_nonce(std::uint64_t counter) noexcept { store_u64(octets, counter); }
    std::byte octets[crypto_stream_salsa20_NONCEBYTES];
};

}  // namespace

static_assert(curve_direction::tag_size == crypto_onetimeauth_poly1305_BYTES);

curve_direction::curve_direction(const key& shared, std::string_view prefix) noexcept {
    crypto_core_hsalsa20(subkey_.data(), reinterpret_cast<const unsigned char*>(prefix.data()), shared.data(),
                         nullptr);
}

void curve_direction::seal(std::uint64_t counter, std::byte flags, bytes body, std::byte* tag,
                           std::byte* text) const noexcept {
    const salsa_nonce nonce(counter);
    first_block block;
    const auto front = body.first(std::min(body.size(), first_block::text_size - 1));
    block.text()[0] = std::to_integer<unsigned char>(flags);
    if (!front.empty()) std::memcpy(block.text() + 1, front.data(), front.size());
    crypto_stream_salsa20_xor(block.octets, block.octets, first_block::key_size + 1 + front.size(),
                              raw(nonce.octets), subkey_.data());
    std::memcpy(text, block.text(), 1 + front.size());
    const auto rest = body.subspan(front.size());
    if (!rest.empty())
        crypto_stream_salsa20_xor_ic(raw(text + first_block::text_size), raw(rest.data()), rest.size(),
                                     raw(nonce.octets), 1, subkey_.data());
    crypto_onetimeauth_poly1305(raw(tag), raw(text), 1 + body.size(), block.tag_key());
}

bool curve_direction::open(std::uint64_t counter, const std::byte* tag,
                           std::span<std::byte> text) const noexcept {
    const salsa_nonce nonce(counter);
    first_block block;
    crypto_stream_salsa20(block.octets, sizeof block.octets, raw(nonce.octets), subkey_.data());
    if (crypto_onetimeauth_poly1305_verify(raw(tag), raw(text.data()), text.size(), block.tag_key()) != 0)
        return false;
    const auto front = text.first(std::min(text.size(), first_block::text_size));
    for (std::size_t i = 0; i < front.size(); ++i) front[i] ^= std::byte{block.text()[i]};
    const auto rest = text.subspan(front.size());
    if (!rest.empty())
        crypto_stream_salsa20_xor_ic(raw(rest.data()), raw(rest.data()), rest.size(), raw(nonce.octets), 1,
                                     subkey_.data());
    return true;
}

}  // namespace zither::zmtp
