// Z85 both ways: what decodes encodes to itself, and any octets survive the round.
#include "fuzz.hpp"

#include "zither/zmtp/z85.hpp"

using namespace zither;
using namespace zither::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto all = input(data, size).all();
    const auto encoded = zmtp::z85_encode(all);
    must(encoded.has_value() == (all.size() % 4 == 0), "four octets make five characters");
    if (encoded) {
        const auto back = zmtp::z85_decode(*encoded);
        must(back && std::ranges::equal(*back, all), "what was encoded decodes");
    }
    if (const auto decoded = zmtp::z85_decode(as_text(all))) {
        const auto again = zmtp::z85_encode(*decoded);
        must(again && *again == as_text(all), "what was decoded encodes");
    }
    return 0;
}
