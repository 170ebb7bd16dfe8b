#include "zither/zmtp/curve_box.hpp"

#include "zither/zmtp/frame.hpp"

namespace zither::zmtp {

namespace {

constexpr std::string_view name = "\7MESSAGE";
constexpr std::string_view from_client = "CurveZMQMESSAGEC";
constexpr std::string_view from_server = "CurveZMQMESSAGES";

}  // namespace

curve_box::curve_box(const key& shared, side ours, std::uint64_t last_sent,
                     std::uint64_t last_received) noexcept
    : out_(shared, ours == side::client ? from_client : from_server),
      sent_(last_sent),
      in_(shared, ours == side::client ? from_server : from_client),
      received_(last_received) {}

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
    out_.seal(sent_, static_cast<std::byte>(flags), body, tag, tag + curve_direction::tag_size);
}

std::optional<curve_box::opened> curve_box::open(std::span<std::byte> body, fault& why) {
    why = fault::malformed;
    if (body.size() < overhead || as_text(bytes(body).first(name.size())) != name) return std::nullopt;
    const auto counter = load_u64(body.data() + name.size());
    auto* const tag = body.data() + name.size() + 8;
    const auto text = body.subspan(overhead - 1);
    // The tag first: a forged counter must not shut out the true ones.
    why = fault::forged;
    if (!in_.open(counter, tag, text)) return std::nullopt;
    why = fault::replayed;
    if (counter <= received_) return std::nullopt;
    received_ = counter;
    why = fault::none;
    return opened{std::to_integer<std::uint8_t>(text[0]), text.subspan(1)};
}

}  // namespace zither::zmtp
