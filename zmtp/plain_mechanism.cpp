#include "zither/zmtp/plain_mechanism.hpp"

#include <optional>

namespace zither::zmtp {

namespace {

void append_short(secret_octets& to, std::string_view text) {
    to.push_back(static_cast<std::byte>(text.size()));
    append(to, as_bytes(text));
}

std::optional<secret_text> take_short(bytes& from) {
    if (from.empty()) return std::nullopt;
    const auto size = std::to_integer<std::size_t>(from[0]);
    if (from.size() < 1 + size) return std::nullopt;
    secret_text found(as_text(from.subspan(1, size)));
    from = from.subspan(1 + size);
    return found;
}

}  // namespace

mechanism::verdict plain_client::begin(octets& output) {
    secret_octets body;
    append_short(body, settings_->username);
    append_short(body, settings_->password);
    // What grows leaves its octets behind. Besides these only INITIATE may be queued before they are out.
    output.reserve(output.size() + body.size() + metadata_.size() + 64);
    append_command(output, "HELLO", body);
    return {};
}

mechanism::verdict plain_client::receive(const command_view& command, octets& output) {
    if (!welcome_ && command.name == "WELCOME") {
        if (!command.data.empty())
            return fails(blame::malformed, protocol_error::malformed_command_welcome,
                         "WELCOME with something in it");
        welcome_ = true;
        append_command(output, "INITIATE", metadata_);
        return {};
    }
    if (welcome_ && command.name == "READY") {
        peer_metadata_.assign(command.data.begin(), command.data.end());
        return {next::agreed, {}};
    }
    return unexpected(command);
}

mechanism::verdict plain_server::receive(const command_view& command, octets& output) {
    if (stage_ == stage::awaiting_hello && command.name == "HELLO") {
        auto rest = command.data;
        auto username = take_short(rest);
        auto password = username ? take_short(rest) : std::nullopt;
        if (!password || !rest.empty())
            return fails(blame::malformed, protocol_error::malformed_command_hello,
                         "HELLO is not a name and a password");
        username_ = std::move(*username);
        password_ = std::move(*password);
        stage_ = stage::awaiting_answer;
        return ask_or_go_on(output);
    }
    if (stage_ == stage::awaiting_initiate && command.name == "INITIATE") {
        peer_metadata_.assign(command.data.begin(), command.data.end());
        return {next::agreed, {}};
    }
    return unexpected(command);
}

mechanism::verdict plain_server::allowed(octets& output) {
    stage_ = stage::awaiting_initiate;
    append_command(output, "WELCOME", {});
    return {};
}

}  // namespace zither::zmtp
