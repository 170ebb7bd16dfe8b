#pragma once

#include "conversations.hpp"

#include "zither/zmtp/curve_command.hpp"

namespace zither::zmtp::test {

inline session_settings curve_settings(socket_type type, const security_settings& with) {
    auto made = settings_of(type);
    made.self.security = std::make_shared<security_settings>(with);
    return made;
}

/// The keys of a server and of a client that knows it.
struct curve_keys {
    key_pair server = (curve::prepare(), key_pair::generate());
    key_pair client = key_pair::generate();

    security_settings for_server() const {
        security_settings made;
        made.mechanism = security_settings::kind::curve;
        made.as_server = true;
        made.zap_enforce_domain = true;  // without a domain: nobody is asked
        made.secret_key = server.secret_half;
        return made;
    }
    security_settings for_client() const {
        security_settings made;
        made.mechanism = security_settings::kind::curve;
        made.public_key = client.public_half;
        made.secret_key = client.secret_half;
        made.server_key = server.public_half;
        return made;
    }
};

inline octets curve_greeted() { return signature() + wire("03") + rest_of_greeting("01", "'CURVE' 00*15"); }

/// A PUSH and a PULL behind their greetings, who talk through memory, command by command.
struct curve_talk {
    explicit curve_talk(const curve_keys& with = {}, std::int64_t largest = -1)
        : curve_talk(with.for_server(), with.for_client(), largest) {}
    curve_talk(const security_settings& serving, const security_settings& calling, std::int64_t largest = -1,
               socket_type server_type = socket_type::pull, socket_type client_type = socket_type::push)
        : server(limited(curve_settings(server_type, serving), largest)),
          client(curve_settings(client_type, calling)) {
        server.hear(curve_greeted());
        client.hear(curve_greeted());
        server_heard = client_heard = 64;
    }

    octets from_client() { return news(client, client_heard); }
    octets from_server() { return news(server, server_heard); }

    octets hello() { return from_client(); }
    octets welcome() {
        server.hear(hello());
        return from_server();
    }
    octets initiate() {
        client.hear(welcome());
        return from_client();
    }
    octets ready() {
        server.hear(initiate());
        return from_server();
    }
    void shake_hands() {
        client.hear(ready());
        REQUIRE(server.in_traffic());
        REQUIRE(client.in_traffic());
    }

    /// A message as the client puts it on the wire.
    octets sealed(const parts& message) {
        octets made;
        for (std::size_t i = 0; i < message.size(); ++i)
            client.talk().seal(as_bytes(message[i]), i + 1 < message.size(), made);
        return made;
    }

    listening_side server;
    listening_side client;

private:
    static session_settings limited(session_settings made, std::int64_t largest) {
        made.message_size_max = largest;
        return made;
    }
    static octets news(listening_side& from, std::size_t& heard) {
        const auto& all = from.said();
        octets made(all.begin() + static_cast<std::ptrdiff_t>(heard), all.end());
        heard = all.size();
        return made;
    }
    std::size_t client_heard = 0;
    std::size_t server_heard = 0;
};

}  // namespace zither::zmtp::test
