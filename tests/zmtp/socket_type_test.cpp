#include "zither/zmtp/socket_type.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>

using namespace zither::zmtp;

namespace {

using enum socket_type;

// RFC 37, The Socket-Type Property.
const std::map<std::string, std::set<std::string>> legal_peers{
    {"REQ", {"REP", "ROUTER"}},
    {"REP", {"REQ", "DEALER"}},
    {"DEALER", {"REP", "DEALER", "ROUTER"}},
    {"ROUTER", {"REQ", "DEALER", "ROUTER"}},
    {"PUB", {"SUB", "XSUB"}},
    {"XPUB", {"SUB", "XSUB"}},
    {"SUB", {"PUB", "XPUB"}},
    {"XSUB", {"PUB", "XPUB"}},
    {"PUSH", {"PULL"}},
    {"PULL", {"PUSH"}},
    {"PAIR", {"PAIR"}},
    {"CLIENT", {"SERVER"}},
    {"SERVER", {"CLIENT"}},
    {"RADIO", {"DISH"}},
    {"DISH", {"RADIO"}},
    {"SCATTER", {"GATHER"}},
    {"GATHER", {"SCATTER"}},
    {"PEER", {"PEER"}},
    {"CHANNEL", {"CHANNEL"}},
};

}  // namespace

TEST_CASE("only the pairs of the RFC may talk") {
    for (const auto& [ours, peers] : legal_peers) {
        for (const auto& row : legal_peers) {
            const auto& theirs = row.first;
            CAPTURE(ours, theirs);
            const auto our_type = socket_type_from(ours);
            const auto their_type = socket_type_from(theirs);
            REQUIRE(our_type);
            REQUIRE(their_type);
            CHECK(compatible(*our_type, *their_type) == peers.contains(theirs));
        }
    }
}

TEST_CASE("what may talk one way may talk the other way") {
    for (int ours = 0; ours < socket_type_count; ++ours)
        for (int theirs = 0; theirs < socket_type_count; ++theirs)
            CHECK(compatible(static_cast<socket_type>(ours), static_cast<socket_type>(theirs)) ==
                  compatible(static_cast<socket_type>(theirs), static_cast<socket_type>(ours)));
}

TEST_CASE("STREAM and DGRAM are nobody's ZMTP peers") {
    for (int theirs = 0; theirs < socket_type_count; ++theirs) {
        CHECK_FALSE(compatible(stream, static_cast<socket_type>(theirs)));
        CHECK_FALSE(compatible(dgram, static_cast<socket_type>(theirs)));
    }
}

TEST_CASE("the numbers are those of ZMTP 2.0 and libzmq") {
    // RFC 15, Formal Grammar.
    const std::pair<socket_type, int> numbers[]{
        {pair, 0},   {pub, 1},   {sub, 2},     {req, 3},      {rep, 4},     {dealer, 5},  {router, 6},
        {pull, 7},   {push, 8},  {xpub, 9},    {xsub, 10},    {stream, 11}, {server, 12}, {client, 13},
        {radio, 14}, {dish, 15}, {gather, 16}, {scatter, 17}, {dgram, 18},  {peer, 19},   {channel, 20}};
    for (const auto& [type, number] : numbers) CHECK(static_cast<int>(type) == number);
}

TEST_CASE("a type's name reads back as the type") {
    for (int number = 0; number < socket_type_count; ++number) {
        const auto type = static_cast<socket_type>(number);
        CAPTURE(name_of(type));
        CHECK(socket_type_from(name_of(type)) == type);
    }
    CHECK(name_of(dealer) == "DEALER");
    CHECK(name_of(xsub) == "XSUB");
}

TEST_CASE("unknown names are no type") {
    for (const auto* name : {"", "DEALERS", "DEAL", "dealer", "Dealer", "PUBS", " PUB", "FOO"})
        CHECK_FALSE(socket_type_from(name));
    CHECK_FALSE(socket_type_from(std::string_view("PUB\0", 4)));
}
