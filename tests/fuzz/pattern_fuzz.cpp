// Every socket type, driven by any calls in any order, against a naive model: each pipe's messages as a
// queue, and who may and who must get what is sent.
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
    explicit peer_model(const std::string& says_its_id) : pipe(says_its_id) {}
    fake_pipe pipe;
    std::deque<parts> said;
    std::set<std::string> wants;   // topics or groups
    std::string id;                // a ROUTER's or STREAM's for it; "" while it is not known
    std::uint32_t number = 0;      // a SERVER's or PEER's for it, likewise
    std::size_t room = unlimited;  // messages it takes
    std::size_t seen = 0;          // of pipe.sent

    static constexpr std::size_t unlimited = static_cast<std::size_t>(-1);
};

/// What the application sends, and whom it names.
struct letter {
    parts message;
    std::uint32_t number = 0;
    std::string group;
};

class play {
public:
    play(input& from, socket_type type) : from_(from), type_(type), rig_(type, options(from)) {}

    void run() {
        for (unsigned i = 0; i < operations_max && !from_.empty(); ++i) {
            switch (from_.below(10)) {
                case 0: join(); break;
                case 1: leave(); break;
                case 2:
                case 3: speak(); break;
                case 4: wish(); break;
                case 5: room(); break;
                case 6:
                case 7: send(); break;
                case 8: receive(); break;
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
        auto& one = *made;
        one.pipe.all_groups = type_ == socket_type::radio && number == 3;
        peers_[number] = std::move(made);
        rig_.made->attached(one.pipe, number & 1);
        (void)given_to(one, {});  // a probe
        if (!rig_.made->connected(one.pipe))
            leave_one(peers_.find(number));
        else if (type_ == socket_type::router)
            name(one, names[number]);
    }
    /// Whoever had the name goes on without, under a new one of the ROUTER's choice.
    void name(peer_model& newcomer, const std::string& id) {
        for (auto& [number, one] : peers_)
            if (!id.empty() && one->id == id) {
                must(rig_.options.router_handover, "a name that is taken stays");
                one->id.clear();
            }
        newcomer.id = id;
    }
    void leave() {
        if (const auto one = pick(); one != peers_.end()) leave_one(one);
    }
    void leave_one(place one) {
        rig_.loses(one->second->pipe);
        (void)given_to(*one->second, {});
        if (asked_by_ == one->second.get()) asked_by_ = nullptr;
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
        obey(*one->second, message);
        rig_.arrives(one->second->pipe, message);
    }
    /// A subscription or its end, a JOIN or LEAVE.
    void wish() {
        const auto one = pick();
        if (one == peers_.end() || !(publishes() || type_ == socket_type::radio)) return;
        const auto first = from_.flag() ? '\1' : '\0';
        const parts message{first + word(2)};
        obey(*one->second, message);
        rig_.arrives(one->second->pipe, message);
    }
    /// What a publisher makes of it: each part may be a subscription, while only a whole message joins.
    void obey(peer_model& one, const parts& message) const {
        if (!publishes() && (type_ != socket_type::radio || message.size() > 1)) return;
        for (const auto& part : message) {
            if (!looks_like_subscription(part)) continue;
            if (part[0] == 1)
                one.wants.insert(part.substr(1));
            else
                one.wants.erase(part.substr(1));
        }
    }
    void room() {
        const auto one = pick();
        if (one == peers_.end()) return;
        one->second->room = from_.below(3);
        rig_.gets_room(one->second->pipe, one->second->room);
    }
    /// Of few letters, so that some are the beginning of others.
    std::string word(unsigned most) {
        auto made = from_.text(most);
        for (auto& each : made) each = (each & 1) ? 'a' : 'b';
        return made;
    }

    letter write() {
        letter made;
        for (unsigned more = from_.below(knows_two_parts() ? 2 : 3); made.message.size() <= more;)
            made.message.push_back(word(3));
        if (type_ == socket_type::xsub && from_.flag())
            for (auto& part : made.message) part.insert(0, 1, from_.flag() ? '\1' : '\0');
        made.message.back() += "#" + std::to_string(number_++);
        made.group = word(2);
        const auto to = from_.flag() ? pick() : peers_.end();
        if (to == peers_.end()) return made;
        made.number = to->second->number;
        if (names_peers() && made.message.size() > 1) made.message[0] = to->second->id;
        return made;
    }
    errc send_part(const letter& from, std::size_t i) {
        auto part = sockets::pattern::test::make_part(from.message[i], i + 1 < from.message.size());
        part.set_routing_id(from.number);
        if (type_ == socket_type::radio) must(part.set_group(from.group), "a group has a name");
        const auto result = rig_.made->send(part);
        must(result == errc::ok || (part.text() == from.message[i] && part.routing_id() == from.number),
             "what is not taken is untouched");
        return result;
    }

    /// A whole message, or nothing of it.
    void send() {
        const auto sent = write();
        const auto whom = entitled(sent);
        const bool could = rig_.made->can_send();
        auto result = errc::ok;
        for (std::size_t i = 0; i < sent.message.size() && result == errc::ok; ++i) {
            result = send_part(sent, i);
            must(result == errc::ok || i == 0, "a message that began goes on");
        }
        if (takes_turns() && result != errc::invalid_argument)
            must(could == (result == errc::ok), "what can be sent is, and nothing else");
        check_given(sent, whom, result);
    }

    using peer_set = std::set<const peer_model*>;

    /// Who got it: of a type that addresses somebody just those, of one that takes turns one of them.
    void check_given(const letter& sent, const peer_set& whom, errc result) {
        peer_set got;
        for (auto& [number, one] : peers_)
            if (given_to(*one, sent.message)) got.insert(one.get());
        must(std::ranges::includes(whom, got), "nobody gets what is not for him");
        must(fans_out() || got.size() <= 1, "one gets it at most");
        if (result != errc::ok) return must(got.empty(), "nobody gets what was not taken");
        if (takes_turns()) return must(got.size() == 1, "one of many gets it");
        if (addresses()) must(got == whom, "whoever it is for gets it");
    }

    /// Those that it is for and that have room.
    [[nodiscard]] peer_set entitled(const letter& sent) const {
        peer_set all;
        for (const auto& [number, one] : peers_)
            if (one->room > 0 && is_for(*one, sent)) all.insert(one.get());
        return all;
    }
    [[nodiscard]] bool is_for(const peer_model& one, const letter& sent) const {
        switch (type_) {
            case socket_type::pub:
            case socket_type::xpub: return wants(one, sent.message[0]) != rig_.options.invert_matching;
            case socket_type::radio: return one.pipe.all_groups || one.wants.contains(sent.group);
            case socket_type::router:
            case socket_type::stream:
                return sent.message.size() > 1 && !one.id.empty() && one.id == sent.message[0];
            case socket_type::server:
            case socket_type::peer: return sent.number != 0 && one.number == sent.number;
            case socket_type::rep: return &one == asked_by_;
            default: return true;
        }
    }
    static bool wants(const peer_model& one, const std::string& text) {
        return std::ranges::any_of(one.wants, [&](const auto& topic) { return text.starts_with(topic); });
    }

    /// An address or a name, and the body.
    [[nodiscard]] bool knows_two_parts() const {
        return type_ == socket_type::stream || type_ == socket_type::dgram;
    }
    [[nodiscard]] bool names_peers() const {
        return type_ == socket_type::router || type_ == socket_type::stream;
    }
    [[nodiscard]] bool numbers_peers() const {
        return type_ == socket_type::server || type_ == socket_type::peer;
    }
    [[nodiscard]] bool fans_out() const {
        return publishes() || type_ == socket_type::radio || type_ == socket_type::xsub;
    }
    [[nodiscard]] bool publishes() const { return type_ == socket_type::pub || type_ == socket_type::xpub; }
    /// Everybody that a message is for gets it.
    [[nodiscard]] bool addresses() const {
        switch (type_) {
            case socket_type::pub:
            case socket_type::xpub:
            case socket_type::radio:
            case socket_type::router:
            case socket_type::server:
            case socket_type::peer:
            case socket_type::rep: return true;
            default: return false;
        }
    }
    /// One of those that have room gets a message.
    [[nodiscard]] bool takes_turns() const {
        switch (type_) {
            case socket_type::push:
            case socket_type::pair:
            case socket_type::dealer:
            case socket_type::client:
            case socket_type::scatter:
            case socket_type::channel: return true;
            default: return false;
        }
    }

    /// Was a pipe given the message? It gets nothing else, and that once.
    static bool given_to(peer_model& to, const parts& message) {
        must(to.pipe.misuses == 0, "nobody writes without asking for room");
        bool given = false;
        for (; to.seen < to.pipe.sent.size(); ++to.seen) {
            must(to.room > 0, "nobody gets more than it has room for");
            if (to.room != peer_model::unlimited) --to.room;
            const auto& got = to.pipe.sent[to.seen];
            if (got == parts{""}) continue;  // a probe
            must(!message.empty() && ends(got, message), "only what was sent is given");
            must(!std::exchange(given, true), "and once");
        }
        return given;
    }

    void receive() {
        const bool can = rig_.made->can_receive();
        zmtp::message part;
        const auto first = rig_.made->receive(part);
        must(can == (first == errc::ok), "what can be received is, and nothing else");
        if (first != errc::ok) return;
        asked_by_ = nullptr;
        heard_.emplace_back(part.text());
        for (unsigned guard = 0; part.more(); ++guard) {
            must(guard < 100, "a message ends");
            must(rig_.made->receive(part) == errc::ok, "a message that began is whole");
            heard_.emplace_back(part.text());
        }
        check_heard(std::exchange(heard_, {}), part.routing_id());
    }

    /// Every message that comes is the next one of some pipe; which ones a socket type skips is its own
    /// matter.
    void check_heard(const parts& message, std::uint32_t number) {
        const auto hash = message.back().rfind('#');
        if (hash == std::string::npos) return;  // a notice, a subscription
        for (auto& [slot, one] : peers_) {
            auto& said = one->said;
            const auto at =
                std::ranges::find_if(said, [&](const parts& each) { return ends(message, each); });
            if (at == said.end()) continue;
            must(std::all_of(said.begin(), at, [&](const parts& each) { return skips(each); }),
                 "in the order it was said");
            said.erase(said.begin(), at + 1);
            asked_by_ = one.get();
            if (names_peers()) learn(*one, &peer_model::id, message[0]);
            if (numbers_peers()) learn(*one, &peer_model::number, number);
            return;
        }
        must(lost_, "only what was said is heard, and once");
    }
    /// What the application can answer to: always the same, and nobody else's.
    template <class Name>
    void learn(peer_model& one, Name peer_model::*known, const Name& heard) {
        must(heard != Name(), "who speaks has a name");
        if (one.*known == Name())
            for (const auto& [slot, other] : peers_)
                must((*other).*known != heard, "the name is nobody else's");
        else
            must(one.*known == heard, "the name stays");
        one.*known = heard;
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
        const auto topic = word(2);
        (void)(from_.flag() ? rig_.subscribe(topic) : rig_.unsubscribe(topic));
    }

    input& from_;
    const socket_type type_;
    rig rig_;
    std::map<unsigned, std::unique_ptr<peer_model>> peers_;
    const peer_model* asked_by_ = nullptr;  // whoever was heard last
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
