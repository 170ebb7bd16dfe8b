#include "zither/transport/tipc.hpp"

#include <charconv>
#include <optional>
#include <vector>

#include <linux/tipc.h>

namespace zither::transport {

namespace {

using numbers = std::vector<std::uint32_t>;

/// Numbers with `between` between them; nothing when there is anything else.
std::optional<numbers> read_numbers(std::string_view text, std::string_view between) {
    numbers found;
    for (;;) {
        std::uint32_t one = 0;
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), one);
        if (error != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        found.push_back(one);
        if (text.empty()) return found;
        if (found.size() > between.size() || text.front() != between[found.size() - 1]) return std::nullopt;
        text.remove_prefix(1);
    }
}

std::uint32_t node_of(const numbers& parts) { return tipc_addr(parts[0], parts[1], parts[2]); }

/// What stands in `brackets`, without them.
std::optional<std::string_view> inside(std::string_view text, std::string_view brackets) {
    if (text.size() < 2 || text.front() != brackets[0] || text.back() != brackets[1]) return std::nullopt;
    return text.substr(1, text.size() - 2);
}

bool read_service(std::string_view text, std::uint32_t domain, sockaddr_tipc& out) {
    const auto parts = read_numbers(text, ",,");
    if (!parts || parts->size() < 2 || parts->front() < TIPC_RESERVED_TYPES) return false;
    if (parts->size() == 3) {
        if ((*parts)[2] < (*parts)[1]) return false;
        out.addrtype = TIPC_SERVICE_RANGE;
        out.scope = TIPC_ZONE_SCOPE;
        out.addr.nameseq = {(*parts)[0], (*parts)[1], (*parts)[2]};
    } else {
        out.addrtype = TIPC_SERVICE_ADDR;
        out.addr.name.name = {(*parts)[0], (*parts)[1]};
        out.addr.name.domain = domain;
    }
    return true;
}

bool read_port(std::string_view text, sockaddr_tipc& out) {
    const auto parts = read_numbers(text, "..:");
    if (!parts || parts->size() != 4) return false;
    out.addrtype = TIPC_SOCKET_ADDR;
    out.addr.id = {(*parts)[3], node_of(*parts)};
    return true;
}

}  // namespace

bool tipc_chooses(std::string_view text) noexcept { return text == "<*>"; }

errc tipc_address(std::string_view text, bool binding, address& out) {
    auto& made = reinterpret_cast<sockaddr_tipc&>(out.storage);
    made = {};
    made.family = AF_TIPC;
    out.size = sizeof made;
    if (tipc_chooses(text)) {
        made.addrtype = TIPC_SOCKET_ADDR;
        return binding ? errc::ok : errc::invalid_argument;
    }
    if (const auto port = inside(text, "<>"))
        // Whose name it would be is for the system to choose.
        return !binding && read_port(*port, made) ? errc::ok : errc::invalid_argument;
    numbers domain{1, 0, 0};
    if (const auto at = text.find('@'); at != text.npos) {
        const auto given = read_numbers(text.substr(at + 1), "..");
        if (!given || given->size() != 3) return errc::invalid_argument;
        domain = *given;
        text = text.substr(0, at);
    }
    const auto service = inside(text, "{}");
    return service && read_service(*service, node_of(domain), made) ? errc::ok : errc::invalid_argument;
}

std::string tipc_text(const address& of) {
    const auto& at = reinterpret_cast<const sockaddr_tipc&>(of.storage);
    const auto text = [](std::uint32_t number) { return std::to_string(number); };
    if (at.addrtype == TIPC_SOCKET_ADDR) {
        const auto node = at.addr.id.node;
        return "tipc://<" + text(tipc_zone(node)) + "." + text(tipc_cluster(node)) + "." +
               text(tipc_node(node)) + ":" + text(at.addr.id.ref) + ">";
    }
    const auto& range = at.addr.nameseq;
    return "tipc://{" + text(range.type) + "," + text(range.lower) +
           (at.addrtype == TIPC_SERVICE_RANGE ? "," + text(range.upper) : std::string()) + "}";
}

}  // namespace zither::transport
