// What all connections of one endpoint share: versions, ciphers, certificates, whom to trust.
#include "zither/transport/tls.hpp"
#include "zither/transport/tls/pem.hpp"
#include "zither/transport/tls/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace zither::transport {

namespace {

using wanted = tls_settings::wanted;

// 112 bits: RSA from 2048 on, no SHA-1.
constexpr int security_level = 2;
// With forward secrecy and authenticated encryption; those of TLS 1.3 have nothing else.
constexpr const char* ciphers_before_1_3 = "ECDHE+AESGCM:ECDHE+CHACHA20";
// A peer's whole chain, in octets.
constexpr long chain_max = 32 * 1024;

struct frees {
    void operator()(SSL_CTX* one) const noexcept { SSL_CTX_free(one); }
};
using shared_ptr = std::unique_ptr<SSL_CTX, frees>;

class openssl_context final : public tls_context {
public:
    openssl_context(shared_ptr shared, tls_role role, std::string name)
        : shared_(std::move(shared)), role_(role), name_(std::move(name)) {}

    std::unique_ptr<stream_seal> make_seal() const override {
        tls_stream::session_ptr one(SSL_new(shared_.get()));
        if (!one) return nullptr;
        if (!name_.empty() && SSL_set_tlsext_host_name(one.get(), name_.c_str()) != 1) return nullptr;
        return tls_stream::create(std::move(one), role_);
    }

private:
    const shared_ptr shared_;
    const tls_role role_;
    const std::string name_;  // that a client asks for; empty: none, or an address
};

bool prepare(SSL_CTX* to) {
    SSL_CTX_set_options(to, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT);
    // Every connection shows its certificate anew, and an idle one holds no buffers.
    SSL_CTX_set_session_cache_mode(to, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(to, 0);
    SSL_CTX_set_mode(to, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(to, chain_max);
    SSL_CTX_set_security_level(to, security_level);
    return SSL_CTX_set_min_proto_version(to, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(to, 0) == 1 && SSL_CTX_set_cipher_list(to, ciphers_before_1_3) == 1;
}

bool show_certificate(SSL_CTX* to, const tls_settings& by) {
    if (by.certificates.empty() && by.key.size() == 0) return true;
    const auto chain = tls::read_certificates(by.certificates);
    const auto key = tls::read_private_key(by.key);
    if (!chain || !key) return false;
    if (SSL_CTX_use_certificate(to, chain->front().get()) != 1) return false;
    for (std::size_t i = 1; i < chain->size(); ++i)
        if (SSL_CTX_add1_chain_cert(to, (*chain)[i].get()) != 1) return false;
    return SSL_CTX_use_PrivateKey(to, key.get()) == 1 && SSL_CTX_check_private_key(to) == 1;
}

bool trust(SSL_CTX* to, const tls_settings& by) {
    if (by.trust_system && SSL_CTX_set_default_verify_paths(to) != 1) return false;
    if (by.trusted.empty()) return true;
    const auto trusted = tls::read_certificates(by.trusted);
    if (!trusted) return false;
    auto* store = SSL_CTX_get_cert_store(to);
    for (const auto& one : *trusted)
        if (X509_STORE_add_cert(store, one.get()) != 1) return false;
    // Who is named is trusted, whoever vouched for it.
    return X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

bool expect_host(SSL_CTX* by, const std::string& host) {
    if (host.empty()) return false;  // which OpenSSL takes for anybody
    auto* rules = SSL_CTX_get0_param(by);
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1) return true;
    ERR_clear_error();
    // RFC 6125: a common name is no host's.
    X509_VERIFY_PARAM_set_hostflags(
        rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1;
}

bool is_address(const std::string& host) {
    const std::unique_ptr<ASN1_OCTET_STRING, void (*)(ASN1_OCTET_STRING*)> octets(a2i_IPADDRESS(host.c_str()),
                                                                                  ASN1_OCTET_STRING_free);
    ERR_clear_error();
    return octets != nullptr;
}

/// Whom a client expects; "*" is anybody.
std::string expected(const tls_settings& by, std::string_view endpoint_host) {
    std::string host =
        by.hostname.empty() ? std::string(endpoint_host.substr(0, endpoint_host.find('%'))) : by.hostname;
    if (host.size() > 1 && host.back() == '.') host.pop_back();
    return host;
}

int server_mode(const tls_settings& by) {
    switch (by.from_clients) {
        case wanted::by_trust:
            return by.trusted.empty() ? SSL_VERIFY_NONE : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        case wanted::nothing: return SSL_VERIFY_NONE;
        case wanted::offered: return SSL_VERIFY_PEER;
        case wanted::required: return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

}  // namespace

errc tls_context::create(const tls_settings& by, tls_role role, std::string_view host,
                         std::shared_ptr<const tls_context>& out) {
    // Threads of ours may still run when the program's atexit functions do.
    (void)OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);
    const bool server = role == tls_role::server;
    const auto mode = server ? server_mode(by) : SSL_VERIFY_PEER;
    const bool nobody_trusted = by.trusted.empty() && !by.trust_system;
    if ((mode != SSL_VERIFY_NONE && nobody_trusted) || (server && by.certificates.empty()))
        return errc::invalid_argument;
    shared_ptr shared(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
    if (!shared) return errc::no_memory;
    SSL_CTX_set_verify(shared.get(), mode, nullptr);
    auto name = server ? std::string("*") : expected(by, host);
    const bool fits = prepare(shared.get()) && show_certificate(shared.get(), by) &&
                      trust(shared.get(), by) && (name == "*" || expect_host(shared.get(), name));
    ERR_clear_error();
    if (!fits) return errc::invalid_argument;
    if (name == "*" || is_address(name)) name.clear();
    out = std::make_shared<openssl_context>(std::move(shared), role, std::move(name));
    return errc::ok;
}

}  // namespace zither::transport
