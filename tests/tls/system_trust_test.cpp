// TLS_TRUST_SYSTEM: the system's authorities are those that OpenSSL's environment variables name.
#include "certificates.hpp"

#include "../sockets/endpoints.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <openssl/pem.h>
#include <openssl/x509.h>

using namespace zither;
using namespace zither::test;
namespace told = zither::sockets::monitor_event;

namespace {

/// While it lives, the system trusts whom a test says. There are no other threads when it comes and goes.
class system_trust {
public:
    enum class by { file, folder };

    system_trust(const std::string& certificate, by how)
        : folder_(std::filesystem::temp_directory_path() / fresh_name()) {
        std::filesystem::create_directory(folder_);
        const auto file = folder_ / (how == by::file ? "all.pem" : name_of(certificate));
        std::ofstream(file) << certificate;
        const auto nowhere = (folder_ / "nothing").string();
        ::setenv("SSL_CERT_FILE", how == by::file ? file.c_str() : nowhere.c_str(), 1);
        ::setenv("SSL_CERT_DIR", how == by::file ? nowhere.c_str() : folder_.c_str(), 1);
    }
    ~system_trust() {
        ::unsetenv("SSL_CERT_FILE");
        ::unsetenv("SSL_CERT_DIR");
        std::filesystem::remove_all(folder_);
    }
    system_trust(const system_trust&) = delete;
    system_trust& operator=(const system_trust&) = delete;

private:
    /// By which OpenSSL looks for it.
    static std::string name_of(const std::string& certificate) {
        auto* from = BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size()));
        auto* read = PEM_read_bio_X509(from, nullptr, nullptr, nullptr);
        char name[16];
        std::snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(read));
        X509_free(read);
        BIO_free(from);
        return name;
    }

    const std::filesystem::path folder_;
};

/// A server that `root` vouches for, and a client of whom a test says whom it trusts.
struct meeting {
    explicit meeting(const authority& root) {
        const auto own = root.vouch_for({});
        pull.set(option::tls_certificate, own.certificate);
        pull.set(option::tls_private_key, own.key);
        push.set(option::reconnect_interval, 1ms);
    }
    /// What the client makes of the server: nothing was wrong, or the errno that its monitor is told.
    int outcome() {
        auto heard = make(in, socket_type::pair);
        const auto where = "inproc://" + fresh_name();
        REQUIRE(push.object()->monitor(where.c_str(), told::handshake_failed | told::handshake_succeeded) ==
                errc::ok);
        heard.connect(where);
        pull.bind("tls+tcp://127.0.0.1:*");
        push.connect(pull.last_endpoint());
        push.send("secret");
        const auto parts = next_all(heard);
        std::uint16_t number = 0;
        std::int32_t value = 0;
        std::memcpy(&number, parts[0].data(), sizeof number);
        std::memcpy(&value, parts[0].data() + sizeof number, sizeof value);
        if (number == told::handshake_succeeded) CHECK(received(pull) == "secret");
        return number == told::handshake_succeeded ? 0 : value;
    }

    context in;
    zither::socket pull = make(in, socket_type::pull);
    zither::socket push = make(in, socket_type::push);
};

using by = system_trust::by;

}  // namespace

TEST_CASE("tls: a client that trusts the system believes whom it vouches for, and nobody else") {
    const authority root, foreign("foreign");
    const auto how = GENERATE(by::file, by::folder);
    const bool vouched = GENERATE(true, false);
    const system_trust all((vouched ? root : foreign).certificate(), how);
    meeting one(root);
    one.push.set(option::tls_trust_system, true);
    CHECK(one.outcome() == (vouched ? 0 : EACCES));
}

TEST_CASE("tls: whom the system trusts does not count unless it was asked for") {
    const authority root, foreign("foreign");
    const system_trust all(root.certificate(), by::file);
    meeting one(root);
    one.push.set(option::tls_trust, foreign.certificate());
    const bool asked = GENERATE(true, false);
    one.push.set(option::tls_trust_system, asked);
    CHECK(one.outcome() == (asked ? 0 : EACCES));
}

TEST_CASE("tls: who is trusted by name is so beside the system's authorities") {
    const authority root, foreign("foreign");
    const system_trust all(foreign.certificate(), by::file);
    meeting one(root);
    one.push.set(option::tls_trust, root.certificate());
    one.push.set(option::tls_trust_system, true);
    CHECK(one.outcome() == 0);
}

TEST_CASE(
    "tls: a server that trusts the system alone asks no client, and one that asks believes the system") {
    const authority root, foreign("foreign");
    const system_trust all(root.certificate(), by::file);
    meeting one(root);
    one.pull.set(option::tls_trust_system, true);
    one.push.set(option::tls_trust_system, true);
    const bool asks = GENERATE(false, true);
    if (asks) {
        one.pull.set(option::tls_trust, foreign.certificate());
        const auto alice = root.vouch_for(client("alice"));
        one.push.set(option::tls_certificate, alice.certificate);
        one.push.set(option::tls_private_key, alice.key);
    }
    CHECK(one.outcome() == 0);
}
