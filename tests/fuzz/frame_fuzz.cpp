// A frame's header in any octets, and written again; and the same octets as a datagram of a RADIO.
#include "fuzz.hpp"

#include "zither/zmtp/datagram.hpp"
#include "zither/zmtp/frame.hpp"

using namespace zither;
using namespace zither::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto all = input(data, size).all();
    if (const auto grouped = zmtp::parse_grouped(all))
        must(1 + grouped->group.size() + grouped->body.size() == all.size(), "nothing of a datagram is lost");
    const auto found = zmtp::parse_header(all);
    if (!found) {
        must(all.size() < zmtp::frame_header_max, "nine octets are a header");
        return 0;
    }
    must(found->header_size <= all.size(), "a header lies within the octets");
    for (std::size_t less = 0; less < found->header_size; ++less)
        must(!zmtp::parse_header(all.first(less)), "less than a header is none");
    std::byte again[zmtp::frame_header_max];
    const auto plain = static_cast<std::uint8_t>(found->flags & ~zmtp::frame_flag::large);
    const auto written = zmtp::write_header(again, plain, static_cast<std::size_t>(found->body_size));
    must(written == zmtp::header_size_of(static_cast<std::size_t>(found->body_size)), "the size foretold");
    const auto back = zmtp::parse_header({again, written});
    must(back && back->body_size == found->body_size && back->header_size == written,
         "it says the same again");
    must((back->flags & ~zmtp::frame_flag::large) == plain, "with the same flags");
    return 0;
}
