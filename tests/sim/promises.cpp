// What must hold, and the books that tell.
#include "books.hpp"
#include "world.hpp"

#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace zither::sim {

namespace {

using play = setting::play;

constexpr std::size_t small_chunk = 8 * 1024;
constexpr std::size_t chunk = 64 * 1024;

template <class Part>
std::uint64_t number_in(const Part& part) {
    std::uint64_t value = 0;
    std::memcpy(&value, part.data(), std::min(sizeof value, part.size()));
    return value;
}

/// How many of these, one behind the other, have so many octets at most.
std::size_t most_within(const std::vector<std::size_t>& sizes, std::size_t octets) {
    std::size_t most = 0, first = 0, sum = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        for (sum += sizes[i]; sum > octets; sum -= sizes[first++]) {
        }
        most = std::max(most, i + 1 - first);
    }
    return most;
}

}  // namespace

// What one message says.

void world::check(actor& by, const words& heard, int descriptor) {
    ++heard_count_;
    auto said = heard;
    if (is.which == play::route && by.number == 0) {
        promise(said.size() >= 2 && !said.front().empty(), "a ROUTER's message begins with its envelope");
        said.erase(said.begin());
    }
    const std::size_t place = is.which == play::publish ? 1 : 0;
    promise(said.size() > place, "no message lacks a part");
    const auto colon = said[place].find(':');
    promise(colon != std::string::npos, "the first part is where it was");
    const auto from = static_cast<std::size_t>(std::stoul(said[place]));
    const auto number = std::stoull(said[place].substr(colon + 1));
    promise(from <= is.others && number > 0 && number < actor_of(from).next, "no message is invented");
    promise(said == make(from, number), "no message is changed");
    if (is.which == play::publish)
        promise(said[0] == "all" || said[0] == "to" + std::to_string(by.number),
                "only what was subscribed to comes");

    const bool answer = from == by.number;
    promise(answer == (by.number != 0 && (is.which == play::ask || is.which == play::route)),
            "everybody hears the others, and answers to his own");
    promise(heard_.emplace(by.number, from, number).second, "no message comes twice");
    check_order(by, from, number, descriptor);
    if (is.which == play::ask && answer) {
        promise(by.waiting == said, "an answer is to the question");
        by.waiting.clear();
    }
    if (!answer) ++heard_of_[from];
    if (by.number == 0 && (is.which == play::ask || is.which == play::route)) {
        check_envelope(from, heard);
        by.owed.push_back(heard);
        serve(by);
    }
}

void world::check_envelope(std::size_t from, const words& heard) const {
    if (is.which != play::route) return;
    const auto& envelope = heard.front();
    const bool given = envelope.size() == 5 && envelope[0] == '\0';
    promise(is.named ? envelope == "dealer" + std::to_string(from) || (is.handover && given) : given,
            "an envelope names who sent it, or whose name another has by now");
}

void world::check_order(const actor& by, std::size_t from, std::uint64_t number, int descriptor) {
    promise(descriptor != -1, "a message says by which connection it came");
    auto& last = last_[{from, by.number, descriptor}];
    promise(last < number, "messages of a connection come in order");
    last = number;
    if (from == by.number)
        note_heard(0, by.number, number, descriptor);
    else
        note_heard(from, is.which == play::pipeline ? 0 : by.number, number, descriptor);
}

// What is lost, and where nothing may be.
//
// Who connects has one pipe for each endpoint, which outlives connections; who binds has one for each
// connection. So it is known which connection a message must come by: that of a sender with one endpoint, by
// what its receiver says; or the only one that a binding sender has at the time. (A receiver that connects
// does not say it well: what it reads after a reconnect has the new connection's properties.) Where a PUSH
// has several peers it is not known to which it gave a message; then a loss wants an excuse: a connection
// that broke. Nothing is promised to a REQ that has asked again; nor to the peer of a PUB that may be at its
// mark. That is sooner than the mark says: what the kernel has counts until the lane's whole block has gone,
// and room is told of in steps of half the mark.

std::vector<world::telling> world::tellings(const actor& by, const words& message) const {
    const auto now = machine_->now();
    const bool binds = by.connects == 0;
    std::vector<telling> made;
    if (is.which != play::publish) {
        const std::size_t to = is.which == play::pair && by.number == 0 ? 1 : 0;
        const auto line = binds ? only_line(by, to) : -1;
        made.push_back({by.number, to, by.next, now, {by.number, line, {}}, line != -1 || by.connects == 1});
        return made;
    }
    for (const auto& each : others_) {
        if (message[0] != "all" && message[0] != "to" + std::to_string(each.number)) continue;
        const auto line = binds ? only_line(by, each.number) : -1;
        const bool sure = (line != -1 || !binds) && has_room(each.number);
        made.push_back({0, each.number, by.next, now, {0, line, message[0]}, sure});
    }
    return made;
}

world::telling world::answer_to(const actor& by, const words& question) const {
    const bool routes = is.which == play::route;
    const auto& body = question[routes ? 1 : 0];
    const auto to = static_cast<std::size_t>(std::stoul(body));
    const auto number = std::stoull(body.substr(body.find(':') + 1));
    const auto line = by.connects == 0 ? only_line(by, to) : -1;
    const bool sure = routes && (line != -1 || by.connects > 0);
    return {0, to, number, machine_->now(), {0, line, routes ? question[0] : std::string()}, sure};
}

/// A publisher's pipe to this one is certainly not full: few were said since all of his were seen empty.
bool world::has_room(std::size_t by) const {
    if (!is.drops) return true;
    const auto told = told_.find({0, by});
    if (told == told_.end()) return true;
    return std::distance(told->second.lower_bound(emptied_), told->second.end()) <= is.send_mark / 2;
}

/// The sender's end of the only connection by which a message can go (to one receiver; 0: to any); -1 when
/// there is none, or a choice.
int world::only_line(const actor& of, std::size_t to) const {
    const int set = of.socket->object()->engine().set();
    int found = -1;
    for (const auto& each : machine_->lines())
        for (const int end : {0, 1}) {
            if (each.sets[end] != set || each.closed[end] != machine::never) continue;
            const int beyond = each.sets[1 - end];
            if (to != 0 && beyond != -1 && !actor_of(to).sets.contains(beyond)) continue;
            if (found != -1) return -1;
            found = each.ends[end];
        }
    return found;
}

void world::note_told(const telling& one) {
    told_[{one.from, one.to}].emplace(one.number, one);
    if (!one.sure || one.by.descriptor == -1) return;
    courses_[one.by].due.push_back(one.number);
}

void world::note_heard(std::size_t from, std::size_t to, std::uint64_t number, int descriptor) {
    auto& reached = reached_[{from, to}];
    reached = std::max(reached, number);
    const auto& all = told_[{from, to}];
    const auto one = all.find(number);
    promise(one != all.end(), "nothing is heard that found no way");
    const auto& kind = one->second.by.kind;
    if (actor_of(from).connects == 0) {
        if (one->second.by.descriptor != -1) take_due(courses_[one->second.by], number);
        return;
    }
    auto& so_far = courses_[{from, descriptor, kind}];
    if (so_far.last != 0)
        for (auto next = all.upper_bound(so_far.last); next->first < number; ++next)
            promise(!next->second.sure || next->second.by.kind != kind,
                    "nothing is lost within a connection");
    so_far.to = to;
    so_far.last = number;
}

void world::take_due(progress& of, std::uint64_t number) const {
    auto& due = of.due;
    // A topic's subscription may come late, but not after the first message.
    if (is.which == play::publish && of.last == 0)
        while (!due.empty() && due.front() < number) due.pop_front();
    promise(due.empty() || due.front() >= number, "nothing is lost within a connection");
    if (!due.empty() && due.front() == number) due.pop_front();
    of.last = number;
}

/// When all is quiet: what was not heard has an excuse.
void world::account() const {
    account_for_courses();
    if (is.which == play::ask) account_for_questions();
    if (is.which == play::publish) return;
    std::set<std::pair<std::size_t, std::uint64_t>> heard;
    for (const auto& [by, from, number] : heard_)
        if (by != from) heard.emplace(from, number);
    for (const auto& [ends, all] : told_) {
        const bool answers = ends.first == 0 && (is.which == play::ask || is.which == play::route);
        for (const auto& [number, one] : all)
            if (!answers && !heard.contains({one.from, number}))
                promise(excused(one), "what is lost was on a connection that broke");
    }
}

/// What stayed up has brought all that it must.
void world::account_for_courses() const {
    for (const auto& [by, so_far] : courses_) {
        if (!is_up(by.descriptor)) continue;
        const bool subscribed = is.which != play::publish || so_far.last != 0;
        promise(so_far.due.empty() || !subscribed, "nothing is left behind by a connection that stays");
        const auto told = told_.find({by.from, so_far.to});
        if (told == told_.end() || actor_of(by.from).connects == 0) continue;
        for (auto next = told->second.upper_bound(so_far.last); next != told->second.end(); ++next)
            promise(!next->second.sure || next->second.by.kind != by.kind,
                    "nothing is left behind by a connection that stays");
    }
}

/// A REQ waits for nothing that it was sent.
void world::account_for_questions() const {
    for (const auto& each : others_) {
        if (each.waiting.empty()) continue;
        const auto number = each.next - 1;
        const auto reached = reached_.find({0, each.number});
        const auto before = number - 1 - (reached == reached_.end() ? 0 : reached->second);
        // A REP drops what finds no room.
        if (before > static_cast<std::uint64_t>(is.send_mark) / 2) continue;
        promise(broke_after(each, told_.at({each.number, 0}).at(number).at, ~std::uint64_t{0}),
                "who waits for an answer had a connection that broke");
    }
}

/// The socket is another by now, or a connection of its time broke, and brought nothing later.
bool world::excused(const telling& lost) const {
    const auto& by = actor_of(lost.from);
    return by.opened > lost.at || broke_after(by, lost.at, lost.number);
}

bool world::broke_after(const actor& of, moment since, std::uint64_t number) const {
    for (const auto& each : machine_->lines())
        for (const int end : {0, 1}) {
            if (each.broke == machine::never || !of.sets.contains(each.sets[end])) continue;
            if (each.closed[end] < since) continue;
            const auto so_far = courses_.find({of.number, each.ends[of.connects == 0 ? end : 1 - end], {}});
            if (so_far == courses_.end() || so_far->second.last < number) return true;
        }
    return false;
}

bool world::is_up(int descriptor) const {
    return std::ranges::any_of(machine_->lines(), [&](const auto& each) {
        return each.broke == machine::never && (each.ends[0] == descriptor || each.ends[1] == descriptor);
    });
}

// What sockets keep.

/// What a pipe may have received: its mark, and what one read takes at once. In small messages that is many,
/// so it is counted in those that were said.
std::size_t world::received_at_most() const {
    std::size_t octets = is.receive_mark < 100 ? small_chunk : chunk;
    // Where writing failed everything is read that the network still holds.
    if (!is.lossless) octets += is.network.capacity;
    std::size_t most = 0;
    for (std::size_t from = 0; from <= is.others; ++from) {
        auto sizes = actor_of(from).sizes;
        // Of some messages on this pipe, and others elsewhere or nowhere, the smallest are taken.
        const bool all_go_there = is.which != play::publish && (is.which != play::pipeline || is.others == 1);
        if (!is.lossless || !all_go_there) std::ranges::sort(sizes);
        most = std::max(most, most_within(sizes, octets));
    }
    return static_cast<std::size_t>(is.receive_mark) + most + 1;
}

/// No pipe keeps more than its marks let it.
void world::check_marks(actor& one) {
    if (!one.gauge || one.socket->object()->monitor_pipes() != errc::ok) return;
    bool empty = true;
    std::error_code none;
    for (;;) {
        const auto told = one.gauge->receive_multipart(wait::never, none);
        if (none) break;
        promise(told.size() == 6, "a monitor is told of both ways of a pipe");
        const auto queued = number_in(told[2]), received = number_in(told[3]);
        promise(queued <= static_cast<std::uint64_t>(is.send_mark), "SNDHWM holds");
        if (received > static_cast<std::uint64_t>(is.receive_mark))
            promise(received <= received_at_most(), "RCVHWM holds, but for what one read takes");
        empty = empty && queued == 0;
    }
    if (empty && one.number == 0) emptied_ = one.next;
}

/// Every descriptor and every timer is that of a socket that lives. A connector has its connection, or a
/// descriptor that calls, or a timer until it calls again.
void world::check_owners() {
    std::size_t living = 0, listeners = 0, connectors = 0, connections = 0, connected = 0;
    const auto count = [&](const actor& one) {
        if (one.gauge) living += 2;  // and the other end of it
        if (!one.socket) return;
        ++living;
        listeners += one.connects == 0;
        connectors += one.connects;
        const auto own = one.socket->object()->engine().connection_count();
        connections += own;
        if (one.connects > 0) connected += own;
    };
    count(centre_);
    for (const auto& each : others_) count(each);

    const auto all = machine_->open_by_kind();
    const auto open = [&](machine::kind of) {
        const auto place = static_cast<std::size_t>(of);
        return all[place] - descriptors_[place];
    };
    using kind = machine::kind;
    promise(open(kind::event) == 0 && open(kind::timer) == 0, "no socket has events or timers of the system");
    promise(open(kind::epoll) == living, "every set has an owner");
    promise(open(kind::listener) == listeners, "every listener has an owner");
    const auto calling = open(kind::stream) - connections;
    promise(calling <= connectors - connected, "every connection has an owner");

    const auto timers = look_at_timers(*loop_, *centre_.socket->object()->engine().by());
    promise(timers.sockets == living && timers.strays == 0, "the reactor knows who lives, and nobody else");
    promise(timers.orphans == 0, "no timer is kept for who is gone");
    const auto pausing = connectors - connected - calling;
    promise(timers.running == timers.shared + timers.engines + pausing, "every timer has an owner");
    if (is.lossless)
        promise(std::ranges::all_of(machine_->lines(),
                                    [](const auto& each) { return each.broke == machine::never; }),
                "no connection ends by itself");
}

}  // namespace zither::sim
