#pragma once

// What a CURVE handshake makes, when its random numbers are foreseen.

#include "foreseen.hpp"

#include "zither/zmtp/curve_command.hpp"
#include "zither/zmtp/metadata.hpp"

#include <sodium.h>

#include <string>
#include <vector>

namespace zither::wiping {

inline const std::string said_by_client = "what the client says of itself",
                         said_by_server = "what the server says of itself";

struct parties {
    key_pair server = key_pair::generate();
    key_pair client = key_pair::generate();
    key_pair other = key_pair::generate();  // for whose the client mistakes the server's
};

/// Memory that a test gives back itself would be found: what it knows is wiped, too.
struct secret {
    const char* what;
    zmtp::secret_text octets;
};

inline zmtp::secret_text text_of(const key& one) { return zmtp::as_text(one.octets()); }
inline zmtp::secret_text both(zmtp::secret_text one, std::string_view other) {
    one.append(other);
    return one;
}

/// What seals the traffic of one direction: XSalsa20's key for nonces that begin like this.
inline zmtp::secret_text traffic_key(const key& shared, const char* prefix) {
    key made;
    crypto_core_hsalsa20(made.data(), reinterpret_cast<const unsigned char*>(prefix), shared.data(), nullptr);
    return text_of(made);
}

/// A property as it stands in READY and INITIATE.
inline zmtp::secret_text property(const std::string& value) {
    zmtp::secret_octets made;
    zmtp::append_property(made, "X-Self", value);
    return zmtp::as_text(made);
}

/// All that follows from the keys of both.
inline std::vector<secret> secrets_of(const parties& of, const foreseen& numbers) {
    const key short_term{zmtp::as_bytes(numbers.key())};
    const auto short_public = key_pair::public_of(short_term);
    const auto agreed = [](const key& theirs, const key& ours) { return *zmtp::curve::agree(theirs, ours); };
    const auto shared = agreed(short_public, short_term);
    return {
        {"the short-term secret keys, and the cookie's key", numbers.key()},
        {"the key of HELLO and WELCOME", text_of(agreed(of.server.public_half, short_term))},
        {"the key of HELLO that is for another server", text_of(agreed(of.other.public_half, short_term))},
        {"the vouch's key", text_of(agreed(short_public, of.client.secret_half))},
        {"the key of INITIATE and READY", text_of(shared)},
        {"the key of the client's traffic", traffic_key(shared, "CurveZMQMESSAGEC")},
        {"the key of the server's traffic", traffic_key(shared, "CurveZMQMESSAGES")},
        {"the cookie's text", both(text_of(short_public), numbers.key())},
        {"WELCOME's text", both(text_of(short_public), numbers.nonce())},
        {"the vouch's text", both(text_of(short_public), text_of(of.server.public_half))},
        {"the front of INITIATE's text", both(text_of(of.client.public_half), numbers.nonce())},
        {"the metadata in INITIATE", property(said_by_client)},
        {"the metadata in READY", property(said_by_server)},
    };
}

}  // namespace zither::wiping
