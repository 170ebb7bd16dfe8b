#include "zither/transport/vsock.hpp"

#include <charconv>
#include <optional>

#include <linux/vm_sockets.h>

namespace zither::transport {

namespace {

std::optional<std::uint32_t> read_number(std::string_view text) {
    std::uint32_t found = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return found;
}

bool is_any(std::string_view text) { return text == "*" || text == "-1"; }

}  // namespace

errc vsock_address(std::string_view text, bool binding, address& out) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return errc::invalid_argument;
    const auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    const auto cid = is_any(host)  ? std::optional<std::uint32_t>(VMADDR_CID_ANY)
                     : host == "@" ? VMADDR_CID_HOST
                                   : read_number(host);
    const auto number = is_any(port) ? std::optional<std::uint32_t>(VMADDR_PORT_ANY) : read_number(port);
    if (!cid || !number) return errc::invalid_argument;
    // Nobody is at "any".
    if (!binding && (*cid == VMADDR_CID_ANY || *number == VMADDR_PORT_ANY)) return errc::invalid_argument;
    auto& made = reinterpret_cast<sockaddr_vm&>(out.storage);
    made = {};
    made.svm_family = AF_VSOCK;
    made.svm_cid = *cid;
    made.svm_port = *number;
    out.size = sizeof made;
    return errc::ok;
}

std::string vsock_text(const address& of) {
    const auto& at = reinterpret_cast<const sockaddr_vm&>(of.storage);
    const auto text = [](std::uint32_t number, std::uint32_t any) {
        return number == any ? std::string("*") : std::to_string(number);
    };
    return "vsock://" + text(at.svm_cid, VMADDR_CID_ANY) + ":" + text(at.svm_port, VMADDR_PORT_ANY);
}

}  // namespace zither::transport
