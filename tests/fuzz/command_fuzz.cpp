// A command's body in any octets, and written again.
#include "fuzz.hpp"

#include "zither/zmtp/command.hpp"
#include "zither/zmtp/frame.hpp"

using namespace zither;
using namespace zither::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = input(data, size).all();
    const auto found = zmtp::parse_command(body);
    if (!found) return 0;
    must(!found->name.empty() && 1 + found->name.size() + found->data.size() == body.size(),
         "name and data are all of it");
    std::vector<std::byte> wire;
    zmtp::append_command(wire, found->name, found->data);
    const auto header = zmtp::parse_header(wire);
    must(header && header->command() && !header->more(), "it is a command's frame");
    must(std::ranges::equal(bytes(wire).subspan(header->header_size), body), "with the same body");
    return 0;
}
