#include "zither/zmtp/zap.hpp"

#include "zither/zmtp/metadata.hpp"

namespace zither::zmtp {

namespace {
constexpr std::size_t reply_frames = 7;
constexpr std::string_view zap_version = "1.0";
}  // namespace

std::vector<std::string> zap_request::frames(std::string_view request_id) const {
    std::vector<std::string> made{
        "", std::string(zap_version), std::string(request_id), domain, address, routing_id, mechanism};
    made.insert(made.end(), credentials.begin(), credentials.end());
    return made;
}

zap_reply zap_reply::parse(std::span<const std::string> frames, std::string_view request_id) {
    zap_reply made;
    const auto broken = [&](protocol_error how) {
        made.broken = how;
        return made;
    };
    if (frames.size() != reply_frames || !frames[0].empty())
        return broken(protocol_error::zap_malformed_reply);
    if (frames[1] != zap_version) return broken(protocol_error::zap_bad_version);
    if (frames[2] != request_id) return broken(protocol_error::zap_bad_request_id);
    const auto& status = frames[3];
    if (status != "200" && status != "300" && status != "400" && status != "500")
        return broken(protocol_error::zap_invalid_status_code);
    auto metadata = parse_properties(as_bytes(frames[6]));
    if (!metadata) return broken(protocol_error::zap_invalid_metadata);
    made.status = (status[0] - '0') * 100;
    made.text = frames[4];
    if (made.status == 200) {
        made.user_id = frames[5];
        made.metadata = std::move(*metadata);
    }
    return made;
}

}  // namespace zither::zmtp
