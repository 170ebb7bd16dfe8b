#include "part.hpp"

#include "zmq.h"

#include <cerrno>
#include <string_view>

namespace zither::soak {

namespace {

constexpr int high_water_mark = 200;
constexpr std::size_t window = 20;  ///< questions of a DEALER on their way
constexpr std::uint64_t patience = 2500 * ms;
constexpr std::uint32_t burst_max = 6;
constexpr int received_at_once = 40;

/// A secret key for both sides, the same in every process: who may know it is not what is tested here.
struct keys {
    char open[41];
    char secret[41];
    explicit keys(std::uint8_t which) {
        std::uint8_t octets[32];
        for (std::uint8_t i = 0; i < sizeof octets; ++i) octets[i] = static_cast<std::uint8_t>(i * 5 + which);
        zmq_z85_encode(secret, octets, sizeof octets);
        zmq_curve_public(open, secret);
    }
};

}  // namespace

part::part(void* context, int number, int node, const addresses& at, ledger& book, std::uint64_t seed)
    : context_(context),
      row_number_(number),
      node_(node),
      row_(the_topology().rows[static_cast<std::size_t>(number)]),
      binds_(row_.binder == node),
      type_(binds_ ? row_.binder_type : row_.connector_type),
      asks_(!binds_ && asks(type_)),
      answers_(binds_ && answers(type_)),
      at_(at),
      book_(book),
      random_(seed),
      sends_into_(answers_ ? -1 : the_topology().flow_from(number, node)) {
    const auto row_index = static_cast<std::size_t>(number), node_index = static_cast<std::size_t>(node);
    renewed_ = book.renew[row_index][node_index];
    open();
}

part::~part() {
    if (socket_) zmq_close(socket_);
}

void part::complain(const std::string& what) const {
    book_.complain(std::string(row_.name) + " at " + static_cast<char>('A' + node_) + ": " + what);
}

void part::set(int option, int value) {
    if (zmq_setsockopt(socket_, option, &value, sizeof value) != 0)
        complain("option " + std::to_string(option) + ": " + zmq_strerror(zmq_errno()));
}
void part::set_linger(int milliseconds) { set(ZMQ_LINGER, milliseconds); }

void part::secure() {
    if (row_.how == security::plain) {
        if (binds_) return set(ZMQ_PLAIN_SERVER, 1);
        zmq_setsockopt(socket_, ZMQ_PLAIN_USERNAME, plain_user, sizeof plain_user - 1);
        zmq_setsockopt(socket_, ZMQ_PLAIN_PASSWORD, plain_password, sizeof plain_password - 1);
        return;
    }
    static const keys server(1), client(2);
    if (binds_) {
        set(ZMQ_CURVE_SERVER, 1);
        zmq_setsockopt(socket_, ZMQ_CURVE_SECRETKEY, server.secret, 40);
    } else {
        zmq_setsockopt(socket_, ZMQ_CURVE_SERVERKEY, server.open, 40);
        zmq_setsockopt(socket_, ZMQ_CURVE_PUBLICKEY, client.open, 40);
        zmq_setsockopt(socket_, ZMQ_CURVE_SECRETKEY, client.secret, 40);
    }
}

void part::open() {
    socket_ = zmq_socket(context_, type_);
    if (!socket_) return complain("no socket");
    set(ZMQ_LINGER, 0);
    set(ZMQ_SNDHWM, high_water_mark);
    set(ZMQ_RCVHWM, high_water_mark);
    set(ZMQ_RECONNECT_IVL, 20);
    set(ZMQ_RECONNECT_IVL_MAX, 200);
    if (row_.heartbeat) {
        set(ZMQ_HEARTBEAT_IVL, 500);
        set(ZMQ_HEARTBEAT_TIMEOUT, 3000);
    }
    if (row_.how != security::null) secure();
    name_ = book_.name[static_cast<std::size_t>(row_number_)][static_cast<std::size_t>(node_)];
    if (type_ == ZMQ_DEALER) {
        const auto id = routing_id(row_number_, node_, name_);
        zmq_setsockopt(socket_, ZMQ_ROUTING_ID, id.data(), id.size());
    }
    if (type_ == ZMQ_ROUTER) {
        set(ZMQ_ROUTER_MANDATORY, 1);
        set(ZMQ_ROUTER_HANDOVER, 1);
    }
    if (type_ == ZMQ_REQ) {
        set(ZMQ_REQ_RELAXED, 1);
        set(ZMQ_REQ_CORRELATE, 1);
    }
    // A full subscriber holds its publisher up: then what is lost was lost on the way.
    if (publishes(type_) || type_ == ZMQ_XPUB) set(ZMQ_XPUB_NODROP, 1);
    if (type_ == ZMQ_SUB) zmq_setsockopt(socket_, ZMQ_SUBSCRIBE, topic, sizeof topic - 1);
    if (type_ == ZMQ_DISH && zmq_join(socket_, topic) != 0) complain("no group");
    const auto& where =
        binds_ ? at_.bind[static_cast<std::size_t>(row_number_)]
               : at_.connect[static_cast<std::size_t>(the_topology().link_of(row_number_, node_))];
    attach(where);
}

void part::attach(const std::string& where) {
    bool done = false;
    if (type_ == ZMQ_PEER && !binds_)
        done = (peer_ = zmq_connect_peer(socket_, where.c_str())) != 0;
    else
        done = (binds_ ? zmq_bind(socket_, where.c_str()) : zmq_connect(socket_, where.c_str())) == 0;
    if (!done) complain(where + ": " + zmq_strerror(zmq_errno()));
}

void part::renew() {
    zmq_close(socket_);
    asked_.clear();
    open();
}

void part::step() {
    if (const auto round = book_.round.load(); round != round_) {
        round_ = round;
        asked_.clear();
    }
    const auto wanted =
        book_.renew[static_cast<std::size_t>(row_number_)][static_cast<std::size_t>(node_)].load();
    if (wanted != renewed_) {
        renewed_ = wanted;
        renew();
    }
    for (int i = 0; i < received_at_once && receive_one(); ++i) {
    }
    // A round that began meanwhile is the next step's.
    if (book_.sending && book_.round == round_ && sends_into_ >= 0) send_some();
}

bool part::receive_one() {
    if (only_sends(type_)) return false;
    std::vector<std::string> parts;
    int more = 1;
    while (more) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        if (zmq_msg_recv(&message, socket_, ZMQ_DONTWAIT) < 0) {
            const int error = zmq_errno();
            zmq_msg_close(&message);
            if (!parts.empty()) complain("half a message");
            if (error != EAGAIN && error != EFSM) complain(std::string("receive: ") + zmq_strerror(error));
            return false;
        }
        parts.emplace_back(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
        more = zmq_msg_more(&message);
        if (names_peers(type_)) hear_from(zmq_msg_routing_id(&message));
        if (type_ == ZMQ_DISH && std::string_view(zmq_msg_group(&message)) != topic)
            complain("a message of another group");
        zmq_msg_close(&message);
    }
    hear(parts);
    return true;
}

void part::hear_from(std::uint32_t peer) {
    if (asks_ && peer != peer_) complain("an answer from another peer");
    peer_ = peer;
}

void part::hear(const std::vector<std::string>& parts) {
    std::string asker;
    auto body = parts;
    if (type_ == ZMQ_ROUTER) {
        asker = body.front();
        body.erase(body.begin());
    }
    const auto what = packet::from(body, in_one_part(type_));
    if (!what) return complain("a message is not as it was sent");
    if (what->round != book_.round) return complain("a message of an earlier round");
    const auto& flows = the_topology().flows;
    if (what->flow >= flows.size()) return complain("a message of no flow");
    const auto& of = flows[what->flow];
    for (std::size_t i = 0; i < of.receivers.size(); ++i) {
        if (of.receivers[i].node != node_ || of.receiving_row != row_number_) continue;
        // Of a peer that is gone and has a successor, the name is the ROUTER's own.
        const bool renamed = asker.size() == 5 && asker[0] == '\0';
        if (type_ == ZMQ_ROUTER && !renamed && asker != routing_id(row_number_, of.sender, what->name))
            complain("an envelope names " + asker + ", not its sender");
        heard(*what, static_cast<int>(i));
        if (answers_) answer(*what, asker);
        return;
    }
    complain("a message for another socket: " + of.name);
}

void part::heard(const packet& what, int receiver) {
    auto& log = book_.flows[what.flow].at[static_cast<std::size_t>(receiver)];
    const auto index = log.count.load();
    if (index < messages_max) {
        log.heard[index] = {now(), what.number, book_.incarnation[static_cast<std::size_t>(node_)]};
        log.count = index + 1;
    }
    if (!asks_) return;
    if (type_ == ZMQ_DEALER && what.name != name_) complain("an answer to another routing id");
    if (type_ == ZMQ_REQ && !asked_.contains(what.answers)) complain("an answer to an earlier question");
    asked_.erase(what.answers);
}

void part::answer(const packet& question, const std::string& asker) {
    const auto& flows = the_topology().flows;
    packet reply;
    reply.answers = question.number;
    reply.name = question.name;
    const int into = the_topology().flow_from(row_number_, node_, flows[question.flow].sender);
    send(into, reply, asker);
}

bool part::may_ask() {
    if (!asks_) return true;
    if (asked_.size() < (type_ == ZMQ_REQ ? 1 : window)) return true;
    for (auto each = asked_.begin(); each != asked_.end();)
        each = now() - each->second > patience ? asked_.erase(each) : std::next(each);
    if (!asked_.empty()) return false;
    // Asking again ends what it asked before, and the connection with it.
    if (type_ == ZMQ_REQ)
        book_.broke_itself[static_cast<std::size_t>(row_number_)][static_cast<std::size_t>(node_)] = now();
    return true;
}

void part::send_some() {
    const auto count = 1 + random_() % burst_max;
    for (std::uint64_t i = 0; i < count && may_ask(); ++i) {
        if (publishes(type_) && random_() % 8 == 0) send_noise();
        packet what;
        what.name = name_;
        const auto number = book_.flows[static_cast<std::size_t>(sends_into_)].tried.load();
        if (send(sends_into_, what, {}) != outcome::sent) return;
        if (asks_) asked_[number] = now();
    }
}

void part::send_noise() {
    if (type_ == ZMQ_PUB)
        zmq_send(socket_, unwanted_topic, sizeof unwanted_topic - 1, ZMQ_DONTWAIT);
    else
        (void)put_whole("nobody wants this", unwanted_topic);
}

part::outcome part::send(int flow, packet what, const std::string& envelope) {
    auto& book = book_.flows[static_cast<std::size_t>(flow)];
    const auto number = book.tried.load();
    if (number >= messages_max) return outcome::wait;
    what.flow = static_cast<std::uint32_t>(flow);
    what.round = book_.round;
    what.incarnation = book_.incarnation[static_cast<std::size_t>(node_)];
    what.number = number;
    auto parts = what.parts(in_one_part(type_));
    if (type_ == ZMQ_ROUTER) parts.insert(parts.begin(), envelope);
    auto& entry = book.sent[number];
    entry.at = now();
    entry.incarnation = what.incarnation;
    entry.state = fate::tried;
    book.tried = number + 1;
    const auto result = in_one_part(type_) ? put_whole(parts[0], topic) : put(parts);
    switch (result) {
        case outcome::sent: entry.state = fate::sent; break;
        case outcome::unroutable: entry.state = fate::unroutable; break;
        case outcome::wait:
            entry.state = fate::none;
            book.tried = number;
            ++book.waits;
    }
    return result;
}

part::outcome part::put(const std::vector<std::string>& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const int flags = ZMQ_DONTWAIT | (i + 1 < parts.size() ? ZMQ_SNDMORE : 0);
        if (zmq_send(socket_, parts[i].data(), parts[i].size(), flags) >= 0) continue;
        const int error = zmq_errno();
        if (i == 0 && error == EHOSTUNREACH) return outcome::unroutable;
        if (i == 0 && error == EAGAIN) return outcome::wait;
        complain("part " + std::to_string(i) + " was refused: " + zmq_strerror(error));
        return outcome::wait;
    }
    return outcome::sent;
}

/// To its peer, of a SERVER or PEER; to the group, of a RADIO.
part::outcome part::put_whole(const std::string& body, const char* group) {
    zmq_msg_t message;
    zmq_msg_init_buffer(&message, body.data(), body.size());
    if (names_peers(type_)) zmq_msg_set_routing_id(&message, peer_);
    if (type_ == ZMQ_RADIO) zmq_msg_set_group(&message, group);
    if (zmq_msg_send(&message, socket_, ZMQ_DONTWAIT) >= 0) return outcome::sent;
    const int error = zmq_errno();
    zmq_msg_close(&message);
    if (error == EHOSTUNREACH) return outcome::unroutable;
    if (error != EAGAIN) complain(std::string("a message was refused: ") + zmq_strerror(error));
    return outcome::wait;
}

}  // namespace zither::soak
