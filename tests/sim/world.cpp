#include "world.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace zither::sim {

using namespace std::chrono_literals;

namespace {

constexpr int steps = 120;
// Long enough for any back-off, heartbeat or handshake of ours to run out.
constexpr auto healing_time = 120s;
std::string filling(std::size_t from, std::uint64_t number, std::size_t size) {
    dice letters(number * 16 + from);
    std::string made(size, '\0');
    for (auto& each : made) each = static_cast<char>(letters.next());
    return made;
}

/// Libsodium's random numbers, from the seed like all others.
class foreseen {
public:
    static void begin(std::uint64_t seed) {
        static const bool in_place = [] {
            static randombytes_implementation ours{name, next, nullptr, nullptr, fill, nullptr};
            return randombytes_set_implementation(&ours) == 0 && sodium_init() >= 0;
        }();
        promise(in_place, "libsodium takes the simulation's random numbers");
        from() = dice(seed + 1);
    }

private:
    static dice& from() {
        static dice one(0);
        return one;
    }
    static const char* name() { return "foreseen"; }
    static std::uint32_t next() { return static_cast<std::uint32_t>(from().next()); }
    static void fill(void* const to, const std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            static_cast<std::uint8_t*>(to)[i] = static_cast<std::uint8_t>(next());
    }
};

std::size_t wire_size(const words& message) {
    std::size_t all = 0;
    for (const auto& part : message) all += part.size() + (part.size() < 256 ? 2 : 9);
    return all;
}

}  // namespace

setting choose(dice& from) {
    setting made{};
    made.which = static_cast<setting::play>(from.below(static_cast<std::size_t>(setting::play::count_)));
    made.lossless = from.one_in(2);
    made.centre_binds = !from.one_in(3);
    made.others = made.which == setting::play::pair ? 1 : from.between(1, 3);
    const int marks[] = {1, 2, 5, 20, 1000};
    made.send_mark = marks[from.below(5)];
    made.receive_mark = marks[from.below(5)];
    made.size_max = from.one_in(8) ? 40000 : from.one_in(3) ? 1500 : 60;
    made.named = from.one_in(2);
    made.handover = from.one_in(2);
    made.heartbeats = !made.lossless && from.one_in(2);
    made.lazy = from.one_in(3);
    made.drops = made.which == setting::play::publish && from.one_in(2);
    made.curve = from.one_in(8);
    auto& network = made.network;
    network.capacity = std::size_t{1} << from.between(8, 16);
    network.partial = from.one_in(2);
    network.delay_odds = from.one_in(3) ? 0 : from.between(2, 6);
    network.signal_odds = from.one_in(3) ? from.between(5, 50) : 0;
    if (made.lossless) return made;
    network.reset_odds = from.between(20, 200);
    network.vanish_odds = made.heartbeats && from.one_in(2) ? from.between(50, 300) : 0;
    network.refuse_odds = from.one_in(2) ? from.between(2, 5) : 0;
    return made;
}

std::string describe(const setting& of) {
    static const char* const names[] = {"pipeline", "publish", "ask", "route", "pair"};
    return std::string(names[static_cast<int>(of.which)]) + (of.lossless ? " lossless" : " chaos") +
           (of.centre_binds ? " centre-binds" : " others-bind") + " others=" + std::to_string(of.others) +
           " marks=" + std::to_string(of.send_mark) + "/" + std::to_string(of.receive_mark) +
           " size=" + std::to_string(of.size_max) + " capacity=" + std::to_string(of.network.capacity) +
           (of.network.partial ? " partial" : "") + (of.named ? " named" : "") +
           (of.heartbeats ? " heartbeats" : "") + (of.lazy ? " lazy" : "") + (of.drops ? " drops" : "") +
           (of.curve ? " curve" : "") + (of.network.vanish_odds ? " vanish" : "");
}

world::world(std::uint64_t seed) : chance(seed), is(choose(chance)) {
    machine_ = std::make_unique<machine>(seed, habits{.capacity = is.network.capacity});
    loop_ = std::make_unique<asio::io_context>(1);
    context_.emplace(*loop_);
    descriptors_ = machine_->open_by_kind();
    foreseen::begin(seed);
    if (is.curve) server_keys_ = key_pair::generate(), client_keys_ = key_pair::generate();
    using type = socket_type;
    using play = setting::play;
    constexpr std::pair<type, type> types[] = {{type::push, type::pull},
                                               {type::xpub, type::sub},
                                               {type::rep, type::req},
                                               {type::router, type::dealer},
                                               {type::pair, type::pair}};
    auto [centre, other] = types[static_cast<int>(is.which)];
    if (is.drops) centre = type::pub;
    others_.resize(is.others);
    if (is.centre_binds) open(centre_, centre, true);
    for (std::size_t i = 0; i < others_.size(); ++i) {
        others_[i].number = i + 1;
        if (is.centre_binds) others_[i].endpoint = centre_.endpoint;
        open(others_[i], other, !is.centre_binds);
    }
    if (!is.centre_binds) {
        open(centre_, centre, false);
        for (const auto& each : others_) centre_.socket->connect(each.endpoint);
    }
    // A publisher's subscribers must be there before what they are promised.
    if (is.which == play::publish)
        for (int i = 0; i < 200; ++i) pass(10ms);
    machine_->how = is.network;
}

world::~world() {
    others_.clear();
    end(centre_);
    context_.reset();
    if (loop_) loop_->restart(), loop_->poll();
    loop_.reset();
}

void world::open(actor& one, socket_type type, bool binds) {
    auto& made = one.socket.emplace(*context_, type);
    one.sets.insert(made.object()->engine().set());
    one.opened = machine_->now();
    one.connects = binds ? 0 : one.number == 0 ? is.others : 1;
    made.set(option::send_high_water_mark, has_marks() ? is.send_mark : 0);
    made.set(option::receive_high_water_mark, has_marks() ? is.receive_mark : 0);
    made.set(option::reconnect_interval, 10ms);
    made.set(option::linger, 0ms);
    // Where nothing breaks no connection ends: jumps of the clock end no handshake either.
    if (is.lossless) made.set(option::handshake_interval, 10min);
    if (is.heartbeats) {
        made.set(option::heartbeat_interval, 50ms);
        made.set(option::heartbeat_timeout, 200ms);
        made.set(option::handshake_interval, 500ms);
    }
    if (type == socket_type::router) {
        made.set(option::router_mandatory, true);
        made.set(option::router_handover, is.handover);
    }
    if (is.named && type == socket_type::dealer)
        made.set(option::routing_id, "dealer" + std::to_string(one.number));
    if (type == socket_type::req && !is.lossless) {
        made.set(option::req_relaxed, true);
        made.set(option::req_correlate, true);
    }
    if (type == socket_type::sub) {
        made.subscribe("to" + std::to_string(one.number));
        made.subscribe("all");
    }
    if (is.curve) secure(made, binds);
    if (has_marks()) attach_gauge(one);
    if (binds) {
        made.bind(one.endpoint.empty() ? "tcp://127.0.0.1:*" : one.endpoint);
        one.endpoint = made.last_endpoint();
    } else if (!one.endpoint.empty()) {
        made.connect(one.endpoint);
    }
}

void world::secure(zither::socket& one, bool binds) const {
    const auto& own = binds ? server_keys_ : client_keys_;
    one.set(option::curve_secret_key, own.secret_half.z85());
    if (binds) {
        one.set(option::curve_server, true);
        return;
    }
    one.set(option::curve_public_key, own.public_half.z85());
    one.set(option::curve_server_key, server_keys_.public_half.z85());
}

void world::attach_gauge(actor& one) {
    const auto where = "inproc://gauge" + std::to_string(gauges_++);
    const auto failure = one.socket->object()->monitor(where.c_str(), sockets::monitor_event::pipes_stats, 2);
    promise(failure == errc::ok, "a socket tells its monitor");
    one.gauge.emplace(*context_, socket_type::pair).connect(where);
}

void world::end(actor& one) {
    one.gauge.reset();
    one.socket.reset();
}

void world::turn(std::chrono::nanoseconds time) {
    machine_->turn(time);
    loop_->restart();
    loop_->poll();
}

void world::pass(std::chrono::nanoseconds time) {
    turn(time);
    check_owners();
}

bool world::has_marks() const { return is.which != setting::play::publish || is.drops; }

bool world::speaks(bool centre) const {
    using play = setting::play;
    return is.which == play::pair ||
           (is.which == play::pipeline || is.which == play::publish ? centre : !centre);
}
bool world::hears(bool centre) const {
    using play = setting::play;
    return is.which == play::pair || is.which == play::ask || is.which == play::route ||
           (is.which == play::pipeline || is.which == play::publish ? !centre : centre);
}

/// What message `number` of a sender says, to the last octet: so a receiver knows what was never said.
words world::make(std::size_t from, std::uint64_t number) const {
    dice shape(number * 16 + from + 7);
    words made;
    if (is.which == setting::play::publish) {
        const auto to = shape.below(is.others + 2);
        made.push_back(to == 0 ? "all" : "to" + std::to_string(to));
    }
    made.push_back(std::to_string(from) + ":" + std::to_string(number));
    for (auto more = shape.below(3); more > 0; --more)
        made.push_back(filling(from, number + more, shape.below(is.size_max)));
    return made;
}

world::fate world::send(actor& by, const words& message) {
    multipart parts;
    for (const auto& each : message) parts.emplace_back(each);
    std::error_code error;
    by.socket->send(std::move(parts), wait::never, error);
    if (!error) return fate::goes;
    promise(error == errc::again || error == errc::wrong_state || error == errc::host_unreachable,
            "a send goes, or has to wait, or says why not");
    return error == errc::host_unreachable ? fate::unreachable : fate::waits;
}

bool world::tell(actor& by) {
    const auto message = make(by.number, by.next);
    const bool asks = is.which == setting::play::ask;
    if (asks && !by.waiting.empty() && (is.lossless || --by.patience > 0)) return false;
    const auto about = tellings(by, message);
    if (send(by, message) != fate::goes) return false;
    for (const auto& each : about) note_told(each);
    if (asks) by.waiting = message, by.patience = 30;
    ++by.next;
    by.sizes.push_back(wire_size(message));
    ++said_[by.number];
    return true;
}

bool world::listen(actor& by) {
    std::error_code error;
    const auto parts = by.socket->receive_multipart(wait::never, error);
    if (error) {
        promise(error == errc::again || error == errc::wrong_state, "a receive has a message, or none");
        return false;
    }
    words heard;
    for (const auto& each : parts) heard.emplace_back(each.text());
    const auto* peer = parts.front().peer();
    check(by, heard, peer ? peer->descriptor() : -1);
    return true;
}

/// Sends the replies that are owed, as far as there is room.
void world::serve(actor& by) {
    while (!by.owed.empty()) {
        const auto answer = answer_to(by, by.owed.front());
        const auto became = send(by, by.owed.front());
        if (became == fate::waits) return;
        if (became == fate::goes) note_told(answer);
        by.owed.erase(by.owed.begin());
    }
}

void world::act(actor& one, bool centre) {
    if (!one.owed.empty()) serve(one);
    if (speaks(centre) && chance.one_in(2))
        for (auto count = chance.between(1, 8); count > 0 && tell(one); --count) {
        }
    if (hears(centre) && one.owed.empty() && chance.one_in(is.lazy ? 20 : 2))
        for (auto count = chance.between(1, 8); count > 0 && one.owed.empty() && listen(one); --count) {
        }
}

void world::step() {
    act(centre_, true);
    for (auto& each : others_) act(each, false);
    check_marks(centre_);
    for (auto& each : others_) check_marks(each);
    if (!is.lossless && chance.one_in(60)) machine_->break_all();
    if (!is.lossless && chance.one_in(60)) reopen(others_[chance.below(others_.size())]);
    const bool jump = chance.one_in(80);
    pass(jump ? std::chrono::seconds(chance.below(20)) : std::chrono::microseconds(chance.below(3000)));
}

/// A peer goes and comes back as a new one.
void world::reopen(actor& one) {
    const auto type = one.socket->type();
    end(one);
    // The reactor may look at it twice more, after a millisecond and a little for each socket; then nothing
    // of it may be left.
    turn(2ms);
    pass(2ms);
    one.waiting.clear();
    open(one, type, !is.centre_binds);
    ++reopened_;
}

bool world::all_heard() const {
    using play = setting::play;
    for (const auto& [from, count] : said_) {
        const auto at = heard_of_.find(from);
        if (is.which != play::publish && (at == heard_of_.end() || at->second < count)) return false;
    }
    for (const auto& each : others_)
        if (!each.waiting.empty()) return false;
    if (is.which == play::route)
        for (const auto& [ends, all] : told_)
            for (const auto& [number, answer] : all)
                if (ends.first == 0 && !heard_.contains({ends.second, ends.second, number})) return false;
    if (is.which != play::publish) return true;
    for (std::uint64_t number = 1; number < centre_.next; ++number) {
        const auto topic = make(0, number)[0];
        for (const auto& each : others_)
            if ((topic == "all" || topic == "to" + std::to_string(each.number)) &&
                !heard_.contains({each.number, 0, number}))
                return false;
    }
    return true;
}

/// The network is well again; everything that can be heard is.
void world::heal() {
    machine_->how = habits{};
    const auto end = machine_->now() + healing_time;
    while (machine_->now() < end && !(is.lossless && !is.drops && all_heard())) {
        if (!centre_.owed.empty()) serve(centre_);
        for (std::size_t number = 0; number <= is.others; ++number)
            if (hears(number == 0))
                while (actor_of(number).owed.empty() && listen(actor_of(number))) {
                }
        // Finely at first, then in strides that let every timer come due.
        pass(machine_->now() < end - healing_time + 3s ? 5ms : 250ms);
    }
    if (is.lossless && !is.drops) promise(all_heard(), "nothing is lost while connections last");
}

/// After all that, everybody still talks to everybody.
void world::check_liveness() {
    const auto before = heard_;
    const auto count = [&](std::size_t by) {
        return std::ranges::count_if(
            heard_, [&](const auto& each) { return std::get<0>(each) == by && !before.contains(each); });
    };
    const auto reached = [&] {
        for (std::size_t number = 0; number <= is.others; ++number)
            if (hears(number == 0) && count(number) == 0) return false;
        return true;
    };
    for (int i = 0; i < 2000 && !reached(); ++i) {
        if (!centre_.owed.empty()) serve(centre_);
        for (std::size_t number = 0; number <= is.others; ++number) {
            auto& one = actor_of(number);
            if (speaks(number == 0)) tell(one);
            if (hears(number == 0))
                while (one.owed.empty() && listen(one)) {
                }
        }
        pass(20ms);
    }
    promise(reached(), "when the network is well, everybody is heard again");
}

void world::run() {
    for (int i = 0; i < steps; ++i) step();
    heal();
    account();
    check_liveness();
    others_.clear();
    end(centre_);
    context_.reset();
    loop_->restart();
    loop_->poll();
    // A loop whose work is done stops: a timer or a watch that nobody owns would keep it.
    promise(loop_->stopped(), "nothing is left to wait for");
    loop_.reset();
    promise(machine_->open_descriptors() == 0, "no descriptor is left behind");
}

}  // namespace zither::sim
