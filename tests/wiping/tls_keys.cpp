// A TLS key is in no memory that was given back, neither ours nor OpenSSL's, and neither is what came sealed.
#include "freed.hpp"

#include "../sockets/endpoints.hpp"
#include "../tls/certificates.hpp"

#include "zither/transport/tls.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include <malloc.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

using namespace zither;
using namespace zither::test;
using namespace zither::wiping;

namespace {

// OpenSSL's own memory: what it gives back comes by the linker's way here (tests/CMakeLists.txt), too.
void* take(std::size_t size, const char*, int) { return std::malloc(size); }
void give_back(void* block, const char*, int) { std::free(block); }
void* take_again(void* block, std::size_t size, const char*, int) {
    void* const made = std::malloc(size);
    if (made && block) {
        std::memcpy(made, block, std::min(size, ::malloc_usable_size(block)));
        std::free(block);
    }
    return made;
}
// Before OpenSSL takes any.
const bool looked_through = CRYPTO_set_mem_functions(take, take_again, give_back) == 1;

/// The secret number of an elliptic curve's key: as it stands in a file, and as OpenSSL computes with it.
struct secret_number {
    explicit secret_number(const std::string& pem) {
        const std::unique_ptr<BIO, int (*)(BIO*)> from(
            BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
        const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
            PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
        BIGNUM* number = nullptr;
        REQUIRE(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1);
        in_file.resize(32);
        REQUIRE(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(in_file.data()), 32) == 32);
        BN_clear_free(number);
        in_use.assign(in_file.rbegin(), in_file.rend());
    }
    std::string in_file;
    std::string in_use;  // on a machine that stores the low octet first
};

/// A line of the key's text, which has most of it.
std::string line_of(const std::string& pem) {
    const auto begin = pem.find('\n') + 1;
    return pem.substr(begin, pem.find('\n', begin) - begin);
}

struct keys {
    authority root;
    identity server = root.vouch_for({});
    identity caller = root.vouch_for(client("caller"));
};

}  // namespace

TEST_CASE("what OpenSSL gives back unwiped is found") {
    REQUIRE(looked_through);
    const std::string said = "something OpenSSL was given";
    search_for(said);
    OPENSSL_free(OPENSSL_strdup(said.c_str()));
    CHECK(found() == 1);
    auto* const wiped = OPENSSL_strdup(said.c_str());
    OPENSSL_clear_free(wiped, said.size());
    CHECK(found() == 1);
    search_for({});
}

TEST_CASE("sockets leave nothing of a TLS key, its text or its number, ours or OpenSSL's") {
    const keys by;
    const bool of_server = GENERATE(true, false);
    const auto& watched = of_server ? by.server.key : by.caller.key;
    const secret_number number(watched);
    const auto secret = GENERATE_COPY(line_of(watched), number.in_file, number.in_use);
    search_for(secret);
    {
        context in;
        auto pull = make(in, socket_type::pull);
        pull.set(option::tls_certificate, by.server.certificate);
        pull.set(option::tls_private_key, by.server.key);
        pull.set(option::tls_trust, by.root.certificate());
        pull.bind("tls+tcp://127.0.0.1:*");
        auto push = make(in, socket_type::push);
        push.set(option::tls_trust, by.root.certificate());
        push.set(option::tls_certificate, by.caller.certificate);
        push.set(option::tls_private_key, by.caller.key);
        push.connect(pull.last_endpoint());
        push.send("hello");
        CHECK(received(pull) == "hello");
        // Another takes its place.
        pull.set(option::tls_private_key, by.root.vouch_for({}).key);
        push.set(option::tls_private_key, "");
    }
    CHECK(found() == 0);
    CHECK_FALSE(in_a_chunk(secret));
    search_for({});
}

TEST_CASE("what came sealed stays in none of the buffers it was opened in") {
    const keys by;
    const std::string secret = "a PLAIN password, sent through TLS";
    std::shared_ptr<const transport::tls_context> serving, calling;
    transport::tls_settings settings;
    settings.certificates = by.server.certificate;
    settings.key = by.server.key;
    REQUIRE(transport::tls_context::create(settings, transport::tls_role::server, "", serving) == errc::ok);
    transport::tls_settings trusting;
    trusting.trusted = by.root.certificate();
    REQUIRE(transport::tls_context::create(trusting, transport::tls_role::client, "localhost", calling) ==
            errc::ok);
    std::vector<char> room(100'000);
    std::vector<std::vector<std::byte>> wires;  // the test's
    search_for(secret);
    {
        const auto server = serving->make_seal(), client = calling->make_seal();
        std::size_t heard = 0;
        const auto carry = [&](transport::stream_seal& from, transport::stream_seal& to) {
            from.take_output(wires.emplace_back());
            const iovec into{room.data(), room.size()};
            heard = to.open(wires.back(), {&into, 1});
        };
        for (int i = 0; i < 3; ++i) carry(*client, *server), carry(*server, *client);
        REQUIRE(client->seal(zmtp::as_bytes(secret)));
        carry(*client, *server);
        CHECK(std::string_view(room.data(), heard) == secret);
    }
    CHECK(found() == 0);
    search_for({});
}
