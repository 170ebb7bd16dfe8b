// The options of TLS.
#include "zither/sockets/options.hpp"

#include <climits>

namespace zither::sockets {

namespace {

using kind = option_row::kind;
using settings = transport::tls_settings;
using check = errc (*)(std::string_view);

// The whole of a system's list of authorities is a quarter of it.
constexpr std::int64_t pem_max = 1 << 20;

template <auto member, check valid>
option_row pem_row(int number, const char* name, const char* says) {
    return {number,
            name,
            kind::text,
            0,
            pem_max,
            false,
            true,
            says,
            nullptr,
            nullptr,
            nullptr,
            [](options& o, std::string_view text) {
                if (const auto error = text.empty() ? errc::ok : valid(text); error != errc::ok) return error;
                changed(o.tls).*member = text;
                return errc::ok;
            }};
}

const option_row table[] = {
    pem_row<&settings::certificates, transport::check_certificates>(
        10111, "TLS_CERT_PEM", "this side's certificate, then those that vouch for it, in PEM"),
    pem_row<&settings::key, transport::check_private_key>(
        10112, "TLS_KEY_PEM", "the private key of TLS_CERT_PEM, in PEM, without a passphrase"),
    pem_row<&settings::trusted, transport::check_certificates>(
        10113, "TLS_TRUST_PEM", "the certificates whose word on peers counts, in PEM"),
    {10114, "TLS_TRUST_SYSTEM", kind::boolean, 0, 1, true, true,
     "the word of the system's authorities counts, too",
     [](const options& o) -> std::int64_t { return o.tls->trust_system; },
     [](options& o, std::int64_t v) { changed(o.tls).trust_system = v != 0; }},
    {10115, "TLS_HOSTNAME", kind::text, 0, 255, true, true,
     "whom a connecting socket expects; none is the endpoint's host, \"*\" whoever is vouched for", nullptr,
     nullptr, [](const options& o) { return o.tls->hostname; },
     [](options& o, std::string_view v) {
         changed(o.tls).hostname = v;
         return errc::ok;
     }},
    {10116, "TLS_CLIENT_CERT", kind::integer, -1, 2, true, true,
     "what a bound socket asks of its clients: nothing (0), a certificate of those who have one (1), a "
     "certificate (2); -1 is 2 with TLS_TRUST_PEM, else 0",
     [](const options& o) -> std::int64_t { return static_cast<int>(o.tls->from_clients); },
     [](options& o, std::int64_t v) { changed(o.tls).from_clients = static_cast<settings::wanted>(v); }},
};

}  // namespace

std::span<const option_row> tls_option_table() noexcept { return table; }

}  // namespace zither::sockets
