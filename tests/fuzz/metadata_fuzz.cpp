// Metadata in any octets, and written again: there is one way to write it.
#include "fuzz.hpp"

#include "zither/zmtp/metadata.hpp"

using namespace zither;
using namespace zither::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto all = input(data, size).all();
    const auto found = zmtp::parse_properties(all);
    if (!found) return 0;
    must(found->size() <= zmtp::property_count_max, "there is a limit");
    std::vector<std::byte> again;
    for (const auto& [name, value] : *found) {
        must(!name.empty() && zmtp::same_name(name, name), "a property has a name");
        zmtp::append_property(again, name, value);
    }
    must(std::ranges::equal(again, all), "it is written as it was read");
    return 0;
}
