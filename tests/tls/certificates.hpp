#pragma once

// Certificates for the tests, made when they run.

#include <string>

namespace zither::test {

/// A certificate and its key, in PEM.
struct identity {
    std::string certificate;
    std::string key;
};

/// What a certificate says; the defaults are an honest server's on this machine.
struct claims {
    std::string common_name = "server";
    std::string names = "DNS:localhost,IP:127.0.0.1";  ///< subjectAltName; empty: none
    std::string purpose = "serverAuth";                ///< extendedKeyUsage; empty: any
    int valid_from_s = -3600;                          ///< from now
    int valid_for_s = 86400;
};

/// Somebody who vouches for others, or only for itself.
class authority {
public:
    explicit authority(const std::string& name = "authority");
    ~authority();
    authority(const authority&) = delete;
    authority& operator=(const authority&) = delete;

    [[nodiscard]] std::string certificate() const;
    [[nodiscard]] identity vouch_for(const claims& who) const;

private:
    struct parts;
    parts* parts_;
};

/// Vouched for by nobody else.
[[nodiscard]] identity self_signed(const claims& who);

inline claims client(const std::string& name) { return {name, "", "clientAuth"}; }

}  // namespace zither::test
