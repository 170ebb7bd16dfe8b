#include "topology.hpp"

#include "zmq.h"

#include <algorithm>
#include <stdexcept>

namespace zither::soak {

namespace {

constexpr int second = 1, third = 2;

std::vector<row> all_rows() {
    return {
        {"push-pull", ZMQ_PULL, keeper, ZMQ_PUSH, {second, third}},
        {"pull-push", ZMQ_PUSH, keeper, ZMQ_PULL, {second, third}},
        {"to-killed", ZMQ_PULL, second, ZMQ_PUSH, {keeper}, security::null, true},
        {"pub-sub", ZMQ_PUB, keeper, ZMQ_SUB, {second, third}},
        {"killed-pub", ZMQ_PUB, third, ZMQ_SUB, {keeper}},
        {"proxy-in", ZMQ_XSUB, keeper, ZMQ_PUB, {second}},
        {"proxy-out", ZMQ_XPUB, keeper, ZMQ_SUB, {third}},
        {"req-rep", ZMQ_REP, keeper, ZMQ_REQ, {second, third}},
        {"dealer-router", ZMQ_ROUTER, keeper, ZMQ_DEALER, {second, third}},
        {"killed-router", ZMQ_ROUTER, third, ZMQ_DEALER, {keeper}},
        {"pair", ZMQ_PAIR, keeper, ZMQ_PAIR, {third}, security::null, true},
        {"scatter-gather", ZMQ_GATHER, keeper, ZMQ_SCATTER, {second, third}},
        {"gather-scatter", ZMQ_SCATTER, keeper, ZMQ_GATHER, {second, third}, security::null, true},
        {"client-server", ZMQ_SERVER, keeper, ZMQ_CLIENT, {second, third}},
        {"peer", ZMQ_PEER, keeper, ZMQ_PEER, {second, third}},
        {"killed-peer", ZMQ_PEER, third, ZMQ_PEER, {keeper}, security::null, true},
        {"channel", ZMQ_CHANNEL, keeper, ZMQ_CHANNEL, {second}},
        {"radio-dish", ZMQ_RADIO, keeper, ZMQ_DISH, {second, third}},
        {"push-pull+plain", ZMQ_PULL, keeper, ZMQ_PUSH, {second, third}, security::plain},
        {"killed-pub+plain", ZMQ_PUB, third, ZMQ_SUB, {keeper}, security::plain, true},
        {"req-rep+plain", ZMQ_REP, keeper, ZMQ_REQ, {second}, security::plain},
        {"push-pull+curve", ZMQ_PULL, keeper, ZMQ_PUSH, {second, third}, security::curve, true},
        {"pull-push+curve", ZMQ_PUSH, keeper, ZMQ_PULL, {second, third}, security::curve},
        {"pub-sub+curve", ZMQ_PUB, keeper, ZMQ_SUB, {second, third}, security::curve},
        {"req-rep+curve", ZMQ_REP, keeper, ZMQ_REQ, {second}, security::curve},
        {"dealer-router+curve", ZMQ_ROUTER, keeper, ZMQ_DEALER, {second, third}, security::curve},
        {"pair+curve", ZMQ_PAIR, keeper, ZMQ_PAIR, {second}, security::curve},
        {"client-server+curve", ZMQ_SERVER, keeper, ZMQ_CLIENT, {third}, security::curve},
        {"radio-dish+curve", ZMQ_RADIO, keeper, ZMQ_DISH, {third}, security::curve},
    };
}

bool sends_to_one(int type) { return type == ZMQ_PUSH || type == ZMQ_SCATTER; }
bool sends_unasked(int type) {
    return sends_to_one(type) || publishes(type) || type == ZMQ_PAIR || type == ZMQ_CHANNEL;
}

void add_flows(topology& to, int number) {
    const auto& of = to.rows[static_cast<std::size_t>(number)];
    const auto named = [&](int from, const std::string& target) {
        return std::string(of.name) + " " + static_cast<char>('A' + from) + ">" + target;
    };
    const auto letter = [](int node) { return std::string(1, static_cast<char>('A' + node)); };
    if (sends_unasked(of.binder_type)) {
        flow made{named(of.binder, ""),     of.binder, number, number, {}, sends_to_one(of.binder_type),
                  publishes(of.binder_type)};
        for (const int each : of.connectors) {
            made.name += letter(each);
            made.receivers.push_back({each, {to.link_of(number, each)}});
        }
        to.flows.push_back(made);
    }
    for (const int each : of.connectors) {
        const bool talks = sends_unasked(of.connector_type) || asks(of.connector_type);
        if (!talks || of.binder_type == ZMQ_XSUB) continue;
        const std::vector<int> links{to.link_of(number, each)};
        to.flows.push_back({named(each, letter(of.binder)), each, number, number, {{of.binder, links}}});
        if (!answers(of.binder_type)) continue;
        to.flows.push_back({named(of.binder, letter(each)), of.binder, number, number, {{each, links}}});
        to.flows.back().passing = true;
    }
}

/// From the publisher through the keeper's XSUB and XPUB to the subscriber.
void add_proxy(topology& to) {
    const auto row_named = [&](std::string_view name) {
        return static_cast<int>(std::ranges::find(to.rows, name, &row::name) - to.rows.begin());
    };
    const int in = row_named("proxy-in"), out = row_named("proxy-out");
    to.flows.push_back(
        {"pub-proxy-sub B>C", second, in, out, {{third, {to.link_of(in, second), to.link_of(out, third)}}}});
    to.flows.back().passing = true;
}

topology make() {
    topology made;
    made.rows = all_rows();
    for (std::size_t i = 0; i < made.rows.size(); ++i)
        for (const int each : made.rows[i].connectors) made.links.push_back({static_cast<int>(i), each});
    for (std::size_t i = 0; i < made.rows.size(); ++i) add_flows(made, static_cast<int>(i));
    add_proxy(made);
    if (made.rows.size() > rows_max || made.flows.size() > flows_max)
        throw std::logic_error("the ledger has no room for this topology");
    return made;
}

}  // namespace

bool asks(int type) {
    return type == ZMQ_REQ || type == ZMQ_DEALER || type == ZMQ_CLIENT || type == ZMQ_PEER;
}
bool answers(int type) {
    return type == ZMQ_REP || type == ZMQ_ROUTER || type == ZMQ_SERVER || type == ZMQ_PEER;
}
bool publishes(int type) { return type == ZMQ_PUB || type == ZMQ_RADIO; }
bool only_sends(int type) { return type == ZMQ_PUSH || type == ZMQ_SCATTER || publishes(type); }
bool in_one_part(int type) { return type >= ZMQ_SERVER; }
bool names_peers(int type) { return type == ZMQ_SERVER || type == ZMQ_PEER; }

int topology::link_of(int row, int connector) const {
    for (std::size_t i = 0; i < links.size(); ++i)
        if (links[i].row == row && links[i].connector == connector) return static_cast<int>(i);
    return -1;
}

int topology::flow_from(int row, int sender, int to) const {
    for (std::size_t i = 0; i < flows.size(); ++i)
        if (flows[i].sending_row == row && flows[i].sender == sender &&
            (to < 0 || flows[i].receivers[0].node == to))
            return static_cast<int>(i);
    return -1;
}

const topology& the_topology() {
    static const topology made = make();
    return made;
}

std::string routing_id(int row, int node, std::uint32_t name) {
    return "r" + std::to_string(row) + "-" + std::to_string(node) + "-" + std::to_string(name);
}

}  // namespace zither::soak
