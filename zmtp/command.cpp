#include "zither/zmtp/command.hpp"

#include "zither/zmtp/frame.hpp"

namespace zither::zmtp {

std::optional<command_view> parse_command(bytes body) noexcept {
    if (body.empty()) return std::nullopt;
    const auto name_size = std::to_integer<std::size_t>(body[0]);
    if (name_size == 0 || body.size() < 1 + name_size) return std::nullopt;
    return command_view{as_text(body.subspan(1, name_size)), body.subspan(1 + name_size)};
}

void append_command(std::vector<std::byte>& to, std::string_view name, bytes data) {
    std::byte header[frame_header_max];
    const auto size = write_header(header, frame_flag::command, 1 + name.size() + data.size());
    append(to, {header, size});
    to.push_back(static_cast<std::byte>(name.size()));
    append(to, as_bytes(name));
    append(to, data);
}

}  // namespace zither::zmtp
