// A greeting in any octets: parsed alone, and by a session whose peer it is.
#include "fuzz.hpp"

#include "zither/zmtp/greeting.hpp"
#include "zither/zmtp/session.hpp"

using namespace zither;
using namespace zither::fuzz;

namespace {

void parse(bytes octets) {
    if (octets.size() < zmtp::greeting_size) return;
    octets = octets.first(zmtp::greeting_size);
    const auto found = zmtp::parse_greeting(octets);
    if (!found) return;
    must(found->mechanism.size() <= 20, "a mechanism's name has 20 octets at most");
    must(found->mechanism.find('\0') == std::string_view::npos, "a name holds no padding");
    must(found->major == std::to_integer<unsigned>(octets[10]), "the major version is where it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    zmtp::session_settings ours;
    ours.self.type = static_cast<socket_type>(from.below(zmtp::socket_type_count));
    const auto octets = from.all();
    parse(octets);
    const zmtp::time_point dawn{std::chrono::hours(1)};
    zmtp::session talk(ours, dawn);
    const auto used = talk.receive_handshake(octets, dawn);
    must(used <= octets.size(), "no more octets are used than there are");
    using phase = zmtp::session::phase;
    if (talk.state() == phase::closed)
        must(talk.reason().who != zmtp::blame::nobody && !talk.reason().text.empty(), "an end has a reason");
    else if (talk.state() != phase::traffic)
        must(used == octets.size() && talk.next_deadline() != zmtp::time_point::max(),
             "a handshake that goes on took all octets and has a deadline");
    return 0;
}
