#pragma once

#include "zither/transport/lane.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace zither::transport::test {

using parts = std::vector<std::string>;

/// A frame as RFC 37 writes it, by the tests' own hand.
inline std::string wire_of_part(const std::string& body, bool more) {
    std::string made(1, static_cast<char>((more ? 1 : 0) + (body.size() > 255 ? 2 : 0)));
    if (body.size() <= 255) return made + static_cast<char>(body.size()) + body;
    for (int shift = 56; shift >= 0; shift -= 8) made += static_cast<char>(body.size() >> shift & 0xff);
    return made + body;
}

inline std::string wire_of(const std::vector<parts>& messages) {
    std::string made;
    for (const auto& message : messages)
        for (std::size_t i = 0; i < message.size(); ++i)
            made += wire_of_part(message[i], i + 1 < message.size());
    return made;
}

inline std::size_t chunk_size_of(const std::vector<parts>& messages) { return wire_of(messages).size(); }

inline void append_part(lane& to, const std::string& body, bool more) {
    zmtp::message part(body);
    part.set_more(more);
    REQUIRE(to.append(std::move(part)));
}

inline void append(lane& to, const parts& message) {
    for (std::size_t i = 0; i < message.size(); ++i) append_part(to, message[i], i + 1 < message.size());
}

/// The next whole message, if there is one.
inline std::optional<parts> take(lane& from) {
    parts made;
    zmtp::message part;
    do {
        if (!from.take(part)) {
            REQUIRE(made.empty());
            return std::nullopt;
        }
        made.emplace_back(part.text());
    } while (part.more());
    return made;
}

/// What a gather list shows.
inline std::string text_of(const iovec* list, std::size_t count) {
    std::string made;
    for (std::size_t i = 0; i < count; ++i) {
        CHECK(list[i].iov_len > 0);
        made.append(static_cast<const char*>(list[i].iov_base), list[i].iov_len);
    }
    return made;
}

/// Everything that could be written now.
inline std::string gathered(lane& from) {
    std::array<iovec, 256> list;
    return text_of(list.data(), from.gather(list.data(), list.size()));
}

/// Writes at most `octets` as a kernel would take them; gives what it took.
inline std::string write(lane& from, std::size_t octets, std::size_t capacity = 64) {
    std::vector<iovec> list(capacity);
    auto shown = text_of(list.data(), from.gather(list.data(), capacity));
    REQUIRE((!shown.empty() || from.empty()));
    shown.resize(std::min(shown.size(), octets));
    from.consumed(shown.size());
    return shown;
}

/// A block that holds exactly these octets; the caller has its reference.
inline zmtp::buffer* chunk_of(const std::string& octets) {
    auto* made = zmtp::buffer::allocate(octets.size());
    REQUIRE(made);
    std::memcpy(made->data(), octets.data(), octets.size());
    return made;
}

inline void publish_all(lane& to, zmtp::buffer* chunk, std::uint32_t messages) {
    to.publish(chunk, chunk->data(), chunk->data() + chunk->capacity(), messages);
}

}  // namespace zither::transport::test
