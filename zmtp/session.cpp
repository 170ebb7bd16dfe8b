#include "zither/zmtp/session.hpp"

#include "zither/zmtp/command.hpp"

#include <algorithm>
#include <iterator>

namespace zither::zmtp {

namespace {

// Replies beyond this wait for a peer that does not read: a PING flood gets no more memory than this.
constexpr std::size_t reply_octets_max = 64 * 1024;
// RFC 37 allows no longer one; libzmq sends back what it has room for.
constexpr std::size_t ping_context_max = 16;

close_reason malformed(std::string text) {
    return {blame::malformed, protocol_error::malformed_command_unspecified, std::move(text)};
}

}  // namespace

session::session(session_settings settings, time_point now)
    : settings_(std::move(settings)),
      handshake_(settings_.self),
      heartbeat_(settings_.heartbeat),
      handshake_deadline_(settings_.handshake_ms.count() > 0 ? now + settings_.handshake_ms
                                                             : time_point::max()) {
    if (settings_.raw)
        begin_traffic(now);
    else
        handshake_.begin(output_);
}

session::~session() { wipe(output_.data(), output_.size()); }

session::phase session::state() const noexcept { return phase_; }

void session::close(close_reason reason) {
    if (phase_ == phase::closed) return;
    reason_ = std::move(reason);
    phase_ = phase::closed;
}

std::size_t session::receive_handshake(bytes data, time_point now) {
    if (phase_ == phase::closed) return 0;
    auto step = handshake_.receive(data, output_);
    go_on(std::move(step.failure), now);
    return step.used;
}

void session::go_on(std::optional<close_reason> failure, time_point now) {
    if (failure)
        close(std::move(*failure));
    else if (handshake_.done())
        begin_traffic(now);
    else if (handshake_.greeted())
        phase_ = phase::handshaking;
}

zap_request session::request() const {
    auto made = handshake_.request();
    made.address = settings_.peer_address;
    return made;
}

void session::answer(zap_reply reply, time_point now) {
    if (asking()) go_on(handshake_.answer(std::move(reply), output_), now);
}

void session::begin_traffic(time_point now) {
    phase_ = phase::traffic;
    handshake_deadline_ = time_point::max();
    box_ = handshake_.take_box();
    clear_output_ = output_.size();
    // PING came with 3.1, but libzmq knew it while it still said 3.0.
    if (!settings_.raw && peer().speaks >= version::v3_0) heartbeat_.start(now);
}

const properties* session::make_properties() const {
    // Ours come first: the first of a name counts.
    std::vector<properties::entry> entries;
    entries.emplace_back("Routing-Id", peer().routing_id);
    entries.emplace_back("Identity", peer().routing_id);
    if (!settings_.peer_address.empty()) entries.emplace_back("Peer-Address", settings_.peer_address);
    if (peer().type) entries.emplace_back("Socket-Type", name_of(*peer().type));
    if (peer().user_id) entries.emplace_back("User-Id", *peer().user_id);
    entries.insert(entries.end(), peer().vouched.begin(), peer().vouched.end());
    // Who it is and where it calls from is not for the peer to say.
    std::ranges::copy_if(peer().metadata, std::back_inserter(entries), [](const auto& each) {
        return each.first != "User-Id" && each.first != "Peer-Address";
    });
    return properties::create(std::move(entries), settings_.descriptor);
}

bool session::violates(const frame_header& header, scan_result& result) const {
    if (header.flags & frame_flag::reserved)
        result.failure = malformed("reserved flag bits are set");
    else if (header.command() && (header.more() || peer().speaks < version::v3_0))
        result.failure = malformed("a command frame with MORE, or from a peer without commands");
    else if (header.body_size >> 63)
        result.failure = malformed("the frame's size is beyond 63 bits");
    else if (settings_.message_size_max >= 0 &&
             header.body_size > static_cast<std::uint64_t>(settings_.message_size_max))
        result.failure = {blame::misbehaved, protocol_error::unspecified,
                          "the frame is larger than MAXMSGSIZE"};
    else
        return false;
    result.why = scan_result::stop::violation;
    return true;
}

session::scan_result session::scan(std::span<std::byte> data) {
    if (box_) return scan_sealed(data);
    return peer().speaks == version::v1_0 ? scan_unversioned(data) : scan_plain(data);
}

session::scan_result session::scan_plain(bytes data) {
    scan_result result;
    std::size_t at = 0;
    while (const auto header = parse_header(data.subspan(at))) {
        if ((header->flags & ~(frame_flag::more | frame_flag::large)) || header->body_size > short_body_max)
            if (violates(*header, result)) break;
        if (settings_.message_size_max >= 0 && violates(*header, result)) break;
        const bool whole = data.size() - at - header->header_size >= header->body_size;
        if (!whole || header->command()) {
            result.why = whole ? scan_result::stop::command : scan_result::stop::partial;
            result.header = *header;
            break;
        }
        at += header->header_size + header->body_size;
        result.messages += !header->more();
    }
    result.plain_size = result.consumed = at;
    return result;
}

session::scan_result session::scan_unversioned(std::span<std::byte> data) {
    scan_result result;
    std::size_t to = 0;
    std::size_t at = 0;
    for (;;) {
        // RFC 13: length (one octet, or FF and eight) counts the flags octet and the body.
        const auto rest = data.subspan(at);
        if (rest.empty()) break;
        const bool wide = rest[0] == std::byte{0xff};
        const std::size_t header_size = wide ? 10 : 2;
        if (rest.size() < header_size) break;
        const std::uint64_t length =
            wide ? load_u64(rest.data() + 1) : std::to_integer<std::uint64_t>(rest[0]);
        frame_header header;
        header.header_size = static_cast<std::uint8_t>(header_size);
        header.body_size = length - 1;
        // RFC 13 leaves bits 1 to 7 to be ignored.
        header.flags = std::to_integer<std::uint8_t>(rest[header_size - 1]) & frame_flag::more;
        if (length == 0 || violates(header, result)) {
            if (length == 0) result.failure = malformed("a frame without room for its flags");
            result.why = scan_result::stop::violation;
            break;
        }
        if (rest.size() - header_size < header.body_size) {
            result.why = scan_result::stop::partial;
            result.header = header;
            break;
        }
        std::byte plain[frame_header_max];
        const auto plain_header = write_header(plain, header.flags, header.body_size);
        // The plain header is never longer than the old one, so everything moves towards the front.
        std::memmove(data.data() + to + plain_header, rest.data() + header_size, header.body_size);
        std::memcpy(data.data() + to, plain, plain_header);
        to += plain_header + header.body_size;
        at += header_size + header.body_size;
        result.messages += !header.more();
    }
    result.plain_size = to;
    result.consumed = at;
    return result;
}

session::opened_frame session::open(std::span<std::byte> body) {
    using fault = curve_box::fault;
    fault why{};
    const auto opened = box_->open(body, why);
    if (!opened) {
        if (why == fault::malformed)
            return {0, {}, {blame::malformed, protocol_error::malformed_command_message, "not a MESSAGE"}};
        if (why == fault::replayed)
            return {0, {}, {blame::misbehaved, protocol_error::invalid_sequence, "a nonce went back"}};
        return {0, {}, {blame::misbehaved, protocol_error::cryptographic, "a MESSAGE's box does not open"}};
    }
    const bool command = opened->flags & curve_box::command;
    const bool more = opened->flags & curve_box::more;
    if (command && more) return {0, {}, malformed("a command with MORE")};
    return {static_cast<std::uint8_t>((more ? frame_flag::more : 0) | (command ? frame_flag::command : 0)),
            opened->payload,
            {}};
}

session::scan_result session::scan_sealed(std::span<std::byte> data) {
    scan_result result;
    std::size_t to = 0;
    std::size_t at = 0;
    while (const auto header = parse_header(data.subspan(at))) {
        auto unsealed = *header;
        unsealed.flags &= static_cast<std::uint8_t>(~frame_flag::command);  // libzmq sets none, the RFC does
        unsealed.body_size -= curve_box::overhead;
        const bool bare = header->body_size < curve_box::overhead || header->more();
        if (bare || violates(unsealed, result)) {
            if (bare) result.failure = malformed("a frame that is no MESSAGE");
            result.why = scan_result::stop::violation;
            break;
        }
        const auto body = data.subspan(at + header->header_size);
        if (body.size() < header->body_size) {
            result.why = scan_result::stop::partial;
            result.header = *header;
            break;
        }
        const auto frame = open(body.first(static_cast<std::size_t>(header->body_size)));
        if (!frame.ok()) {
            result.failure = frame.failure;
            result.why = scan_result::stop::violation;
            break;
        }
        if (frame.flags & frame_flag::command) {
            result.why = scan_result::stop::command;
            result.header = {frame.flags,
                             static_cast<std::uint8_t>(header->header_size + curve_box::overhead),
                             frame.payload.size()};
            break;
        }
        // The plain frame is shorter, so everything moves towards the front.
        to += write_header(data.data() + to, frame.flags, frame.payload.size());
        std::memmove(data.data() + to, frame.payload.data(), frame.payload.size());
        to += frame.payload.size();
        at += header->header_size + static_cast<std::size_t>(header->body_size);
        result.messages += !(frame.flags & frame_flag::more);
    }
    result.plain_size = to;
    result.consumed = at;
    return result;
}

command_event session::handle_command(bytes body, time_point now) {
    const auto command = parse_command(body);
    if (!command) {
        close(malformed("a command without a name"));
        return {};
    }
    const bool radio = settings_.self.type == socket_type::radio;
    if (command->name == (radio ? "JOIN" : "SUBSCRIBE"))
        return {command_event::kind::subscribe, command->data};
    if (command->name == (radio ? "LEAVE" : "CANCEL")) return {command_event::kind::cancel, command->data};
    if (command->name == "PING")
        answer_ping(command->data, now);
    else if (command->name == "ERROR")
        close({blame::refused, protocol_error::none, "the peer sent ERROR"});
    else if (command->name == "READY")
        close({blame::misbehaved, protocol_error::unexpected_command, "READY in traffic"});
    // PONG is life and nothing more; a RADIO has no subscribers and nobody else groups; others are from the
    // future.
    return {};
}

void session::answer_ping(bytes data, time_point now) {
    if (data.size() < 2) {
        close(malformed("PING has a TTL"));
        return;
    }
    const auto ttl = std::to_integer<unsigned>(data[0]) << 8 | std::to_integer<unsigned>(data[1]);
    heartbeat_.peer_ttl(static_cast<std::uint16_t>(ttl), now);
    if (output_.size() < reply_octets_max)
        append_command(output_, "PONG", data.subspan(2).first(std::min(data.size() - 2, ping_context_max)));
}

void session::tick(time_point now) {
    if (phase_ == phase::closed) return;
    if (phase_ != phase::traffic) {
        if (now >= handshake_deadline_)
            close({blame::silent, protocol_error::none, "the handshake took too long"});
        return;
    }
    if (heartbeat_.tick(now, output_) == heartbeat::verdict::dead)
        close({blame::silent, protocol_error::none, "no sign of life within the heartbeat time-out"});
}

time_point session::next_deadline() const noexcept {
    if (phase_ == phase::closed) return time_point::max();
    return phase_ == phase::traffic ? heartbeat_.next_deadline() : handshake_deadline_;
}

void session::subscribe(bytes topic, bool wanted) {
    // RFC 13: a subscriber sends nothing; a 1.0 publisher sends everything.
    if (peer().speaks == version::v1_0) return;
    if (settings_.self.type == socket_type::dish) {
        append_command(output_, wanted ? "JOIN" : "LEAVE", topic);
        return;
    }
    if (peer().speaks == version::v3_1) {
        append_command(output_, wanted ? "SUBSCRIBE" : "CANCEL", topic);
        return;
    }
    // Before 3.1 a subscription is a message: 1 or 0, then the topic.
    std::vector<std::byte> body{wanted ? std::byte{1} : std::byte{0}};
    append(body, topic);
    say(body);
}

void session::say(bytes body) {
    if (peer().speaks == version::v1_0) {
        seal(body, false, output_);
        return;
    }
    std::byte header[frame_header_max];
    const auto size = write_header(header, 0, body.size());
    append(output_, {header, size});
    append(output_, body);
}

void session::take_output(std::vector<std::byte>& wire) {
    const auto clear = std::exchange(clear_output_, 0);
    if (!box_ && wire.empty()) {
        wire.swap(output_);
        return;
    }
    const bytes all(output_);
    const auto in_clear = all.first(box_ ? clear : all.size());
    append(wire, in_clear);
    for (auto rest = all.subspan(in_clear.size()); const auto header = parse_header(rest);) {
        const auto body = rest.subspan(header->header_size, static_cast<std::size_t>(header->body_size));
        box_->seal(header->command() ? curve_box::command : curve_box::last, body, wire);
        rest = rest.subspan(header->header_size + body.size());
    }
    output_.clear();
}

void session::seal(bytes body, bool more, std::vector<std::byte>& wire) {
    if (box_) {
        box_->seal(more ? curve_box::more : curve_box::last, body, wire);
        return;
    }
    std::byte header[frame_header_max + 1];
    std::size_t size = 0;
    if (settings_.raw) {
        size = 0;
    } else if (peer().speaks != version::v1_0) {
        size = write_header(header, more ? frame_flag::more : 0, body.size());
    } else {
        // RFC 13: the length counts the flags octet behind it.
        const std::uint64_t length = body.size() + 1;
        if (length < 0xff) {
            header[size++] = static_cast<std::byte>(length);
        } else {
            header[0] = std::byte{0xff};
            store_u64(header + 1, length);
            size = 9;
        }
        header[size++] = more ? std::byte{1} : std::byte{0};
    }
    append(wire, {header, size});
    append(wire, body);
}

}  // namespace zither::zmtp
