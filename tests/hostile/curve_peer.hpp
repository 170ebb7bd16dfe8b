#pragma once

// A CURVE client whose octets pass through the test's hands before they are sent.

#include "raw_peer.hpp"

#include "zither/zmtp/session.hpp"

namespace zither::hostile {

/// Makes a socket a client of that server, with keys of its own.
inline void be_client(zither::socket& which, const key& server) {
    const auto own = key_pair::generate();
    which.set(option::curve_server_key, server.z85());
    which.set(option::curve_public_key, own.public_half.z85());
    which.set(option::curve_secret_key, own.secret_half.z85());
}

class curve_peer {
public:
    curve_peer(const std::string& where, const key& server,
               std::vector<zmtp::properties::entry> metadata = {})
        : wire(where), session_(settings(server, std::move(metadata)), zmtp::clock::now()) {}

    /// Everything said in it, or as much as was said before the server had enough.
    std::string shake_hands() {
        std::string all;
        for (;;) {
            const auto said = output();
            all += said;
            if (!said.empty() && !wire.give(said)) return all;
            if (session_.state() == zmtp::session::phase::traffic) return all;
            const auto heard = wire.hear();
            if (heard.empty()) return all;
            (void)session_.receive_handshake(zmtp::as_bytes(heard), zmtp::clock::now());
        }
    }
    bool in() const { return session_.state() == zmtp::session::phase::traffic; }
    /// A message as it goes out.
    std::string sealed(std::string_view body) {
        std::vector<std::byte> made;
        session_.seal(zmtp::as_bytes(body), false, made);
        return std::string(zmtp::as_text(made));
    }

    raw_peer wire;
    /// What a client's session is made of.
    static zmtp::session_settings settings(const key& server,
                                           std::vector<zmtp::properties::entry> metadata = {}) {
        const auto own = key_pair::generate();
        auto security = std::make_shared<zmtp::security_settings>();
        security->mechanism = zmtp::security_settings::kind::curve;
        security->public_key = own.public_half;
        security->secret_key = own.secret_half;
        security->server_key = server;
        zmtp::session_settings made;
        made.self = {socket_type::push, "", std::move(metadata), std::move(security)};
        return made;
    }

private:
    std::string output() {
        std::vector<std::byte> said;
        session_.take_output(said);
        return std::string(zmtp::as_text(said));
    }
    zmtp::session session_;
};

}  // namespace zither::hostile
