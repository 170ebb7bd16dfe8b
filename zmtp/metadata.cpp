#include "zither/zmtp/metadata.hpp"

#include "zither/zmtp/command.hpp"
#include "zither/zmtp/frame.hpp"

#include <algorithm>

namespace zither::zmtp {

namespace {

template <class Octets>
void append_to(Octets& to, std::string_view name, std::string_view value) {
    std::byte length[4];
    store_u32(length, static_cast<std::uint32_t>(value.size()));
    to.push_back(static_cast<std::byte>(name.size()));
    append(to, as_bytes(name));
    append(to, length);
    append(to, as_bytes(value));
}

}  // namespace

void append_property(std::vector<std::byte>& to, std::string_view name, std::string_view value) {
    append_to(to, name, value);
}
void append_property(secret_octets& to, std::string_view name, std::string_view value) {
    append_to(to, name, value);
}

std::optional<std::vector<properties::entry>> parse_properties(bytes data) {
    std::vector<properties::entry> found;
    while (!data.empty()) {
        const auto name_size = std::to_integer<std::size_t>(data[0]);
        if (name_size == 0 || data.size() < 1 + name_size + 4 || found.size() == property_count_max)
            return std::nullopt;
        const auto name = as_text(data.subspan(1, name_size));
        const std::size_t value_size = load_u32(data.data() + 1 + name_size);
        data = data.subspan(1 + name_size + 4);
        if (data.size() < value_size) return std::nullopt;
        found.emplace_back(name, as_text(data.first(value_size)));
        data = data.subspan(value_size);
    }
    return found;
}

bool same_name(std::string_view one, std::string_view other) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return std::ranges::equal(one, other, {}, lower, lower);
}

}  // namespace zither::zmtp
