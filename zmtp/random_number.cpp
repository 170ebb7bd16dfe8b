#include "zither/zmtp/random_number.hpp"

#include <sodium.h>

namespace zither::zmtp {

std::uint32_t random_number() noexcept {
    // Libsodium looks for its source when it is first asked, which is not safe in several threads at once.
    [[maybe_unused]] static const bool ready = (::randombytes_stir(), true);
    return ::randombytes_random();
}

}  // namespace zither::zmtp
