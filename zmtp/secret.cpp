#include "zither/zmtp/secret.hpp"

#include <sodium.h>

namespace zither::zmtp {

void wipe(void* from, std::size_t octets) noexcept {
    if (octets > 0) sodium_memzero(from, octets);
}

bool operator==(const secret_text& one, const secret_text& other) noexcept {
    return one.size() == other.size() &&
           sodium_memcmp(one.characters_.data(), other.characters_.data(), one.size()) == 0;
}

}  // namespace zither::zmtp
