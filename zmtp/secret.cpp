#include "zither/zmtp/secret.hpp"

#include <sodium.h>

namespace zither::zmtp {

void wipe(void* from, std::size_t octets) noexcept {
    if (octets > 0) sodium_memzero(from, octets);
}

}  // namespace zither::zmtp
