#include "zither/zmtp/curve_box.hpp"

#include "zither/zmtp/curve_nonce.hpp"

#include <sodium.h>

namespace zither::zmtp {

namespace {

constexpr std::string_view name = "\7MESSAGE";
constexpr std::string_view from_client = "CurveZMQMESSAGEC";
constexpr std::string_view from_server = "CurveZMQMESSAGES";
constexpr std::size_t tag_size = 16;
static_assert(tag_size == crypto_box_MACBYTES);

unsigned char* raw(std::byte* at) { return reinterpret_cast<unsigned char*>(at); }

}  // namespace

void curve_box::seal(std::uint8_t flags, bytes body, std::vector<std::byte>& wire) {
    std::byte header[frame_header_max];
    const auto header_size = write_header(header, 0, overhead + body.size());
    const auto start = wire.size();
    wire.resize(start + header_size + overhead + body.size());
    auto* at = wire.data() + start;
    std::memcpy(at, header, header_size);
    std::memcpy(at += header_size, name.data(), name.size());
    store_u64(at += name.size(), ++sent_);
    auto* const tag = at + 8;
    auto* const text = tag + tag_size;
    text[0] = static_cast<std::byte>(flags);
    if (!body.empty()) std::memcpy(text + 1, body.data(), body.size());
    const curve_nonce nonce(side_ == side::client ? from_client : from_server, sent_);
    crypto_box_detached_afternm(raw(text), raw(tag), raw(text), 1 + body.size(), nonce.data(),
                                shared_.data());
}

std::optional<curve_box::opened> curve_box::open(std::span<std::byte> body, fault& why) {
    why = fault::malformed;
    if (body.size() < overhead || as_text(bytes(body).first(name.size())) != name) return std::nullopt;
    const auto counter = load_u64(body.data() + name.size());
    auto* const tag = body.data() + name.size() + 8;
    const auto text = body.subspan(overhead - 1);
    const curve_nonce nonce(side_ == side::client ? from_server : from_client, counter);
    // The tag first: a forged counter must not shut out the true ones.
    why = fault::forged;
    if (crypto_box_open_detached_afternm(raw(text.data()), raw(text.data()), raw(tag), text.size(),
                                         nonce.data(), shared_.data()) != 0)
        return std::nullopt;
    why = fault::replayed;
    if (counter <= received_) return std::nullopt;
    received_ = counter;
    why = fault::none;
    return opened{std::to_integer<std::uint8_t>(text[0]), text.subspan(1)};
}

}  // namespace zither::zmtp
