#pragma once

#include "octets.hpp"

#include "zither/zmtp/session.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace zither::zmtp::test {

using parts = std::vector<std::string>;

/// The time every conversation begins at.
inline constexpr time_point dawn{std::chrono::hours(1)};

/// One frame of plain form at the front of `data`, taken off; what the tests believe of RFC 37's framing.
inline std::pair<std::string, bool> cut_plain_frame(bytes& data) {
    REQUIRE(data.size() >= 2);
    const auto flags = std::to_integer<unsigned>(data[0]);
    REQUIRE(flags <= 3);
    std::size_t header = 2;
    std::uint64_t size = std::to_integer<std::uint64_t>(data[1]);
    if (flags & 2) {
        REQUIRE(data.size() >= 9);
        header = 9;
        size = 0;
        for (std::size_t i = 1; i < 9; ++i) size = size << 8 | std::to_integer<std::uint64_t>(data[i]);
    }
    REQUIRE(data.size() - header >= size);
    std::string body(as_text(data.subspan(header, static_cast<std::size_t>(size))));
    data = data.subspan(header + static_cast<std::size_t>(size));
    return {body, (flags & 1) != 0};
}

/// One side of a conversation: a session, the octets that wait to be read, and what became of those read.
/// It does what the engine does, with octets of exactly the size that came, so that a sanitizer sees a read
/// beyond them.
class listening_side {
public:
    explicit listening_side(session_settings settings) : session_(std::move(settings), dawn) {}

    session& talk() { return session_; }
    /// Messages heard to their end.
    const std::vector<parts>& messages() const { return messages_; }
    /// "+topic" and "-topic", from commands.
    const parts& subscriptions() const { return subscriptions_; }
    /// Octets not yet understood.
    const octets& unread() const { return unread_; }
    /// Everything it said so far.
    const octets& said() {
        octets more;
        session_.take_output(more);
        said_.insert(said_.end(), more.begin(), more.end());
        return said_;
    }
    bool closed() const { return session_.state() == session::phase::closed || violation_; }
    bool in_traffic() const { return session_.state() == session::phase::traffic && !violation_; }
    /// Did the handshake succeed, whatever came then?
    bool shook_hands() const { return shook_hands_; }
    close_reason reason() const { return violation_ ? failure_ : session_.reason(); }
    /// How many octets the handshake took.
    std::size_t handshake_size() const { return handshake_size_; }

    void hear(const octets& data, time_point now = dawn) {
        unread_.insert(unread_.end(), data.begin(), data.end());
        if (!data.empty() && in_traffic()) session_.alive(now);
        while (!closed() && understand(now)) {
        }
    }

private:
    bool understand(time_point now) {
        // A block of its own, not a byte longer than what came.
        const auto block = std::make_unique<std::byte[]>(unread_.size());
        const std::span<std::byte> data(block.get(), unread_.size());
        std::copy(unread_.begin(), unread_.end(), block.get());
        return session_.state() == session::phase::traffic ? hear_traffic(data, now)
                                                           : hear_handshake(data, now);
    }

    bool hear_handshake(bytes data, time_point now) {
        if (data.empty()) return false;
        const auto used = session_.receive_handshake(data, now);
        REQUIRE(used <= data.size());
        handshake_size_ += used;
        drop(used);
        shook_hands_ = in_traffic();
        // While it goes on every octet is taken: nobody would offer the rest again.
        if (!closed() && !in_traffic()) REQUIRE(used == data.size());
        return in_traffic();
    }

    bool hear_traffic(std::span<std::byte> data, time_point now) {
        const auto found = session_.scan(data);
        REQUIRE(found.plain_size <= found.consumed);
        REQUIRE(found.consumed <= data.size());
        keep_messages(data.first(found.plain_size), found.messages);
        using stop = session::scan_result::stop;
        if (found.why == stop::violation) {
            violation_ = true;
            failure_ = found.failure;
        }
        if (found.why == stop::command) {
            const auto whole = found.header.header_size + static_cast<std::size_t>(found.header.body_size);
            REQUIRE(found.consumed + whole <= data.size());
            hear_command(data.subspan(found.consumed + found.header.header_size,
                                      static_cast<std::size_t>(found.header.body_size)),
                         now);
            drop(found.consumed + whole);
            return true;
        }
        if (found.why == stop::partial)
            REQUIRE(data.size() - found.consumed < found.header.header_size + found.header.body_size);
        drop(found.consumed);
        return false;
    }

    void hear_command(bytes body, time_point now) {
        const auto event = session_.handle_command(body, now);
        if (event.what == command_event::kind::nothing) return;
        const auto sign = event.what == command_event::kind::subscribe ? "+" : "-";
        subscriptions_.push_back(sign + std::string(as_text(event.topic)));
    }

    void keep_messages(bytes plain, std::uint32_t counted) {
        std::uint32_t ended = 0;
        while (!plain.empty()) {
            auto [body, more] = cut_plain_frame(plain);
            half_.push_back(std::move(body));
            if (more) continue;
            messages_.push_back(std::exchange(half_, {}));
            ++ended;
        }
        REQUIRE(ended == counted);
    }

    void drop(std::size_t count) {
        unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(count));
    }

    session session_;
    octets unread_;
    octets said_;
    std::vector<parts> messages_;
    parts half_;
    parts subscriptions_;
    bool violation_ = false;
    close_reason failure_;
    std::size_t handshake_size_ = 0;
    bool shook_hands_ = false;
};

/// A line of a script: what the peer says, what we must have said when it is understood.
struct line {
    octets peer;
    octets ours;
};

/// A whole conversation, and what comes of it.
struct conversation {
    std::string name{};
    session_settings settings{};
    std::vector<line> lines{};  ///< the first line's peer is silent: it is what we open with
    version speaks = version::v3_1;
    std::string routing_id{};
    std::vector<parts> messages{};
    parts subscriptions{};

    octets peer_octets() const {
        octets all;
        for (const auto& each : lines) all = all + each.peer;
        return all;
    }
    octets our_octets() const {
        octets all;
        for (const auto& each : lines) all = all + each.ours;
        return all;
    }
};

/// A reason that a log or a monitor can use.
inline void check_named(const close_reason& reason) {
    CHECK(reason.who != blame::nobody);
    CHECK_FALSE(reason.text.empty());
}

inline void check_outcome(listening_side& us, const conversation& told) {
    CHECK_FALSE(us.closed());
    CHECK(us.in_traffic());
    CHECK(us.messages() == told.messages);
    CHECK(us.subscriptions() == told.subscriptions);
    CHECK(us.unread().empty());
    CHECK(us.talk().peer().speaks == told.speaks);
    CHECK(us.talk().peer().routing_id == told.routing_id);
    CHECK(hex(us.said()) == hex(told.our_octets()));
}

/// Line by line, each answered before the next.
inline void replay_whole(const conversation& told) {
    listening_side us(told.settings);
    octets expected;
    for (const auto& each : told.lines) {
        us.hear(each.peer);
        expected = expected + each.ours;
        CAPTURE(hex(each.peer));
        CHECK(hex(us.said()) == hex(expected));
    }
    check_outcome(us, told);
}

inline void replay_in_pieces(const conversation& told, const std::vector<std::size_t>& ends) {
    listening_side us(told.settings);
    const auto all = told.peer_octets();
    std::size_t from = 0;
    for (const auto end : ends) {
        us.hear({all.begin() + static_cast<std::ptrdiff_t>(from),
                 all.begin() + static_cast<std::ptrdiff_t>(end)});
        from = end;
    }
    check_outcome(us, told);
}

/// In two pieces, cut at every octet.
inline void replay_split(const conversation& told) {
    const auto size = told.peer_octets().size();
    for (std::size_t cut = 0; cut <= size; ++cut) {
        CAPTURE(cut);
        replay_in_pieces(told, {cut, size});
    }
}

/// Octet by octet.
inline void replay_drip(const conversation& told) {
    std::vector<std::size_t> ends(told.peer_octets().size());
    for (std::size_t i = 0; i < ends.size(); ++i) ends[i] = i + 1;
    replay_in_pieces(told, ends);
}

inline bool begins(const std::vector<parts>& whole, const std::vector<parts>& with) {
    return with.size() <= whole.size() && std::equal(with.begin(), with.end(), whole.begin());
}

/// The stream ends after every octet: nothing is heard that was not said, and a handshake that hangs ends
/// at its deadline with a reason.
inline void replay_ended(const conversation& told) {
    const auto all = told.peer_octets();
    for (std::size_t end = 0; end < all.size(); ++end) {
        CAPTURE(end);
        listening_side us(told.settings);
        us.hear({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(end)});
        CHECK_FALSE(us.closed());
        CHECK(begins(told.messages, us.messages()));
        CHECK(us.subscriptions().size() <= told.subscriptions.size());
        if (us.in_traffic()) continue;
        CHECK(us.messages().empty());
        const auto deadline = us.talk().next_deadline();
        REQUIRE(deadline != time_point::max());
        us.talk().tick(deadline - std::chrono::milliseconds(1));
        CHECK_FALSE(us.closed());
        us.talk().tick(deadline);
        REQUIRE(us.closed());
        CHECK(us.reason().who == blame::silent);
        check_named(us.reason());
    }
}

}  // namespace zither::zmtp::test
