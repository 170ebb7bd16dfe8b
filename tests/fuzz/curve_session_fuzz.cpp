// A whole conversation under CURVE: a real handshake, then frames that a peer with the keys sealed, replayed,
// forged or left open. What is heard is what a plain reading of the same steps says, whole or in pieces.
#include "curve_peers.hpp"

using namespace zither;
using namespace zither::fuzz;

namespace {

constexpr unsigned frames_max = 40;

/// A side in traffic, and the peer's box.
struct conversation {
    explicit conversation(bool server, socket_type type, std::int64_t largest) {
        foreseen::begin_again();
        const curve_keys keys;
        auto settings = curve_side(type, keys.of(server));
        settings.message_size_max = largest;
        us = std::make_unique<listener>(settings);
        octets metadata;
        zmtp::append_property(metadata, "Socket-Type", zmtp::name_of(counterpart(type)));
        insider peer(!server, keys.of(!server), metadata);
        ear to_peer;
        us->hear(as_bytes(curve_greeting(!server)));
        for (int i = 0; i < 3 && !us->shook_hands(); ++i) {
            const auto said = to_peer.news(*us);
            if (!said.empty()) must(peer.hear(said), "the peer understands");
            us->hear(peer.says());
        }
        must(us->shook_hands(), "hands are shaken");
        box = peer.box();
    }
    static socket_type counterpart(socket_type type) {
        return type == socket_type::xpub   ? socket_type::sub
               : type == socket_type::pull ? socket_type::push
                                           : type;
    }
    std::unique_ptr<listener> us;
    std::unique_ptr<zmtp::curve_box> box;
};

/// What the peer writes, and what should be heard of it.
struct script {
    std::string wire;
    std::vector<parts> messages;
    parts subscriptions;
    bool broken = false;
    bool sure = true;  ///< false when octets of no meaning are in it

    script(input& from, zmtp::curve_box& box, std::int64_t largest) : largest_(largest) {
        for (unsigned i = 0; i < frames_max && !from.empty(); ++i) add(from, box);
    }

private:
    void add(input& from, zmtp::curve_box& box) {
        switch (from.below(12)) {
            case 0: {  // once more
                if (last_.empty()) return;
                wire += last_;
                broken = true;
                return;
            }
            case 1: {  // forged
                auto frame = seal(box, 0, from.text(255));
                const auto header = frame.size() > 257 ? 9U : 2U;
                const auto at = header + from.octet() % (frame.size() - header);
                frame[at] = static_cast<char>(frame[at] ^ (1 << from.below(8)));
                wire += frame;
                broken = true;
                return;
            }
            case 2:  // in the clear
                wire += from.text(255);
                sure = false;
                return;
            case 3: return command(box, from.flag() ? "SUBSCRIBE" : "CANCEL", from.text(30));
            case 4: {
                const char* const names[] = {"PING", "PONG", "NEWS"};
                return command(box, names[from.below(3)], std::string(2, '\0') + from.text(40));
            }
            case 5: {  // flags nobody has heard of
                wire += seal(box, from.octet(), from.text(40));
                sure = false;
                return;
            }
            default: return message(from, box);
        }
    }
    std::string seal(zmtp::curve_box& box, std::uint8_t flags, const std::string& body) {
        octets made;
        box.seal(flags, as_bytes(body), made);
        return last_ = std::string(as_text(bytes(made)));
    }
    void command(zmtp::curve_box& box, const char* name, const std::string& data) {
        std::string body(1, static_cast<char>(std::string_view(name).size()));
        body += name + data;
        wire += seal(box, zmtp::curve_box::command, body);
        if (too_large(body) || broken) return;
        if (name[0] == 'S' || name[0] == 'C') subscriptions.push_back((name[0] == 'S' ? "+" : "-") + data);
    }
    void message(input& from, zmtp::curve_box& box) {
        const bool more = from.below(3) == 0;
        auto body = from.text(255);
        if (from.below(16) == 0) body.append(300 + from.octet() * 40U, 'x');
        wire += seal(box, more ? zmtp::curve_box::more : zmtp::curve_box::last, body);
        if (too_large(body) || broken) return;
        half_.push_back(body);
        if (!more) messages.push_back(std::exchange(half_, {}));
    }
    bool too_large(const std::string& body) {
        broken |= largest_ >= 0 && body.size() > static_cast<std::size_t>(largest_);
        return broken;
    }

    const std::int64_t largest_;
    std::string last_;
    parts half_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    const bool server = from.flag();
    const socket_type types[] = {socket_type::pull, socket_type::xpub, socket_type::pair};
    const auto type = types[from.below(3)];
    const auto limit = from.octet();
    const std::int64_t largest = limit == 0 ? -1 : limit * 4;
    const auto cuts = from.take(4);

    conversation whole(server, type, largest);
    const script said(from, *whole.box, largest);
    whole.us->hear(as_bytes(said.wire));
    const auto result = whole.us->result();
    if (said.sure) {
        must(result.messages == said.messages, "what was sealed is heard, and nothing else");
        must(result.subscriptions == said.subscriptions, "and so are subscriptions");
        must(whole.us->closed() == said.broken, "what is broken ends, and nothing else does");
    }

    conversation split(server, type, largest);
    auto rest = as_bytes(said.wire);
    for (std::size_t i = 0; !rest.empty(); ++i) {
        const auto wanted =
            i < 64 && !cuts.empty() ? std::to_integer<std::size_t>(cuts[i % cuts.size()]) + 1 : 512;
        const auto piece = rest.first(std::min(wanted, rest.size()));
        split.us->hear(piece);
        rest = rest.subspan(piece.size());
    }
    const auto pieces = split.us->result();
    must(pieces.messages == result.messages && pieces.subscriptions == result.subscriptions &&
             pieces.phase == result.phase && pieces.why == result.why,
         "cut or whole, it says the same");
    return 0;
}
