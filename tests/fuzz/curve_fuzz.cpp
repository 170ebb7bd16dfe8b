// CURVE's handshake (RFC 25, 26) with real keys. The peer knows them all: what it says of itself may be
// anything, and on the way a command may be changed, cut, repeated, or have others before it. Who was
// tampered with does not come in.
#include "curve_peers.hpp"

using namespace zither;
using namespace zither::fuzz;

namespace {

constexpr int commands_max = 4;
// HELLO's padding says nothing: 2 of header, the name, the version, then 72.
constexpr std::size_t padding_begin = 2 + 6 + 2, padding_end = padding_begin + 72;

/// Properties, mostly well-formed.
octets metadata_from(input& from, bool server) {
    octets made;
    if (from.below(8) == 0) {
        const auto any = from.text(200);
        zmtp::append(made, as_bytes(any));
        return made;
    }
    zmtp::append_property(made, "Socket-Type", server ? "PULL" : from.flag() ? "PUSH" : from.text(6));
    for (unsigned i = from.below(4); i > 0; --i)
        zmtp::append_property(made, from.flag() ? "Identity" : from.text(20) + "x", from.text(255));
    return made;
}

struct meddler {
    input& from;
    bool meddled = false;

    /// What arrives of a frame.
    std::string change(const octets& frame, bool first) {
        std::string made(as_text(bytes(frame)));
        switch (from.below(10)) {
            case 0: {
                const auto at = (from.octet() * 256U + from.octet()) % made.size();
                const auto with = static_cast<char>(from.octet());
                made[at] = static_cast<char>(made[at] ^ with);
                meddled |= with != 0 && !(first && at >= padding_begin && at < padding_end);
                break;
            }
            case 1:
                made.resize(made.size() - 1 - from.octet() % made.size());
                meddled = true;
                break;
            case 2: {
                const auto before = from.text(255);
                made = before + made;
                meddled |= !before.empty();
                break;
            }
            case 3: {
                octets before;
                const char* const names[] = {"HELLO", "WELCOME", "INITIATE", "READY", "MESSAGE", "PING"};
                zmtp::append_command(before, names[from.below(6)], as_bytes(from.text(255)));
                made = std::string(as_text(bytes(before))) + made;
                meddled = true;
                break;
            }
            default: break;
        }
        return made;
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    foreseen::begin_again();
    input from(data, size);
    const curve_keys keys;
    const bool server = from.flag();  // are we
    const bool wrong_key = from.below(8) == 0;
    auto ours = keys.of(server);
    if (wrong_key) (server ? ours.secret_key : ours.server_key) = key_pair::generate().public_half;

    listener us(curve_side(server ? socket_type::pull : socket_type::push, ours));
    ear to_peer;
    us.hear(as_bytes(curve_greeting(!server)));
    insider peer(!server, keys.of(!server), metadata_from(from, !server));
    meddler between{from};
    bool first = server;
    for (int i = 0; i < commands_max && !us.closed() && !us.shook_hands(); ++i) {
        const auto said = to_peer.news(us);
        if (!said.empty() && !peer.hear(said)) break;
        const auto answer = peer.says();
        if (answer.empty()) break;
        us.hear(as_bytes(between.change(answer, std::exchange(first, false))));
    }
    const auto result = us.result();
    if (us.shook_hands()) {
        must(!between.meddled, "who was tampered with does not come in");
        must(!wrong_key, "nor who has another key");
        must(us.talk().sealed(), "traffic is sealed");
    }
    must(result.messages.empty() && result.subscriptions.empty(), "nothing is heard before the handshake");
    return 0;
}
