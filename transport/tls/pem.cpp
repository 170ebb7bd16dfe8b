#include "zither/transport/tls/pem.hpp"

#include "zither/transport/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace zither::transport {

namespace tls {

namespace {

bio_ptr reader(std::string_view text) {
    return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without one OpenSSL asks at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::optional<std::vector<certificate_ptr>> read_certificates(std::string_view pem) {
    const auto from = reader(pem);
    if (!from) return std::nullopt;
    std::vector<certificate_ptr> found;
    ERR_clear_error();
    while (auto* one = PEM_read_bio_X509(from.get(), nullptr, no_passphrase, nullptr))
        found.emplace_back(one);
    const auto why = ERR_peek_last_error();
    ERR_clear_error();
    // The end of the text is told as an error, too.
    const bool at_end = ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
    if (found.empty() || !at_end) return std::nullopt;
    return found;
}

key_ptr read_private_key(std::string_view pem) {
    const auto from = reader(pem);
    key_ptr found(from ? PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr) : nullptr);
    ERR_clear_error();
    return found;
}

}  // namespace tls

bool tls_available() noexcept { return true; }

errc check_certificates(std::string_view pem) {
    return tls::read_certificates(pem) ? errc::ok : errc::invalid_argument;
}

errc check_private_key(std::string_view pem) {
    return tls::read_private_key(pem) ? errc::ok : errc::invalid_argument;
}

}  // namespace zither::transport
