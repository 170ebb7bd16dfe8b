#pragma once

#include "zither/zmtp/handshake.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace zither::zmtp::test {

using parts = std::vector<std::string>;

/// What the RFCs make of octets in traffic: a second opinion, slow and plain.
struct second_opinion {
    std::vector<parts> messages;
    bool broken = false;
};

inline std::uint64_t number_of(bytes data) {
    std::uint64_t value = 0;
    for (const auto each : data) value = value << 8 | std::to_integer<std::uint64_t>(each);
    return value;
}

/// Must this command's body end the connection?
inline bool fatal_command(bytes body) {
    if (body.empty()) return true;
    const auto name_size = std::to_integer<std::size_t>(body[0]);
    if (name_size == 0 || body.size() < 1 + name_size) return true;
    const auto name = as_text(body.subspan(1, name_size));
    const auto data = body.subspan(1 + name_size);
    if (name == "PING") return data.size() < 2;
    return name == "READY" || name == "ERROR";
}

/// RFC 37, Framing; RFC 15 has no commands.
inline second_opinion judge_framed(bytes data, bool commands) {
    second_opinion made;
    parts half;
    while (data.size() >= 2) {
        const auto flags = std::to_integer<unsigned>(data[0]);
        const std::size_t header = flags & 2 ? 9 : 2;
        if (data.size() < header) break;
        const auto size = number_of(data.subspan(1, header - 1));
        const bool command = flags & 4;
        made.broken = (flags & 0xf8) || (command && (!commands || (flags & 1))) || size >> 63;
        if (made.broken || data.size() - header < size) break;
        const auto body = data.subspan(header, static_cast<std::size_t>(size));
        data = data.subspan(header + body.size());
        if (command) {
            made.broken = fatal_command(body);
            if (made.broken) break;
            continue;
        }
        half.emplace_back(as_text(body));
        if (!(flags & 1)) made.messages.push_back(std::exchange(half, {}));
    }
    return made;
}

/// RFC 13, The Framing Layer. A length of zero ends the connection, as libzmq has it.
inline second_opinion judge_unversioned(bytes data) {
    second_opinion made;
    parts half;
    while (!data.empty()) {
        const bool wide = data[0] == std::byte{0xff};
        const std::size_t header = wide ? 10 : 2;
        if (data.size() < header) break;
        const auto length = number_of(wide ? data.subspan(1, 8) : data.first(1));
        made.broken = length == 0 || (length - 1) >> 63;
        if (made.broken || data.size() - header < length - 1) break;
        half.emplace_back(as_text(data.subspan(header, static_cast<std::size_t>(length - 1))));
        const bool more = std::to_integer<unsigned>(data[header - 1]) & 1;
        data = data.subspan(header + half.back().size());
        if (!more) made.messages.push_back(std::exchange(half, {}));
    }
    return made;
}

inline second_opinion judge(version speaks, bytes data) {
    if (speaks == version::v1_0) return judge_unversioned(data);
    return judge_framed(data, speaks >= version::v3_0);
}

}  // namespace zither::zmtp::test
