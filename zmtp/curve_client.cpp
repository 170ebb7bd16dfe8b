#include "zither/zmtp/curve_client.hpp"

#include "zither/zmtp/curve_command.hpp"

#include <algorithm>

namespace zither::zmtp {

using namespace curve;

namespace {
constexpr std::uint64_t hello_counter = 1;
constexpr std::uint64_t initiate_counter = 2;
}  // namespace

mechanism::verdict curve_client::begin(octets& output) {
    short_term_ = key_pair::generate();
    const auto to_server = agree(settings_->server_key, short_term_.secret_half);
    if (!to_server)
        return fails(blame::incompatible, protocol_error::key_exchange, "the server's key is no public key");
    curve::octets body{std::byte{1}, std::byte{0}};
    body.resize(hello_version_size + hello_padding);
    append(body, short_term_.public_half.octets());
    append_counter(body, hello_counter);
    const std::byte zeros[hello_zeros]{};
    to_server_ = *to_server;
    seal(body, zeros, {prefix::hello, hello_counter}, to_server_);
    append_command(output, "HELLO", body);
    return {};
}

mechanism::verdict curve_client::receive(const command_view& command, octets& output) {
    if (stage_ == stage::awaiting_welcome && command.name == "WELCOME")
        return on_welcome(command.data, output);
    if (stage_ == stage::awaiting_ready && command.name == "READY") return on_ready(command.data);
    return unexpected(command);
}

mechanism::verdict curve_client::on_welcome(bytes data, octets& output) {
    if (data.size() != welcome_size)
        return fails(blame::malformed, protocol_error::malformed_command_welcome, "WELCOME's size");
    auto text = open(data.subspan(random_size), {prefix::welcome, data.first(random_size)}, to_server_);
    if (!text)
        return fails(blame::misbehaved, protocol_error::cryptographic, "WELCOME is not from the server");
    const key server_short_term{bytes(*text).first(key::size)};
    const auto shared = agree(server_short_term, short_term_.secret_half);
    const auto vouched = agree(server_short_term, settings_->secret_key);
    if (!shared || !vouched)
        return fails(blame::misbehaved, protocol_error::key_exchange, "WELCOME's key is no public key");
    shared_ = *shared;

    const auto vouch_random = random_octets(random_size);
    curve::octets vouch_text;
    append(vouch_text, short_term_.public_half.octets());
    append(vouch_text, settings_->server_key.octets());
    curve::octets secret_text;
    append(secret_text, settings_->public_key.octets());
    append(secret_text, vouch_random);
    seal(secret_text, vouch_text, {prefix::vouch, bytes(vouch_random)}, *vouched);
    append(secret_text, metadata_);

    curve::octets body;
    append(body, bytes(*text).subspan(key::size));  // the cookie
    append_counter(body, initiate_counter);
    seal(body, secret_text, {prefix::initiate, initiate_counter}, shared_);
    append_command(output, "INITIATE", body);
    stage_ = stage::awaiting_ready;
    return {};
}

mechanism::verdict curve_client::on_ready(bytes data) {
    if (data.size() < ready_least)
        return fails(blame::malformed, protocol_error::malformed_command_ready, "READY's size");
    received_ = load_u64(data.data());
    auto text = open(data.subspan(counter_size), {prefix::ready, received_}, shared_);
    if (!text) return fails(blame::misbehaved, protocol_error::cryptographic, "READY's box does not open");
    peer_metadata_.assign(text->begin(), text->end());
    return {next::agreed, {}};
}

std::unique_ptr<curve_box> curve_client::traffic_box() {
    return std::make_unique<curve_box>(shared_, curve_box::side::client, initiate_counter, received_);
}

}  // namespace zither::zmtp
