// The same octets whole and in pieces: a conversation does not depend on how the network cut it.
#include "listener.hpp"

using namespace zither;
using namespace zither::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    const auto ours = settings_from(from);
    const auto cuts = from.take(8);
    auto rest = from.all();
    listener whole(ours);
    whole.hear(rest);
    listener split(ours);
    for (std::size_t i = 0; !rest.empty(); ++i) {
        const auto wanted =
            i < 64 && !cuts.empty() ? std::to_integer<std::size_t>(cuts[i % cuts.size()]) + 1 : 256;
        const auto piece = rest.first(std::min(wanted, rest.size()));
        split.hear(piece);
        rest = rest.subspan(piece.size());
    }
    must(whole.result() == split.result(), "cut or whole, it says the same");
    return 0;
}
