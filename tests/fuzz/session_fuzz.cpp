// A whole conversation in any octets, against a slow and plain second opinion on what they say.
#include "listener.hpp"

#include "../zmtp/second_opinion.hpp"

using namespace zither;
using namespace zither::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    const auto ours = settings_from(from);
    const auto octets = from.all();
    listener us(ours);
    us.hear(octets);
    const auto result = us.result();
    if (ours.raw) return 0;
    if (!us.shook_hands()) {
        must(result.messages.empty() && result.subscriptions.empty(),
             "nothing is heard before the handshake");
        if (us.closed()) return 0;
        us.talk().tick(us.talk().next_deadline());
        must(us.closed(), "a handshake that hangs ends at its deadline");
        return 0;
    }
    if (ours.message_size_max >= 0) {
        for (const auto& message : result.messages)
            for (const auto& part : message)
                must(part.size() <= static_cast<std::size_t>(ours.message_size_max), "MAXMSGSIZE holds");
        return 0;
    }
    const auto opinion = zmtp::test::judge(us.talk().peer().speaks, octets.subspan(us.handshake_size()));
    must(result.messages == opinion.messages, "the messages are those in the octets");
    must(us.closed() == opinion.broken, "what is broken ends, and nothing else does");
    return 0;
}
