#include "zither/zmtp/handshake.hpp"

#include "zither/zmtp/command.hpp"
#include "zither/zmtp/frame.hpp"
#include "zither/zmtp/greeting.hpp"
#include "zither/zmtp/metadata.hpp"

#include <algorithm>

namespace zither::zmtp {

namespace {

// A READY of 256 properties with long names still fits; more is an attack on memory before any agreement.
constexpr std::uint64_t handshake_frame_max = 64 * 1024;
constexpr std::uint64_t identity_max = 255;
constexpr std::string_view misspelt_error = "^RROR";

close_reason malformed(protocol_error number, std::string text) {
    return {blame::malformed, number, std::move(text)};
}

// RFC 37, Error Handling: a reason of at most 255 octets.
void append_error(std::vector<std::byte>& to, std::string_view reason) {
    reason = reason.substr(0, 255);
    std::vector<std::byte> body{static_cast<std::byte>(reason.size())};
    append(body, as_bytes(reason));
    append_command(to, "ERROR", body);
}

void append_frame(std::vector<std::byte>& to, bytes body) {
    std::byte header[frame_header_max];
    append(to, {header, write_header(header, 0, body.size())});
    append(to, body);
}

// RFC 37, The Identity Property: only these say who they are; from others it is ignored.
bool has_identity(socket_type type) {
    return type == socket_type::req || type == socket_type::dealer || type == socket_type::router;
}

// RFC 15 knows the types up to PUSH: XPUB and XSUB are PUB and SUB on the wire.
socket_type type_for_v2(socket_type type) {
    if (type == socket_type::xpub) return socket_type::pub;
    return type == socket_type::xsub ? socket_type::sub : type;
}

// ZAP's status when a refusal is one, as libzmq says it; else 0.
int status_of(std::string_view reason) {
    return reason == "300" || reason == "400" || reason == "500" ? (reason[0] - '0') * 100 : 0;
}

// What RFC 37 and later brought no peer of ZMTP 2.0 or 1.0 can be the other side of.
std::optional<close_reason> too_new(socket_type ours) {
    if (!single_part(ours)) return std::nullopt;
    return close_reason{blame::incompatible, protocol_error::invalid_metadata,
                        std::string(name_of(ours)) + " does not talk to peers before ZMTP 3.0"};
}

// RFC 37 says a routing id may not begin with a zero octet; those are ours to give out.
bool acceptable_identity(std::string_view id) {
    return id.size() <= identity_max && (id.empty() || id[0] != '\0');
}

}  // namespace

handshake::handshake(handshake_settings settings)
    : settings_(std::move(settings)), state_(awaiting_greeting{}) {}

void handshake::begin(std::vector<std::byte>& output) {
    append(output, make_signature(settings_.routing_id.size()));
}

handshake::step handshake::receive(bytes data, std::vector<std::byte>& output) {
    step total;
    // A 1.0 identity may be complete in the octets that were taken for a greeting, so a state may act on
    // none.
    for (bool moved = true; moved && !total.failure && !done();) {
        const auto rest = data.subspan(total.used);
        const auto before = state_.index();
        step one;
        if (auto* greeting = std::get_if<awaiting_greeting>(&state_))
            one = receive_greeting(*greeting, rest, output);
        else if (auto* command = std::get_if<awaiting_command>(&state_))
            one = receive_command(*command, rest, output);
        else
            one = receive_identity(std::get<awaiting_identity>(state_), rest);
        total.used += one.used;
        total.failure = std::move(one.failure);
        moved = one.used > 0 || state_.index() != before;
    }
    return total;
}

handshake::step handshake::receive_greeting(awaiting_greeting& state, bytes data,
                                            std::vector<std::byte>& output) {
    // Octet by octet up to the version and type, because each of the first twelve decides what may follow.
    const std::size_t wanted = state.got.size() < signature_size + 2 ? 1 : greeting_size - state.got.size();
    const auto taken = std::min(wanted, data.size());
    if (taken == 0) return {};
    append(state.got, data.first(taken));
    return {taken, on_greeting(state, output)};
}

std::optional<close_reason> handshake::on_greeting(awaiting_greeting& state, std::vector<std::byte>& output) {
    const auto& got = state.got;
    const auto tls = look_for_tls(got);
    if (tls == seen::perhaps) return std::nullopt;
    if (tls == seen::yes)
        return close_reason{blame::incompatible, protocol_error::unspecified,
                            "the peer speaks TLS, and this endpoint does not"};
    if (got[0] != signature_first || (got.size() == signature_size && !is_signature(got))) {
        if (auto refusal = check_old_peer()) return refusal;
        begin_unversioned(output);
        return too_new(settings_.type);
    }
    if (got.size() < signature_size) return std::nullopt;
    if (state.progress == sent::signature) {
        output.push_back(version_major);
        state.progress = sent::major;
    }
    if (got.size() <= signature_size) return std::nullopt;
    const auto major = got[signature_size];
    if (major < version_major) {
        // RFC 15: revision 0 and 1 go on with the socket type and an identity frame.
        if (auto refusal = check_old_peer()) return refusal;
        if (got.size() < signature_size + 2) return std::nullopt;
        const auto type = std::to_integer<int>(got[signature_size + 1]);
        if (type > static_cast<int>(socket_type::stream))
            return malformed(protocol_error::unspecified, "unknown socket type in a 2.0 greeting");
        peer_.speaks = version::v2_0;
        peer_.type = static_cast<socket_type>(type);
        if (auto refusal = too_new(settings_.type)) return refusal;
        output.push_back(static_cast<std::byte>(type_for_v2(settings_.type)));
        append_frame(output, as_bytes(settings_.routing_id));
        state_ = awaiting_identity{};
        return check_type();
    }
    if (state.progress == sent::major) {
        std::array<std::byte, greeting_size> ours{};
        ours[11] = version_minor;
        std::ranges::copy(as_bytes(settings_.security->name()), ours.begin() + 12);
        ours[32] = static_cast<std::byte>(settings_.security->as_server);
        append(output, bytes(ours).subspan(11));
        state.progress = sent::whole;
    }
    if (got.size() < greeting_size) return std::nullopt;
    const auto whole = std::move(state.got);
    return on_whole_greeting(whole, output);
}

std::optional<close_reason> handshake::on_whole_greeting(bytes octets, std::vector<std::byte>& output) {
    const auto greeting = parse_greeting(octets);
    if (!greeting) return malformed(protocol_error::unspecified, "the mechanism's name is not zero-padded");
    if (greeting->mechanism != settings_.security->name())
        return close_reason{blame::incompatible, protocol_error::mechanism_mismatch,
                            "the peer wants mechanism " + std::string(greeting->mechanism)};
    peer_.speaks = greeting->major == 3 && greeting->minor == 0 ? version::v3_0 : version::v3_1;
    secret_octets metadata;
    append_property(metadata, "Socket-Type", name_of(settings_.type));
    if (has_identity(settings_.type)) append_property(metadata, "Identity", settings_.routing_id);
    for (const auto& [name, value] : settings_.metadata) append_property(metadata, name, value);
    mechanism_ = mechanism::create(settings_.security, std::move(metadata));
    state_ = awaiting_command{};
    return follow(mechanism_->begin(output), output);
}

std::optional<close_reason> handshake::check_old_peer() const {
    if (!settings_.security->refuses_old_peers()) return std::nullopt;
    return close_reason{blame::incompatible, protocol_error::mechanism_mismatch,
                        "the peer's protocol is too old for security"};
}

void handshake::begin_unversioned(std::vector<std::byte>& output) {
    // To a 1.0 peer the ten octets sent are an identity frame's header; the identity itself follows.
    append(output, as_bytes(settings_.routing_id));
    auto got = std::move(std::get<awaiting_greeting>(state_).got);
    peer_.speaks = version::v1_0;
    state_ = awaiting_identity{std::move(got)};
}

handshake::step handshake::receive_command(awaiting_command& state, bytes data,
                                           std::vector<std::byte>& output) {
    const auto header = parse_header(state.frame);
    std::size_t wanted = 0;
    if (!header) {
        wanted = state.frame.empty() ? 2 : frame_header_max - state.frame.size();
        if (state.frame.size() == 1) wanted = 1;
    } else {
        if (header->body_size > handshake_frame_max)
            return {0, malformed(protocol_error::malformed_command_unspecified,
                                 "a handshake command is too large")};
        if (!header->command() || header->more() || (header->flags & frame_flag::reserved))
            return {0, close_reason{blame::misbehaved, protocol_error::unexpected_command,
                                    "traffic before READY"}};
        wanted = header->header_size + static_cast<std::size_t>(header->body_size) - state.frame.size();
    }
    const auto taken = std::min(wanted, data.size());
    append(state.frame, data.first(taken));
    const auto now = parse_header(state.frame);
    // While a handler is asked, one command is received ahead.
    if (!now || state.frame.size() < now->header_size + now->body_size || asking_)
        return {taken, std::nullopt};
    const auto frame = std::move(state.frame);
    if (!now->command() || now->more() || (now->flags & frame_flag::reserved))
        return {taken,
                close_reason{blame::misbehaved, protocol_error::unexpected_command, "traffic before READY"}};
    return {taken, on_command(bytes(frame).subspan(now->header_size), output)};
}

std::optional<close_reason> handshake::on_command(bytes body, std::vector<std::byte>& output) {
    // RFC 24 and 26: ERROR is the server's to send. A client's would pass its own word for a status of ZAP's.
    const auto& security = *settings_.security;
    const bool may_refuse = !security.as_server || security.mechanism == security_settings::kind::null;
    // libzmq's PLAIN spells "\5ERROR" as "^RROR", up to 4.3.5.
    if (may_refuse && security.mechanism == security_settings::kind::plain &&
        as_text(body).starts_with(misspelt_error))
        return on_error(body.subspan(misspelt_error.size()));
    const auto command = parse_command(body);
    if (!command) return malformed(protocol_error::malformed_command_unspecified, "a command without a name");
    if (may_refuse && command->name == "ERROR") return on_error(command->data);
    return follow(mechanism_->receive(*command, output), output);
}

close_reason handshake::on_error(bytes data) {
    if (data.empty() || data.size() - 1 < std::to_integer<std::size_t>(data[0]))
        return malformed(protocol_error::malformed_command_error, "ERROR without its reason");
    const auto reason = as_text(data.subspan(1, std::to_integer<std::size_t>(data[0])));
    return {blame::refused, protocol_error::none, "the peer refused: " + std::string(reason),
            status_of(reason)};
}

std::optional<close_reason> handshake::follow(mechanism::verdict verdict, std::vector<std::byte>& output) {
    if (verdict.failure) {
        if (verdict.failure->who == blame::denied)
            append_error(output, std::to_string(verdict.failure->status));
        return std::move(verdict.failure);
    }
    asking_ = verdict.what == mechanism::next::ask;
    if (verdict.what != mechanism::next::agreed) return std::nullopt;
    if (auto failure = on_metadata(mechanism_->peer_metadata(), output)) return failure;
    // A handler's word counts before the list's.
    if (!peer_.user_id) peer_.user_id = mechanism_->user_id();
    mechanism_->conclude(output);
    box_ = mechanism_->traffic_box();
    mechanism_.reset();
    state_ = finished{};
    return std::nullopt;
}

zap_request handshake::request() const {
    return {settings_.security->zap_domain, "", settings_.routing_id, std::string(settings_.security->name()),
            mechanism_->credentials()};
}

std::optional<close_reason> handshake::answer(zap_reply reply, std::vector<std::byte>& output) {
    asking_ = false;
    if (reply.broken != protocol_error::none)
        return close_reason{blame::denied, reply.broken, "the authentication handler's reply is none"};
    if (reply.status == 0 && !settings_.security->open_without_handler())
        return close_reason{blame::denied, protocol_error::none, "there is no authentication handler"};
    if (reply.status != 0 && reply.status != 200) {
        // RFC 27: 300 is temporary, and the peer is not told.
        if (reply.status != 300) append_error(output, std::to_string(reply.status));
        return close_reason{blame::denied, protocol_error::none, "denied: " + reply.text, reply.status};
    }
    // A handler's user is one even without a name.
    if (reply.status == 200) peer_.user_id = std::move(reply.user_id);
    peer_.vouched = std::move(reply.metadata);
    if (auto failure = follow(mechanism_->allowed(output), output)) return failure;
    return receive({}, output).failure;  // what came ahead
}

std::optional<close_reason> handshake::on_metadata(bytes data, std::vector<std::byte>& output) {
    auto found = parse_properties(data);
    if (!found) return malformed(protocol_error::malformed_command_ready, "the peer's metadata is malformed");
    const auto value_of = [&](std::string_view name) -> const std::string* {
        const auto place =
            std::ranges::find_if(*found, [&](const auto& each) { return same_name(each.first, name); });
        return place == found->end() ? nullptr : &place->second;
    };
    // The property SHOULD be there; libzmq, too, talks to a peer that does not say.
    if (const auto* type = value_of("Socket-Type")) {
        peer_.type = socket_type_from(*type);
        auto mismatch = peer_.type ? check_type()
                                   : close_reason{blame::incompatible, protocol_error::invalid_metadata,
                                                  "unknown Socket-Type " + *type};
        if (mismatch) {
            append_error(output, mismatch->text);
            return mismatch;
        }
    }
    const auto* identity = value_of("Identity");
    if (identity && (!peer_.type || has_identity(*peer_.type))) {
        if (!acceptable_identity(*identity))
            return malformed(protocol_error::invalid_metadata, "the Identity is not allowed");
        peer_.routing_id = *identity;
    }
    peer_.metadata = std::move(*found);
    return std::nullopt;
}

std::optional<close_reason> handshake::check_type() const {
    if (compatible(settings_.type, *peer_.type)) return std::nullopt;
    return close_reason{
        blame::incompatible, protocol_error::invalid_metadata,
        std::string(name_of(settings_.type)) + " does not talk to " + std::string(name_of(*peer_.type))};
}

handshake::step handshake::receive_identity(awaiting_identity& state, bytes data) {
    step result;
    const bool old = peer_.speaks == version::v1_0;
    for (;;) {
        std::optional<frame_header> header;
        if (old) {
            // RFC 13: length (one octet, or FF and eight), counting the flags octet that follows it.
            const auto& frame = state.frame;
            if (!frame.empty() && frame[0] != signature_first)
                header = frame_header{0, 1, std::to_integer<std::uint64_t>(frame[0])};
            else if (frame.size() >= 9)
                header = frame_header{0, 9, load_u64(frame.data() + 1)};
        } else {
            header = parse_header(state.frame);
        }
        if (header && (header->body_size > identity_max + (old ? 1U : 0U) ||
                       (old && header->body_size == 0) || (!old && header->flags & ~frame_flag::large)))
            return {result.used, malformed(protocol_error::unspecified, "not an identity frame")};
        if (header && state.frame.size() == header->header_size + header->body_size) {
            const std::size_t skip = header->header_size + (old ? 1U : 0U);
            const std::string id(as_text(bytes(state.frame).subspan(skip)));
            if (!acceptable_identity(id))
                return {result.used, malformed(protocol_error::unspecified, "the identity is not allowed")};
            peer_.routing_id = id;
            state_ = finished{};
            return result;
        }
        if (result.used == data.size()) return result;
        state.frame.push_back(data[result.used++]);
    }
}

}  // namespace zither::zmtp
