#include "zither/zmtp/curve_server.hpp"

#include <algorithm>

namespace zither::zmtp {

using namespace curve;

namespace {
constexpr std::uint64_t ready_counter = 1;

bool is_zero(bytes in) {
    return std::all_of(in.begin(), in.end(), [](std::byte octet) { return octet == std::byte{}; });
}
}  // namespace

mechanism::verdict curve_server::receive(const command_view& command, octets& output) {
    if (stage_ == stage::awaiting_hello && command.name == "HELLO") return on_hello(command.data, output);
    if (stage_ == stage::awaiting_initiate && command.name == "INITIATE")
        return on_initiate(command.data, output);
    return unexpected(command);
}

mechanism::verdict curve_server::on_hello(bytes data, octets& output) {
    prepare();
    if (data.size() != hello_size || data[0] != std::byte{1} || data[1] != std::byte{0})
        return fails(blame::malformed, protocol_error::malformed_command_hello, "HELLO's size or version");
    if (!is_zero(data.subspan(hello_version_size, hello_padding)))
        return fails(blame::malformed, protocol_error::malformed_command_hello, "HELLO's padding");
    const key client_short_term{data.subspan(hello_version_size + hello_padding, key::size)};
    const auto rest = data.subspan(hello_version_size + hello_padding + key::size);
    received_ = load_u64(rest.data());
    const auto opened = open_hello(client_short_term, rest.subspan(counter_size));
    if (!opened)
        return fails(blame::misbehaved, protocol_error::cryptographic, "HELLO is not for this server's key");
    if (!is_zero(opened->text))
        return fails(blame::malformed, protocol_error::malformed_command_hello, "HELLO's signature");
    server_key_ = opened->ours;

    const auto short_term = key_pair::generate();
    cookie_key_ = key(random_octets(key::size));
    curve::octets cookie_text;
    append(cookie_text, client_short_term.octets());
    append(cookie_text, short_term.secret_half.octets());
    const auto cookie_random = random_octets(random_size);
    curve::octets text;
    append(text, short_term.public_half.octets());
    append(text, cookie_random);
    seal(text, cookie_text, {prefix::cookie, bytes(cookie_random)}, cookie_key_);

    auto body = random_octets(random_size);
    const curve_nonce nonce(prefix::welcome, bytes(body));
    seal(body, text, nonce, opened->to_client);
    append_command(output, "WELCOME", body);
    stage_ = stage::awaiting_initiate;
    return {};
}

std::optional<curve_server::opened_hello> curve_server::open_hello(const key& client_short_term,
                                                                   bytes box) const {
    const auto secrets =
        settings_->server_keys ? settings_->server_keys->secrets() : std::vector<key>{settings_->secret_key};
    for (const auto& secret : secrets) {
        const auto shared = agree(client_short_term, secret);
        if (!shared) continue;
        if (auto text = open(box, {prefix::hello, received_}, *shared))
            return opened_hello{secret, *shared, std::move(*text)};
    }
    return std::nullopt;
}

mechanism::verdict curve_server::on_initiate(bytes data, octets& output) {
    const auto forged = [](const char* what) {
        return fails(blame::misbehaved, protocol_error::cryptographic, what);
    };
    if (data.size() < initiate_least)
        return fails(blame::malformed, protocol_error::malformed_command_initiate, "INITIATE's size");
    const auto cookie = data.first(cookie_size);
    auto remembered =
        open(cookie.subspan(random_size), {prefix::cookie, cookie.first(random_size)}, cookie_key_);
    cookie_key_ = key();  // it was good for one INITIATE
    if (!remembered) return forged("the cookie is none of ours");
    const key client_short_term{bytes(*remembered).first(key::size)};
    const key our_short_term{bytes(*remembered).subspan(key::size)};
    const auto shared = agree(client_short_term, our_short_term);
    if (!shared) return fails(blame::misbehaved, protocol_error::key_exchange, "no public key in HELLO");
    shared_ = *shared;

    const auto counter = load_u64(data.data() + cookie_size);
    const auto text = open(data.subspan(cookie_size + counter_size), {prefix::initiate, counter}, shared_);
    if (!text) return forged("INITIATE's box does not open");
    if (counter <= received_)
        return fails(blame::misbehaved, protocol_error::invalid_sequence, "INITIATE's nonce went back");
    received_ = counter;

    // The client's own key vouches for the short-term key, to this server.
    client_key_ = key(bytes(*text).first(key::size));
    const auto vouch = bytes(*text).subspan(key::size, vouch_size);
    const auto vouched = agree(client_key_, our_short_term);
    const auto vouch_text =
        vouched ? open(vouch.subspan(random_size), {prefix::vouch, vouch.first(random_size)}, *vouched)
                : std::nullopt;
    if (!vouch_text) return forged("INITIATE's vouch does not open");
    if (key(bytes(*vouch_text).first(key::size)) != client_short_term ||
        key(bytes(*vouch_text).subspan(key::size)) != key_pair::public_of(server_key_))
        return fails(blame::misbehaved, protocol_error::key_exchange, "INITIATE vouches for another");
    const auto metadata = bytes(*text).subspan(key::size + vouch_size);
    peer_metadata_.assign(metadata.begin(), metadata.end());
    stage_ = stage::knows_client;
    if (settings_->clients) {
        user_id_ = settings_->clients->find(client_key_);
        // As a handler's answer would be.
        if (!user_id_)
            return {next::wait,
                    close_reason{blame::denied, protocol_error::none, "the client's key is not listed", 400}};
    }
    return ask_or_go_on(output);
}

void curve_server::conclude(octets& output) {
    curve::octets body;
    append_counter(body, ready_counter);
    seal(body, metadata_, {prefix::ready, ready_counter}, shared_);
    append_command(output, "READY", body);
}

std::vector<secret_text> curve_server::credentials() const { return {as_text(client_key_.octets())}; }

std::unique_ptr<curve_box> curve_server::traffic_box() {
    return std::make_unique<curve_box>(shared_, curve_box::side::server, ready_counter, received_);
}

}  // namespace zither::zmtp
