#include "zither/zmtp/zap.hpp"

#include "zither/zmtp/metadata.hpp"

namespace zither::zmtp {

namespace {
constexpr std::size_t request_head = 7;  // frames before the credentials
constexpr std::size_t reply_frames = 7;
constexpr std::string_view zap_version = "1.0";
}  // namespace

std::vector<secret_text> zap_request::frames(std::string_view request_id) const {
    std::vector<secret_text> made;
    made.reserve(request_head + credentials.size());
    for (const std::string_view each :
         {std::string_view(), zap_version, request_id, std::string_view(domain), std::string_view(address),
          std::string_view(routing_id), std::string_view(mechanism)})
        made.emplace_back(each);
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
