#include "zither/zmtp/curve_command.hpp"

#include <sodium.h>

namespace zither::zmtp::curve {

namespace {
unsigned char* raw(std::byte* at) { return reinterpret_cast<unsigned char*>(at); }
const unsigned char* raw(const std::byte* at) { return reinterpret_cast<const unsigned char*>(at); }
}  // namespace

void append_counter(octets& to, std::uint64_t counter) {
    std::byte made[counter_size];
    store_u64(made, counter);
    append(to, made);
}

octets random_octets(std::size_t size) {
    octets made(size);
    randombytes_buf(made.data(), size);
    return made;
}

void prepare() noexcept { [[maybe_unused]] static const int ready = sodium_init(); }

std::optional<key> agree(const key& their_public, const key& our_secret) noexcept {
    key shared;
    if (crypto_box_beforenm(shared.data(), their_public.data(), our_secret.data()) != 0) return std::nullopt;
    return shared;
}

void seal(octets& to, bytes text, const curve_nonce& nonce, const key& shared) {
    const auto start = to.size();
    to.resize(start + boxed(text.size()));
    crypto_box_easy_afternm(raw(to.data() + start), raw(text.data()), text.size(), nonce.data(),
                            shared.data());
}

std::optional<octets> open(bytes box, const curve_nonce& nonce, const key& shared) {
    if (box.size() < tag_size) return std::nullopt;
    octets text(box.size() - tag_size);
    if (crypto_box_open_easy_afternm(raw(text.data()), raw(box.data()), box.size(), nonce.data(),
                                     shared.data()) != 0)
        return std::nullopt;
    return text;
}

}  // namespace zither::zmtp::curve
