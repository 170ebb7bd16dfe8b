#include "certificates.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace zither::test {

namespace {

struct frees {
    void operator()(BIO* one) const { BIO_free(one); }
    void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
    void operator()(X509* one) const { X509_free(one); }
};
using bio = std::unique_ptr<BIO, frees>;
using key = std::unique_ptr<EVP_PKEY, frees>;
using x509 = std::unique_ptr<X509, frees>;

template <class Write>
std::string pem(Write&& write) {
    const bio to(BIO_new(BIO_s_mem()));
    if (!to || write(to.get()) != 1) throw std::runtime_error("no PEM");
    char* begin = nullptr;
    const auto size = BIO_get_mem_data(to.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* one) {
    return pem([&](BIO* to) { return PEM_write_bio_X509(to, one); });
}
std::string pem_of(EVP_PKEY* one) {
    return pem(
        [&](BIO* to) { return PEM_write_bio_PrivateKey(to, one, nullptr, nullptr, 0, nullptr, nullptr); });
}

void extend(X509* to, X509* by, int what, const std::string& value) {
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, by, to, nullptr, nullptr, 0);
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    if (!extension) throw std::runtime_error("no extension of " + value);
    X509_add_ext(to, extension, -1);
    X509_EXTENSION_free(extension);
}

/// Signed by `by`, or by itself.
x509 make(const claims& who, EVP_PKEY* own, X509* by, EVP_PKEY* signs, bool vouches) {
    x509 made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), who.valid_from_s);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), who.valid_from_s + who.valid_for_s);
    auto* name = X509_get_subject_name(made.get());
    const auto add = [&](const char* field, const std::string& value) {
        X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value.data()),
                                   static_cast<int>(value.size()), -1, 0);
    };
    add("O", "Zither, tested");
    add("CN", who.common_name);
    auto* issuer = by ? by : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    X509_set_pubkey(made.get(), own);
    extend(made.get(), issuer, NID_basic_constraints, vouches ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(made.get(), issuer, NID_ext_key_usage, vouches ? "" : who.purpose);
    extend(made.get(), issuer, NID_subject_alt_name, vouches ? "" : who.names);
    if (X509_sign(made.get(), signs, EVP_sha256()) == 0) throw std::runtime_error("not signed");
    return made;
}

}  // namespace

struct authority::parts {
    key own;
    x509 certificate;
};

authority::authority(const std::string& name) : parts_(new parts{key(EVP_EC_gen("P-256")), nullptr}) {
    parts_->certificate = make({name}, parts_->own.get(), nullptr, parts_->own.get(), true);
}

authority::~authority() { delete parts_; }

std::string authority::certificate() const { return pem_of(parts_->certificate.get()); }

identity authority::vouch_for(const claims& who) const {
    const key own(EVP_EC_gen("P-256"));
    const auto made = make(who, own.get(), parts_->certificate.get(), parts_->own.get(), false);
    return {pem_of(made.get()), pem_of(own.get())};
}

identity self_signed(const claims& who) {
    const key own(EVP_EC_gen("P-256"));
    return {pem_of(make(who, own.get(), nullptr, own.get(), false).get()), pem_of(own.get())};
}

}  // namespace zither::test
