// PLAIN's handshake (RFC 24) with a real name and password: either side hears commands in any order and of
// any content. A server lets in whoever shows the right words and nobody else.
#include "listener.hpp"

#include "zither/zmtp/command.hpp"
#include "zither/zmtp/metadata.hpp"

using namespace zither;
using namespace zither::fuzz;

namespace {

const std::string name = "admin", password = "secret";
constexpr unsigned commands_max = 6;

zmtp::session_settings side(bool server) {
    zmtp::security_settings security;
    security.mechanism = zmtp::security_settings::kind::plain;
    security.as_server = server;
    security.username = name;
    security.password = password;
    zmtp::session_settings made;
    made.self.type = server ? socket_type::pull : socket_type::push;
    made.self.security = std::make_shared<zmtp::security_settings>(security);
    return made;
}

std::string greeting(bool server) {
    std::string made("\xff\0\0\0\0\0\0\0\0\x7f\3\1PLAIN", 17);
    made.resize(64);
    made[32] = server ? 1 : 0;
    return made;
}

std::string with_size(const std::string& text) {
    return static_cast<char>(static_cast<unsigned char>(text.size())) + text;
}

/// A command as it should be, or nearly so, or any octets.
std::string command_from(input& from) {
    const char* const names[] = {"HELLO", "WELCOME", "INITIATE", "READY", "ERROR", "PING", "MESSAGE"};
    const auto which = from.below(8);
    if (which == 7) return from.text(60);
    std::string data;
    std::vector<std::byte> properties;
    if (from.below(4) == 0) {
        data = from.text(60);
    } else if (which == 0) {
        data =
            with_size(from.flag() ? name : from.text(20)) + with_size(from.flag() ? password : from.text(20));
    } else if (which == 2 || which == 3) {
        zmtp::append_property(properties, "Socket-Type", from.flag() ? "PUSH" : "PULL");
        if (from.flag()) zmtp::append_property(properties, from.text(9) + "x", from.text(60));
        data = as_text(bytes(properties));
    }
    std::vector<std::byte> frame;
    zmtp::append_command(frame, names[which], as_bytes(data));
    return std::string(as_text(bytes(frame)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    const bool server = from.flag();
    listener us(side(server));
    us.hear(as_bytes(greeting(!server)));
    bool allowed = false;
    for (unsigned i = 0; i < commands_max && !us.closed() && !us.shook_hands(); ++i) {
        us.hear(as_bytes(command_from(from)));
        if (!us.talk().asking()) continue;
        must(server && !allowed, "a server asks, and once");
        const auto shown = us.talk().request().credentials;
        must(shown.size() == 2, "a name and a password");
        allowed = shown[0] == name && shown[1] == password;
        zmtp::zap_reply reply;
        reply.status = allowed ? 200 : 400;
        us.answer(reply);
        if (!allowed) must(us.closed(), "the wrong words end it");
    }
    const auto result = us.result();
    if (us.shook_hands() && server) must(allowed, "nobody comes in without the words");
    if (!us.shook_hands()) must(result.messages.empty(), "nothing is heard before the handshake");
    if (!server) must(result.said.find(name) < 128, "a client says who it is at once");
    return 0;
}
