#include "zither/sockets/complaint.hpp"

#include "zither/sockets/options.hpp"

#include <cstdint>
#include <cstring>
#include <optional>

namespace zither::sockets {

namespace {

using kind = option_row::kind;

std::string octets(std::size_t size) { return std::to_string(size) + (size == 1 ? " octet" : " octets"); }

std::string named(const char* name, int option) {
    return std::string(name) + " (" + std::to_string(option) + ")";
}

struct subject {
    const option_row* row;  // null: it is an action or an answer
    std::string name;
    bool readable;
    bool writable;
};

std::optional<subject> find_subject(int option) {
    if (const auto* row = find_option(option))
        return subject{row, named(row->name, option), row->readable, row->writable};
    for (const auto& action : action_table())
        if (action.number == option)
            return subject{nullptr, named(action.name, option), action.readable, action.writable};
    return std::nullopt;
}

std::string nothing_called(int option) { return "there is no socket option " + std::to_string(option); }

std::string whose(socket_type type) { return "a " + std::string(zmtp::name_of(type)) + " socket"; }

std::string taken_by(const option_row& row) {
    const auto range = std::to_string(row.least) + " to " + std::to_string(row.most);
    switch (row.type) {
        case kind::boolean:
        case kind::integer: return "an int (" + octets(sizeof(int)) + ") of " + range;
        case kind::int64: return "an int64_t (" + octets(sizeof(std::int64_t)) + ")";
        case kind::uint64: return "a uint64_t (" + octets(sizeof(std::uint64_t)) + ")";
        case kind::key: return "a key of 32 octets, or of 40 characters in Z85";
        case kind::text:
        case kind::binary: break;
    }
    return row.most == INT32_MAX ? "at least " + octets(static_cast<std::size_t>(row.least))
                                 : range + " octets";
}

std::string given(const option_row& row, const void* value, std::size_t size) {
    int number = 0;
    const bool is_int = row.type == kind::boolean || row.type == kind::integer;
    if (!value) return size == 0 ? "nothing" : "a null pointer";
    if (!is_int || size != sizeof number) return octets(size);
    std::memcpy(&number, value, size);
    return std::to_string(number);
}

}  // namespace

std::string about_setting(const option_value& what, errc error) {
    const auto found = find_subject(what.option);
    if (!found) return nothing_called(what.option);
    const auto& name = found->name;
    if (error != errc::invalid_argument) return name + ": " + make_error_code(error).message();
    if (!found->writable) return name + " can only be read";
    if (!found->row || !applies_to(what.option, what.type))
        return name + " is refused by " + whose(what.type);
    return name + " takes " + taken_by(*found->row) + ", not " + given(*found->row, what.value, what.size);
}

std::string about_getting(const option_value& what, errc error) {
    const auto found = find_subject(what.option);
    if (!found) return nothing_called(what.option);
    const auto& name = found->name;
    if (error != errc::invalid_argument) return name + ": " + make_error_code(error).message();
    if (!found->readable) return name + " can only be set";
    return name + " of " + whose(what.type) + " does not go into " + octets(what.size);
}

std::string about_context_option(int option, int value) {
    for (const auto& row : context_table()) {
        if (row.number != option || !row.writable) continue;
        const auto takes = named(row.name, option) + " of a context takes ";
        return value < row.least
                   ? takes + "at least " + std::to_string(row.least) + ", not " + std::to_string(value)
                   : takes + "no " + std::to_string(value);
    }
    return "no context option " + std::to_string(option) + " can be set to an int";
}

std::string about_endpoint(std::string_view call, std::string_view endpoint, errc error) {
    return std::string(call) + " " + std::string(endpoint) + ": " + make_error_code(error).message();
}

std::string about_peer(std::string_view endpoint, std::string_view reason) {
    // Part of a reason may be the peer's own words.
    constexpr std::size_t reason_max = 200;
    auto said = std::string(reason.substr(0, reason_max));
    for (auto& each : said)
        if (each < ' ' || each > '~') each = '?';
    return "a peer at " + std::string(endpoint) + " was disconnected: " + said;
}

}  // namespace zither::sockets
