#include "zither/zmtp/key.hpp"

#include "zither/zmtp/curve_command.hpp"
#include "zither/zmtp/z85.hpp"

#include <sodium.h>

namespace zither::zmtp {

static_assert(key::size == crypto_box_PUBLICKEYBYTES && key::size == crypto_box_SECRETKEYBYTES &&
              key::size == crypto_box_BEFORENMBYTES);

key::~key() { sodium_memzero(octets_.data(), size); }

std::optional<key> key::from(std::string_view text) {
    if (text.size() == size) return key(as_bytes(text));
    if (text.size() != text_size) return std::nullopt;
    auto octets = z85_decode(text);
    if (!octets) return std::nullopt;
    const key made{bytes(*octets)};
    sodium_memzero(octets->data(), octets->size());
    return made;
}

std::string key::z85() const { return *z85_encode(octets_); }
void key::write_z85(char* to) const noexcept { z85_write(octets_, to); }

bool operator==(const key& one, const key& other) noexcept {
    return sodium_memcmp(one.octets_.data(), other.octets_.data(), key::size) == 0;
}

key_pair key_pair::generate() {
    curve::prepare();
    key_pair made;
    crypto_box_keypair(made.public_half.data(), made.secret_half.data());
    return made;
}

key key_pair::public_of(const key& secret) noexcept {
    key made;
    crypto_scalarmult_base(made.data(), secret.data());
    return made;
}

}  // namespace zither::zmtp
