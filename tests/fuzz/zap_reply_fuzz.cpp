// A ZAP handler's reply in any frames (RFC 27), against a plain reading of the same frames; and what a server
// makes of it.
#include "listener.hpp"

#include "zither/zmtp/zap.hpp"

#include <optional>

using namespace zither;
using namespace zither::fuzz;

namespace {

constexpr std::string_view request_id = "7";
constexpr unsigned frames_max = 10;
constexpr std::size_t properties_max = 256;

/// Each of the seven frames is the right one or any octets; sometimes there are more or fewer.
parts frames_from(input& from) {
    const parts right{"", "1.0", "7", "200", "OK", "user", std::string("\1a\0\0\0\1b", 7)};
    const char* const statuses[] = {"200", "300", "400", "500"};
    const auto count = from.flag() ? right.size() : from.below(frames_max);
    parts made;
    for (std::size_t i = 0; i < count; ++i) {
        const auto how = from.below(4);
        if (i == 3 && how == 1)
            made.emplace_back(statuses[from.below(4)]);
        else
            made.push_back(how < 3 && i < right.size() ? right[i] : from.text(255));
    }
    return made;
}

/// RFC 37's properties, octet by octet; nothing when they are cut short or nameless.
std::optional<std::size_t> count_properties(std::string_view data) {
    std::size_t count = 0;
    while (!data.empty()) {
        const auto name = static_cast<unsigned char>(data[0]);
        if (name == 0 || data.size() < 1U + name + 4) return {};
        std::uint64_t size = 0;
        for (std::size_t i = 0; i < 4; ++i)
            size = size * 256 + static_cast<unsigned char>(data[1U + name + i]);
        data.remove_prefix(1U + name + 4);
        if (data.size() < size) return {};
        data.remove_prefix(static_cast<std::size_t>(size));
        ++count;
    }
    return count;
}

bool good(const parts& frames) {
    if (frames.size() != 7 || !frames[0].empty() || frames[1] != "1.0" || frames[2] != request_id)
        return false;
    if (frames[3].size() != 3 || frames[3].substr(1) != "00") return false;
    if (std::string_view("2345").find(frames[3][0]) == std::string_view::npos) return false;
    const auto count = count_properties(frames[6]);
    return count && *count <= properties_max;
}

listener asking_server() {
    zmtp::security_settings security;
    security.mechanism = zmtp::security_settings::kind::plain;
    security.as_server = true;
    zmtp::session_settings ours;
    ours.self.type = socket_type::pull;
    ours.self.security = std::make_shared<zmtp::security_settings>(security);
    listener made(ours);
    std::string said("\xff\0\0\0\0\0\0\0\0\x7f\3\1PLAIN", 17);
    said.resize(64);
    said += std::string("\4\x0a\5HELLO\1n\1p", 12);
    made.hear(as_bytes(said));
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    const auto frames = frames_from(from);
    const auto reply = zmtp::zap_reply::parse(frames, request_id);
    const bool valid = good(frames);
    must(valid == (reply.broken == zmtp::protocol_error::none), "a reply is valid when RFC 27 says so");
    must(valid == (reply.status != 0), "and has a status only then");
    const bool allowed = valid && frames[3] == "200";
    must(allowed || (reply.user_id.empty() && reply.metadata.empty()),
         "of a denied peer nothing is believed");
    if (allowed) must(reply.user_id == frames[5], "the user is the one the handler named");

    auto server = asking_server();
    must(server.talk().asking(), "a PLAIN server asks");
    server.answer(reply);
    must(server.closed() != allowed, "200 lets in, anything else does not");
    if (allowed)
        must(server.result().said.ends_with(std::string("\4\x08\7WELCOME", 10)), "and the peer is told");
    return 0;
}
