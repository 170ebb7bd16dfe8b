// One end of the demonstration, on Zither's own C++ API: the counterpart of demo_peer.c, with the same
// arguments, messages and last line. `demo_native ROLE bind|connect ENDPOINT [COUNT]`.
#include "zither/zither.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

#include <unistd.h>

using zither::message;
using zither::multipart;
using zither::socket_type;
namespace option = zither::option;

namespace {

constexpr std::size_t largest = 70000;
constexpr unsigned deadline_s = 20;

// Sizes from 0 to 300 octets, and now and then a large one: short frames, long frames, and frames of many
// reads.
message make_body(int number) {
    message body(number % 50 == 49 ? largest : static_cast<std::size_t>(number * 37 % 301));
    for (std::size_t i = 0; i < body.size(); ++i)
        body.data()[i] = static_cast<std::byte>(i * 7 + static_cast<std::size_t>(number));
    return body;
}

multipart parts_of(std::initializer_list<const char*> texts, int number) {
    multipart parts;
    for (const auto* text : texts) parts.emplace_back(text);
    parts.push_back(make_body(number));
    return parts;
}

void require(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(what);
}

void expect(zither::socket& from, std::initializer_list<const char*> texts, int number) {
    const auto expected = parts_of(texts, number);
    const auto parts = from.receive_multipart();
    require(parts.size() == expected.size(), "the expected number of parts");
    for (std::size_t i = 0; i < parts.size(); ++i)
        require(parts[i].text() == expected[i].text(), "a part with the expected octets");
}

void req(zither::socket& one, int count) {
    for (int i = 0; i < count; ++i) {
        one.send(make_body(i));
        expect(one, {}, i + 1);
    }
}

void rep(zither::socket& one, int count) {
    for (int i = 0; i < count; ++i) {
        expect(one, {}, i);
        one.send(make_body(i + 1));
    }
}

void push(zither::socket& one, int count) {
    for (int i = 0; i < count; ++i) one.send(make_body(i));
}

void pull(zither::socket& one, int count) {
    for (int i = 0; i < count; ++i) expect(one, {}, i);
}

// An XPUB, so that it can wait for the subscription. Every second message has a topic nobody asked for.
void pub(zither::socket& one, int count) {
    require(one.receive().text() == "\1news", "the subscription");
    for (int i = 0; i < count; ++i) {
        one.send(parts_of({"other"}, i));
        one.send(parts_of({"news.today"}, i));
    }
}

void sub(zither::socket& one, int count) {
    for (int i = 0; i < count; ++i) expect(one, {"news.today"}, i);
}

// All requests first, then all replies: what REQ could not do.
void dealer(zither::socket& one, int count) {
    for (int i = 0; i < count; ++i) one.send(parts_of({"ask"}, i));
    for (int i = 0; i < count; ++i) expect(one, {"answer"}, i);
}

void router(zither::socket& one, int count) {
    for (int i = 0; i < count; ++i) {
        expect(one, {"dealer-1", "ask"}, i);
        one.send(parts_of({"dealer-1", "answer"}, i));
    }
}

struct role {
    socket_type type;
    void (*play)(zither::socket&, int);
};

const std::map<std::string, role> roles = {
    {"req", {socket_type::req, req}},          {"rep", {socket_type::rep, rep}},
    {"push", {socket_type::push, push}},       {"pull", {socket_type::pull, pull}},
    {"pub", {socket_type::xpub, pub}},         {"sub", {socket_type::sub, sub}},
    {"dealer", {socket_type::dealer, dealer}}, {"router", {socket_type::router, router}},
};

void open_endpoint(zither::socket& one, bool bind, const char* endpoint) {
    if (!bind) return one.connect(endpoint);
    one.bind(endpoint);
    std::printf("endpoint %s\n", one.last_endpoint().c_str());
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    const auto found = argc >= 4 ? roles.find(argv[1]) : roles.end();
    if (found == roles.end()) {
        std::fprintf(stderr, "usage: demo_native ROLE bind|connect ENDPOINT [COUNT]\n");
        return 2;
    }
    const int count = argc > 4 ? std::atoi(argv[4]) : 500;
    ::alarm(deadline_s);  // a lost message must end the demonstration, not hang it
    try {
        zither::context in;
        zither::socket one(in, found->second.type);
        if (one.type() == socket_type::dealer) one.set(option::routing_id, "dealer-1");
        if (one.type() == socket_type::sub) one.subscribe("news");
        open_endpoint(one, std::string(argv[2]) == "bind", argv[3]);
        found->second.play(one, count);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "failed: %s\n", error.what());
        return 1;
    }
    std::printf("ok: %s, %d messages\n", argv[1], count);
    return 0;
}
