#pragma once

#include "engine_probe.hpp"
#include "lane_probe.hpp"

#include <string>
#include <utility>

namespace zither::transport::test {

inline zmtp::session_settings settings_of(zmtp::socket_type type) {
    zmtp::session_settings made;
    made.self.type = type;
    return made;
}

inline std::string property(const std::string& name, const std::string& value) {
    return static_cast<char>(name.size()) + name + std::string(3, '\0') + static_cast<char>(value.size()) +
           value;
}

/// A command frame, short or long as its size asks.
inline std::string command(const std::string& name, const std::string& data = {}) {
    auto made = wire_of_part(static_cast<char>(name.size()) + name + data, false);
    made[0] = static_cast<char>(made[0] | 4);
    return made;
}

inline const std::string greeting =
    std::string("\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL", 16) + std::string(48, '\0');

inline std::string opening(const std::string& type) {
    return greeting + command("READY", property("Socket-Type", type));
}

/// A half of a socket behind its handshake.
struct shaken : half_of_a_socket {
    shaken(zmtp::session_settings ours, const std::string& peer)
        : half_of_a_socket(std::move(ours)), type(peer) {
        shake();
    }
    void shake() {
        connect();
        hear(opening(type));
        REQUIRE(link);
        REQUIRE(pipe.link == link);
        (void)said();
    }
    std::string type;
};

}  // namespace zither::transport::test
