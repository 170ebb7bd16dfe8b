#pragma once

#include "zither/zmtp/secret.hpp"

#include <cstddef>

/// Random numbers that a test knows, so that it can look for what they became.
namespace zither::wiping {

/// While it lives, whoever asks libsodium for 32 octets gets `key`, each time anew, and for 16 `nonce`. Each
/// one has others. One at a time.
class foreseen {
public:
    foreseen();
    ~foreseen();
    foreseen(const foreseen&) = delete;
    foreseen& operator=(const foreseen&) = delete;

    [[nodiscard]] zmtp::secret_text key() const;
    [[nodiscard]] zmtp::secret_text nonce() const;
    /// How many keys were made so far.
    [[nodiscard]] std::size_t keys_made() const noexcept;
};

}  // namespace zither::wiping
