#pragma once

// A session that listens to octets, as an engine would have it do, and what the RFCs make of the same octets.

#include "fuzz.hpp"

#include "zither/zmtp/command.hpp"
#include "zither/zmtp/session.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace zither::fuzz {

using parts = std::vector<std::string>;
inline constexpr zmtp::time_point dawn{std::chrono::hours(1)};

/// What came of a conversation. Two ways to hear the same octets must give the same.
struct outcome {
    std::vector<parts> messages;
    parts half;           ///< of a message without its last part
    parts subscriptions;  ///< "+topic" and "-topic", from commands
    std::string said;
    zmtp::session::phase phase = zmtp::session::phase::awaiting_greeting;
    zmtp::blame who = zmtp::blame::nobody;
    std::string why;
    bool operator==(const outcome&) const = default;
};

class listener {
public:
    explicit listener(zmtp::session_settings settings) : talk_(std::move(settings), dawn) {}

    void hear(bytes data) {
        unread_.append(as_text(data));
        while (!closed() && understand()) {
        }
    }
    /// What its handler says of the peer, and what that sets free.
    void answer(zmtp::zap_reply reply) {
        talk_.answer(std::move(reply), dawn);
        shook_hands_ = talk_.state() == zmtp::session::phase::traffic;
        hear({});
    }
    outcome result() {
        outcome made{messages_,          half_, subscriptions_, {}, talk_.state(), talk_.reason().who,
                     talk_.reason().text};
        std::vector<std::byte> said;
        talk_.take_output(said);
        made.said = as_text(said);
        if (violation_) {
            made.phase = zmtp::session::phase::closed;
            made.who = failure_.who;
            made.why = failure_.text;
        }
        if (made.phase == zmtp::session::phase::closed)
            must(made.who != zmtp::blame::nobody && !made.why.empty(), "an end has a reason");
        return made;
    }
    [[nodiscard]] bool closed() const { return violation_ || talk_.state() == zmtp::session::phase::closed; }
    [[nodiscard]] bool shook_hands() const noexcept { return shook_hands_; }
    [[nodiscard]] std::size_t handshake_size() const noexcept { return handshake_size_; }
    zmtp::session& talk() { return talk_; }

private:
    bool understand() {
        // Not a byte longer than what came, so that a sanitizer sees a read beyond it.
        const auto block = std::make_unique<std::byte[]>(unread_.size());
        const std::span<std::byte> data(block.get(), unread_.size());
        std::ranges::copy(as_bytes(unread_), block.get());
        return talk_.state() == zmtp::session::phase::traffic ? hear_traffic(data) : hear_handshake(data);
    }

    bool hear_handshake(bytes data) {
        if (data.empty() || talk_.asking()) return false;
        const auto used = talk_.receive_handshake(data, dawn);
        must(used <= data.size(), "no more is used than there is");
        handshake_size_ += used;
        unread_.erase(0, used);
        shook_hands_ = talk_.state() == zmtp::session::phase::traffic;
        if (!closed() && !shook_hands_ && !talk_.asking())
            must(used == data.size(), "a handshake that goes on takes all");
        if (shook_hands_) talk_.make_properties()->release();
        return shook_hands_;
    }

    bool hear_traffic(std::span<std::byte> data) {
        using stop = zmtp::session::scan_result::stop;
        const auto found = talk_.scan(data);
        must(found.plain_size <= found.consumed && found.consumed <= data.size(), "a scan stays within");
        keep(data.first(found.plain_size), found.messages);
        std::size_t used = found.consumed;
        if (found.why == stop::violation) {
            violation_ = true;
            failure_ = found.failure;
        }
        if (found.why == stop::command) {
            const auto size = static_cast<std::size_t>(found.header.body_size);
            must(used + found.header.header_size + size <= data.size(), "a command is whole");
            obey(data.subspan(used + found.header.header_size, size));
            used += found.header.header_size + size;
        }
        unread_.erase(0, used);
        return found.why == stop::command;
    }

    void obey(bytes body) {
        using kind = zmtp::command_event::kind;
        const auto event = talk_.handle_command(body, dawn);
        if (event.what != kind::nothing)
            subscriptions_.push_back((event.what == kind::subscribe ? "+" : "-") +
                                     std::string(as_text(event.topic)));
    }

    void keep(bytes plain, std::uint32_t counted) {
        std::uint32_t ended = 0;
        while (!plain.empty()) {
            const auto header = zmtp::parse_header(plain);
            must(header && header->flags <= 3, "plain form has data alone");
            must(plain.size() - header->header_size >= header->body_size, "in whole frames");
            const auto size = static_cast<std::size_t>(header->body_size);
            half_.emplace_back(as_text(plain.subspan(header->header_size, size)));
            plain = plain.subspan(header->header_size + size);
            if (header->more()) continue;
            messages_.push_back(std::exchange(half_, {}));
            ++ended;
        }
        must(ended == counted, "a scan counts messages");
    }

    zmtp::session talk_;
    std::string unread_;
    std::vector<parts> messages_;
    parts half_;
    parts subscriptions_;
    bool violation_ = false;
    zmtp::close_reason failure_;
    std::size_t handshake_size_ = 0;
    bool shook_hands_ = false;
};

/// The first four octets of an input: who we are.
inline zmtp::session_settings settings_from(input& from) {
    zmtp::session_settings made;
    made.self.type = static_cast<socket_type>(from.below(zmtp::socket_type_count));
    if (from.flag()) made.self.routing_id = "me";
    const auto limit = from.octet();
    if (limit > 0) made.message_size_max = limit * 16;
    made.raw = from.octet() == 0xff;
    return made;
}

}  // namespace zither::fuzz
