// Writes docs/reference/options.md from the tables the library itself works by, or checks that it is up to
// date.
#include "zither/sockets/context_object.hpp"
#include "zither/sockets/options.hpp"

#include <climits>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

using namespace zither;
using namespace zither::sockets;

namespace {

using kind = option_row::kind;

const char* type_of(const option_row& row) {
    switch (row.type) {
        case kind::boolean: return "int, as bool";
        case kind::integer: return "int";
        case kind::int64: return "int64";
        case kind::uint64: return "uint64";
        case kind::text: return "text";
        case kind::binary: return "binary";
        case kind::key: return "key: 32 octets, or Z85";
    }
    return "";
}

std::string bound(std::int64_t value) {
    if (value == INT_MAX || value == INT64_MAX) return "max";
    if (value == INT_MIN || value == INT64_MIN) return "min";
    return std::to_string(value);
}

std::string range(const option_row& row) {
    const bool sized = row.set_text != nullptr;
    return bound(row.least) + " to " + bound(row.most) + (sized ? " octets" : "");
}

std::string initial(const option_row& row) {
    const options fresh;
    if (row.get_number) return std::to_string(row.get_number(fresh));
    return "none";
}

const char* access(bool readable, bool writable) {
    if (readable && writable) return "read, write";
    return readable ? "read" : "write";
}

std::string types(int number) {
    std::string some;
    int count = 0;
    for (int type = 0; type < zmtp::socket_type_count; ++type) {
        if (!applies_to(number, static_cast<socket_type>(type))) continue;
        ++count;
        some += (some.empty() ? "" : ", ") + std::string(zmtp::name_of(static_cast<socket_type>(type)));
    }
    return count == zmtp::socket_type_count ? "all" : some;
}

void write_values(std::ostream& out) {
    out << "| number | name | type | default | range | access | sockets | takes effect | |\n"
           "|---|---|---|---|---|---|---|---|---|\n";
    for (const auto rows : option_tables())
        for (const auto& row : rows)
            out << "| " << row.number << " | " << row.name << " | " << type_of(row) << " | " << initial(row)
                << " | " << range(row) << " | " << access(row.readable, row.writable) << " | "
                << types(row.number) << " | " << takes_effect(row.number) << " | " << row.says << " |\n";
}

void write_plain(std::ostream& out, std::span<const plain_row> rows, bool of_context) {
    out << "| number | name | type | access |" << (of_context ? " default | least |" : "")
        << " |\n|---|---|---|---|" << (of_context ? "---|---|" : "") << "---|\n";
    context_object fresh;
    for (const auto& row : rows) {
        out << "| " << row.number << " | " << row.name << " | " << row.type << " | "
            << access(row.readable, row.writable) << " | ";
        int value = 0;
        if (of_context && row.readable && fresh.get(row.number, value) == errc::ok) out << value;
        if (of_context) out << " | " << (row.writable ? bound(row.least) : "") << " | ";
        out << row.says << " |\n";
    }
}

std::string page() {
    std::ostringstream out;
    out << "# Options\n\n"
           "Written by `tools/option_table` from the tables the library works by; do not edit. The names are "
           "those of\n"
           "`zmq.h` without `ZMQ_`, the numbers libzmq's; from 10101 on they are Zither's own, and begin "
           "with "
           "`ZITHER_`.\n"
           "`max` and `min` are the type's. Times are in "
           "milliseconds.\n\n"
           "A number is read and written in exactly its size; text is read with its final zero and may be "
           "written\n"
           "with it. What is outside its range, of another size, or of another socket type is EINVAL, and "
           "changes\n"
           "nothing. A null value of no size clears a list or a text.\n\n"
           "## Of a socket: values\n\n";
    write_values(out);
    out << "\nREP takes ROUTER's options, as libzmq's does, and minds PROBE_ROUTER alone.\n"
           "SUB and XSUB begin with a LINGER of 0. HELLO_MSG works on ROUTER, DEALER, SERVER, CLIENT and "
           "PEER,\n"
           "DISCONNECT_MSG on ROUTER, SERVER and PEER, HICCUP_MSG on DEALER, CLIENT and PEER; others take "
           "them\n"
           "and nothing comes of it. RATE, RECOVERY_IVL and MULTICAST_MAXTPDU\n"
           "are for pgm, which this library has not. What belongs to transports and mechanisms it has not "
           "(VMCI_*,\n"
           "NORM_*, GSSAPI_*, WSS_*) is EINVAL, as in a libzmq built without them.\n\n"
           "## Of a socket: actions and answers\n\n";
    write_plain(out, action_table(), false);
    out << "\n## Of a context\n\n";
    write_plain(out, context_table(), true);
    return out.str();
}

}  // namespace

int main(int count, char** words) {
    const auto wanted = page();
    if (count == 1) {
        std::cout << wanted;
        return 0;
    }
    if (count != 3 || std::string(words[1]) != "--check") {
        std::cerr << "use: option_table [--check docs/reference/options.md]\n";
        return 2;
    }
    std::ifstream file(words[2]);
    std::ostringstream found;
    found << file.rdbuf();
    if (found.str() == wanted) return 0;
    std::cerr << words[2] << " is not what the code says: run option_table > " << words[2] << "\n";
    return 1;
}
