// Every socket type, driven by any calls in any order, against a naive model: each pipe's messages as a
// queue, and who may get what is sent.
#include "fuzz.hpp"

#include "../sockets/pattern/fake_pipe.hpp"

#include <map>
#include <memory>
#include <set>

using namespace zither;
using namespace zither::fuzz;
using sockets::pattern::test::fake_pipe;
using sockets::pattern::test::parts;
using sockets::pattern::test::rig;

namespace {

constexpr unsigned pipes_max = 4;
constexpr unsigned operations_max = 400;

/// One peer, and what it said that nobody heard yet.
struct peer_model {
    explicit peer_model(const std::string& id) : pipe(id) {}
    fake_pipe pipe;
    std::deque<parts> said;
    std::set<std::string> wants;
    bool up = true;
    std::size_t seen = 0;  // of pipe.sent
};

class play {
public:
    play(input& from, socket_type type) : from_(from), type_(type), rig_(type, options(from)) {}

    void run() {
        for (unsigned i = 0; i < operations_max && !from_.empty(); ++i) {
            switch (from_.below(8)) {
                case 0: join(); break;
                case 1: leave(); break;
                case 2:
                case 3: speak(); break;
                case 4: room(); break;
                case 5: send(); break;
                case 6: receive(); break;
                default: ask();
            }
        }
        // Nothing may be told of pipes that are no more.
        while (!peers_.empty()) leave_one(peers_.begin());
        (void)rig_.made->can_receive();
        (void)rig_.made->can_send();
    }

private:
    static sockets::pattern::settings options(input& from) {
        sockets::pattern::settings made;
        const auto bits = from.octet();
        made.router_mandatory = bits & 1;
        made.router_handover = bits & 2;
        made.req_relaxed = bits & 4;
        made.req_correlate = bits & 8;
        made.xpub_verbose = bits & 16;
        made.xpub_nodrop = bits & 32;
        made.invert_matching = bits & 64;
        made.probe_router = bits & 128;
        return made;
    }

    using place = std::map<unsigned, std::unique_ptr<peer_model>>::iterator;
    place pick() {
        if (peers_.empty()) return peers_.end();
        return std::next(peers_.begin(), from_.below(static_cast<unsigned>(peers_.size())));
    }

    void join() {
        const auto number = from_.below(pipes_max);
        if (peers_.contains(number)) return;
        // Two of four say the same name.
        static const char* const names[] = {"", "a", "b", "a"};
        auto made = std::make_unique<peer_model>(names[number]);
        auto& pipe = made->pipe;
        peers_[number] = std::move(made);
        rig_.made->attached(pipe, number & 1);
        if (!rig_.made->connected(pipe)) leave_one(peers_.find(number));
    }
    void leave() {
        if (const auto one = pick(); one != peers_.end()) leave_one(one);
    }
    void leave_one(place one) {
        rig_.loses(one->second->pipe);
        check_sent(*one->second);
        lost_ = true;
        peers_.erase(one);
    }
    void speak() {
        const auto one = pick();
        if (one == peers_.end()) return;
        parts message;
        for (unsigned more = from_.below(4); message.size() <= more;) message.push_back(from_.text(3));
        // Each is the only one of its kind.
        message.back() += "#" + std::to_string(number_++);
        if (from_.flag()) message.insert(message.begin(), "");
        // Of a longer message the model wants all parts heard.
        for (auto& part : message)
            if (type_ == socket_type::xpub && message.size() > 1 && looks_like_subscription(part))
                part[0] = '.';
        if (type_ == socket_type::stream)
            message.erase(message.begin(), message.end() - 1);  // raw peers know no parts
        one->second->said.push_back(message);
        rig_.arrives(one->second->pipe, message);
    }
    void room() {
        if (const auto one = pick(); one != peers_.end()) rig_.gets_room(one->second->pipe, from_.below(3));
    }

    /// A whole message, or as much of it as is taken.
    void send() {
        parts message;
        for (unsigned more = from_.below(3); message.size() <= more;) message.push_back(from_.text(3));
        message.back() += "#" + std::to_string(number_++);
        for (std::size_t i = 0; i < message.size(); ++i) {
            const bool more = i + 1 < message.size();
            const bool could = i == 0 && rig_.made->can_send();
            const auto result = rig_.send_part(message[i], more);
            if (result != errc::ok) {
                must(rig_.untouched, "what is not taken is untouched");
                must(result != errc::again || i == 0, "a message that began goes on");
                return;
            }
            (void)could;
        }
        sent_.insert(message.back());
        for (auto& each : peers_) check_sent(*each.second);
    }

    /// What a pipe was given: whole messages, each once, of those that were sent.
    void check_sent(peer_model& to) {
        must(to.pipe.misuses == 0, "nobody writes without asking for room");
        for (; to.seen < to.pipe.sent.size(); ++to.seen) {
            const auto& last = to.pipe.sent[to.seen].back();
            if (last.empty()) continue;  // a probe, or the empty end of a message that was cut short
            must(sent_.contains(last) || last.find('#') == std::string::npos, "only what was sent is given");
            must(to.pipe.sent.size() < 2 || to.seen == 0 || to.pipe.sent[to.seen - 1].back() != last,
                 "and once");
        }
    }

    void receive() {
        const bool can = rig_.made->can_receive();
        zmtp::message part;
        const auto first = rig_.made->receive(part);
        must(can == (first == errc::ok), "what can be received is, and nothing else");
        if (first != errc::ok) return;
        heard_.emplace_back(part.text());
        for (unsigned guard = 0; part.more(); ++guard) {
            must(guard < 100, "a message ends");
            must(rig_.made->receive(part) == errc::ok, "a message that began is whole");
            heard_.emplace_back(part.text());
        }
        check_heard(std::exchange(heard_, {}));
    }

    /// Every message that comes is the next one of some pipe; which ones a socket type skips is its own
    /// matter.
    void check_heard(const parts& message) {
        const auto hash = message.back().rfind('#');
        if (hash == std::string::npos) return;  // a notice, a subscription
        for (auto& [number, one] : peers_) {
            auto& said = one->said;
            const auto at =
                std::ranges::find_if(said, [&](const parts& each) { return ends(message, each); });
            if (at == said.end()) continue;
            must(std::all_of(said.begin(), at, [&](const parts& each) { return skips(each); }),
                 "in the order it was said");
            said.erase(said.begin(), at + 1);
            return;
        }
        must(lost_, "only what was said is heard, and once");
    }
    /// Is `heard` what was said, with or without an envelope in front?
    static bool ends(const parts& heard, const parts& said) {
        if (heard.back() != said.back()) return false;
        const auto common = std::min(heard.size(), said.size());
        return std::equal(heard.end() - static_cast<std::ptrdiff_t>(common), heard.end(),
                          said.end() - static_cast<std::ptrdiff_t>(common));
    }
    /// To an XPUB any such part is a subscription.
    static bool looks_like_subscription(const std::string& part) {
        return !part.empty() && (part[0] == 0 || part[0] == 1);
    }

    /// May it go unheard? Some hear only what they asked for, others only messages of one part.
    [[nodiscard]] bool skips(const parts& said) const {
        switch (type_) {
            case socket_type::req:
            case socket_type::rep:
            case socket_type::sub:
            case socket_type::xsub:
            case socket_type::dish: return true;
            case socket_type::server:
            case socket_type::peer:
            case socket_type::client:
            case socket_type::gather:
            case socket_type::channel: return said.size() > 1;
            case socket_type::xpub: return said.size() == 1 && looks_like_subscription(said[0]);
            default: return false;
        }
    }

    void ask() {
        (void)rig_.made->can_send();
        (void)rig_.made->can_receive();
        const auto topic = from_.text(2);
        (void)(from_.flag() ? rig_.subscribe(topic) : rig_.unsubscribe(topic));
    }

    input& from_;
    const socket_type type_;
    rig rig_;
    std::map<unsigned, std::unique_ptr<peer_model>> peers_;
    std::set<std::string> sent_;
    parts heard_;
    unsigned number_ = 0;
    bool lost_ = false;  // a pipe went, maybe in the middle of a message
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input from(data, size);
    const auto type = static_cast<socket_type>(from.below(zmtp::socket_type_count));
    play(from, type).run();
    return 0;
}
