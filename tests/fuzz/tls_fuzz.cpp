// TLS between two ends with real keys, whose records are changed, cut off, repeated, swapped, mixed with
// noise and given in pieces, before and after they agreed. Whatever becomes of them, what is heard is the
// front of what was said; where nobody meddled it is all of it.
//
// The random numbers are OpenSSL's own, so a finding that hangs on those may not come again.
#include "fuzz.hpp"

#include "../tls/certificates.hpp"

#include "zither/transport/sealed_stream.hpp"
#include "zither/transport/tls.hpp"

#include <memory>
#include <utility>

using namespace zither;
using namespace zither::fuzz;
using namespace zither::transport;

namespace {

constexpr unsigned steps_max = 80;
constexpr std::size_t record_header = 5;

std::shared_ptr<const tls_context> context_of(const tls_settings& by, tls_role role) {
    std::shared_ptr<const tls_context> made;
    must(tls_context::create(by, role, "localhost", made) == errc::ok, "the settings fit together");
    return made;
}

/// What all conversations share: making keys takes longer than a conversation.
struct endpoints {
    endpoints() {
        const test::authority root;
        const auto own = root.vouch_for({});
        const auto caller = root.vouch_for(test::client("caller"));
        tls_settings serving;
        serving.certificates = own.certificate;
        serving.key = own.key;
        tls_settings calling;
        calling.trusted = root.certificate();
        anybody = context_of(serving, tls_role::server);
        serving.trusted = root.certificate();
        vouched = context_of(serving, tls_role::server);
        calling.certificates = caller.certificate;
        calling.key = caller.key;
        client = context_of(calling, tls_role::client);
    }
    std::shared_ptr<const tls_context> anybody, vouched, client;
};

class side {
public:
    explicit side(const tls_context& by) : stream_(by.make_seal()) {}

    void say(std::string_view text) { said_ += text; }
    void end() {
        if (!stream_.sealing()) return;
        stream_.seal().end();
        ended_ = true;
    }
    /// Puts what it has on the wire, some octets at a time.
    void write(std::size_t step) {
        for (;;) {
            if (stream_.written()) fill();
            const auto all = stream_.to_write();
            if (all.empty()) return;
            const auto part = all.first(std::min(step, all.size()));
            wire += as_text(part);
            written_ += stream_.wrote(part.size());
            must(written_ <= said_.size(), "no more counts as written than was said");
        }
    }
    /// Takes octets off the other's wire.
    void read(side& from, std::size_t octets, std::size_t first_room) {
        const auto some = from.wire.substr(0, octets);
        from.wire.erase(0, some.size());
        if (stream_.over() || some.empty()) return;
        std::string room(some.size() + stream_seal::held_max, '\0');
        const auto split = std::min(first_room, room.size());
        const iovec into[] = {{room.data(), split}, {room.data() + split, room.size() - split}};
        const auto opened = stream_.seal().open(as_bytes(some), into);
        must(opened <= room.size(), "no more comes than there is room for");
        heard_ += room.substr(0, opened);
        must(from.said_.starts_with(heard_), "what is heard is what was said, from its beginning on");
        must(heard_.empty() || from.agreed(), "nobody is heard before it agreed");
    }
    [[nodiscard]] bool agreed() const { return agreed_ || stream_.sealing(); }
    [[nodiscard]] bool over() const { return stream_.over(); }
    void check_whole(const side& other) const {
        // Who said goodbye listens no more.
        must(ended_ || heard_ == other.said_.substr(0, other.written_), "all that was written is heard");
        must(other.ended_ || ended_ || other.written_ == other.said_.size(), "and all was written");
        must(ended_ || other.ended_ || !over(), "it ends when somebody ends it");
    }

    std::string wire;  // on its way to the other
    bool meddled = false;

private:
    void fill() {
        // As a lane and a reply before it would lie.
        auto rest = std::string_view(said_).substr(written_);
        agreed_ = agreed();
        if (!stream_.sealing()) rest = {};
        const auto half = rest.size() / 3;
        const iovec list[] = {{const_cast<char*>(rest.data()), half},
                              {const_cast<char*>(rest.data()) + half, rest.size() - half}};
        stream_.fill(list);
    }

    sealed_stream stream_;
    std::string said_;
    std::size_t written_ = 0;
    std::string heard_;
    bool ended_ = false;
    bool agreed_ = false;
};

/// Octets of the first record on the wire.
std::size_t first_record(const std::string& wire) {
    if (wire.size() < record_header) return wire.size();
    const auto octet = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(wire[at]));
    };
    return std::min(wire.size(), record_header + (octet(3) << 8 | octet(4)));
}

void meddle(side& with, input& from) {
    auto& wire = with.wire;
    if (wire.empty()) return;
    const auto first = first_record(wire);
    const auto place = static_cast<std::size_t>(from.octet()) << 8 | from.octet();
    const auto at = place % wire.size();
    with.meddled = true;
    switch (from.below(6)) {
        case 0: wire[at] = static_cast<char>(wire[at] ^ (1 << from.below(8))); break;
        case 1: wire.erase(at, 1 + from.octet()); break;
        case 2: wire.insert(0, wire.substr(0, first)); break;              // again
        case 3: wire = wire.substr(first) + wire.substr(0, first); break;  // later
        case 4: wire.erase(0, first); break;
        default: wire.insert(at, from.text(40)); break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const endpoints all;
    input from(data, size);
    const auto setup = from.octet();
    side server(*(setup & 1 ? all.vouched : all.anybody)), client(*all.client);
    const bool shake_first = setup & 2;
    const auto settle = [&] {
        do {
            client.write(~std::size_t{0});
            server.write(~std::size_t{0});
            server.read(client, client.wire.size(), 7);
            client.read(server, server.wire.size(), 7);
            client.write(~std::size_t{0});
            server.write(~std::size_t{0});
        } while (!client.wire.empty() || !server.wire.empty());
    };
    if (shake_first) {
        settle();
        must(server.agreed() && client.agreed(), "who is left alone agrees");
    }
    for (unsigned i = 0; i < steps_max && !from.empty(); ++i) {
        const auto what = from.octet();
        auto& one = what & 0x80 ? server : client;
        auto& other = what & 0x80 ? client : server;
        switch (what & 7) {
            case 0:
            case 1: {
                std::string text = from.text(200);
                for (unsigned times = from.below(8); times > 0 && text.size() < 30000; --times) text += text;
                one.say(text);
                break;
            }
            case 2: one.write(1 + std::size_t{from.octet()} * 40); break;
            case 3:
            case 4: other.read(one, 1 + (std::size_t{from.octet()} << (what >> 3 & 7)), from.octet()); break;
            case 5: other.read(one, first_record(one.wire), from.octet()); break;
            case 6: meddle(one, from); break;
            default:
                if ((what >> 3 & 3) == 3) one.end();
        }
    }
    settle();
    if (server.meddled || client.meddled) return 0;
    server.check_whole(client);
    client.check_whole(server);
    return 0;
}
