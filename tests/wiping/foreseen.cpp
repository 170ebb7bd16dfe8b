#include "foreseen.hpp"

#include <sodium.h>

#include <atomic>
#include <cstring>

namespace zither::wiping {

namespace {

constexpr std::size_t key_size = 32, nonce_size = 16;
char the_key[key_size];
char the_nonce[nonce_size];
std::atomic<std::size_t> keys{0};

const char* name() { return "foreseen"; }
std::uint32_t next() { return 4; }
void fill(void* const to, const std::size_t size) {
    if (size == key_size) {
        ++keys;
        std::memcpy(to, the_key, key_size);
    } else if (size == nonce_size) {
        std::memcpy(to, the_nonce, nonce_size);
    } else {
        randombytes_sysrandom_implementation.buf(to, size);
    }
}

}  // namespace

foreseen::foreseen() {
    static randombytes_implementation ours{name, next, nullptr, nullptr, fill, nullptr};
    randombytes_buf(the_key, key_size);
    randombytes_buf(the_nonce, nonce_size);
    keys = 0;
    randombytes_set_implementation(&ours);
}
foreseen::~foreseen() {
    randombytes_set_implementation(&randombytes_sysrandom_implementation);
    sodium_memzero(the_key, key_size);
}

zmtp::secret_text foreseen::key() const { return std::string_view(the_key, key_size); }
zmtp::secret_text foreseen::nonce() const { return std::string_view(the_nonce, nonce_size); }
std::size_t foreseen::keys_made() const noexcept { return keys; }

}  // namespace zither::wiping
