#include "zither/transport/accept_filter.hpp"

#include "zither/transport/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>

namespace zither::transport {

namespace {

constexpr unsigned mapped_bits = 96;  // of an IPv4 address that is written as IPv6
// A group's entry with its members; a larger one counts as without members.
constexpr std::size_t entry_max = 64 * 1024;

using octets = std::array<unsigned char, 16>;

octets map(const in_addr& from) {
    octets made{};
    made[10] = made[11] = 0xff;
    std::memcpy(made.data() + 12, &from, sizeof from);
    return made;
}

octets octets_of(const address& peer) {
    octets made{};
    if (peer.storage.ss_family == AF_INET)
        return map(reinterpret_cast<const sockaddr_in*>(&peer.storage)->sin_addr);
    std::memcpy(made.data(), &reinterpret_cast<const sockaddr_in6*>(&peer.storage)->sin6_addr, made.size());
    return made;
}

bool inside(const octets& which, const accept_filter::network& of) {
    const auto whole = of.bits / 8;
    if (!std::equal(which.begin(), which.begin() + whole, of.prefix.begin())) return false;
    const auto rest = of.bits % 8;
    return rest == 0 || (which[whole] ^ of.prefix[whole]) >> (8 - rest) == 0;
}

bool is_member(unsigned user, unsigned group) {
    std::string name_room(entry_max, '\0');
    std::string member_room(entry_max, '\0');
    passwd person{};
    passwd* found_person = nullptr;
    ::getpwuid_r(user, &person, name_room.data(), name_room.size(), &found_person);
    ::group people{};
    ::group* found = nullptr;
    ::getgrgid_r(group, &people, member_room.data(), member_room.size(), &found);
    if (!found_person || !found) return false;
    for (char** each = found->gr_mem; *each; ++each)
        if (std::strcmp(*each, found_person->pw_name) == 0) return true;
    return false;
}

}  // namespace

errc accept_filter::add_network(std::string_view text, bool ipv6) {
    const auto slash = text.find('/');
    const std::string host(text.substr(0, slash));
    network made;
    in_addr four{};
    const bool is_four = ::inet_pton(AF_INET, host.c_str(), &four) == 1;
    if (is_four)
        made.prefix = map(four);
    else if (!ipv6 || ::inet_pton(AF_INET6, host.c_str(), made.prefix.data()) != 1)
        return errc::invalid_argument;
    const unsigned before = is_four ? mapped_bits : 0;
    made.bits = 128;
    if (slash != text.npos) {
        const auto number = text.substr(slash + 1);
        const auto end = number.data() + number.size();
        const auto [stop, error] = std::from_chars(number.data(), end, made.bits);
        if (error != std::errc() || stop != end || made.bits > 128 - before) return errc::invalid_argument;
        made.bits += before;
    }
    networks.push_back(made);
    return errc::ok;
}

bool accept_filter::admits(int descriptor, const address& peer) const {
    const int family = peer.storage.ss_family;
    if (family == AF_INET || family == AF_INET6) {
        const auto from = octets_of(peer);
        return networks.empty() ||
               std::ranges::any_of(networks, [&](const auto& each) { return inside(from, each); });
    }
    if (family != AF_UNIX) return true;
    if (processes.empty() && users.empty() && groups.empty()) return true;
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
    return processes.contains(static_cast<unsigned>(who.pid)) || users.contains(who.uid) ||
           groups.contains(who.gid) ||
           std::ranges::any_of(groups, [&](unsigned each) { return is_member(who.uid, each); });
}

}  // namespace zither::transport
