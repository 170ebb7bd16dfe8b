#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace zither::transport::tls {

/// Frees what OpenSSL made.
struct frees {
    void operator()(BIO* one) const noexcept { BIO_free(one); }
    void operator()(EVP_PKEY* one) const noexcept { EVP_PKEY_free(one); }
    void operator()(X509* one) const noexcept { X509_free(one); }
};
using bio_ptr = std::unique_ptr<BIO, frees>;
using key_ptr = std::unique_ptr<EVP_PKEY, frees>;
using certificate_ptr = std::unique_ptr<X509, frees>;

/// All certificates of the text in their order; nothing when there is none, or one cannot be read.
[[nodiscard]] std::optional<std::vector<certificate_ptr>> read_certificates(std::string_view pem);
/// The private key; null when there is none, or it has a passphrase.
[[nodiscard]] key_ptr read_private_key(std::string_view pem);

}  // namespace zither::transport::tls
