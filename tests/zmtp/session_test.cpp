#include "conversations.hpp"
#include "corruption.hpp"

#include <random>

using namespace zither::zmtp;
using namespace zither::zmtp::test;

TEST_CASE("every conversation is understood line by line") {
    for (const auto& told : conversations()) {
        DYNAMIC_SECTION(told.name) { replay_whole(told); }
    }
}

TEST_CASE("every conversation is understood however it is cut") {
    for (const auto& told : conversations()) {
        DYNAMIC_SECTION(told.name) {
            replay_split(told);
            replay_drip(told);
        }
    }
}

TEST_CASE("every conversation is understood in random pieces") {
    const std::uint32_t seed = 37;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (const auto& told : conversations()) {
        DYNAMIC_SECTION(told.name) {
            const auto size = told.peer_octets().size();
            for (int round = 0; round < 50; ++round) {
                std::vector<std::size_t> ends;
                for (std::size_t end = 0; end < size;)
                    ends.push_back(end = std::min<std::size_t>(size, end + 1 + random() % 40));
                replay_in_pieces(told, ends);
            }
        }
    }
}

TEST_CASE("every conversation may end anywhere") {
    for (const auto& told : conversations()) {
        DYNAMIC_SECTION(told.name) { replay_ended(told); }
    }
}

TEST_CASE("a wrong octet anywhere ends a conversation by name or is heard as it stands") {
    for (const auto& told : conversations()) {
        DYNAMIC_SECTION(told.name) {
            const auto right = told.peer_octets();
            for (std::size_t place = 0; place < right.size(); ++place) {
                for (const auto wrong : {0x01U, 0x02U, 0x04U, 0x08U, 0x20U, 0x80U, 0xffU}) {
                    CAPTURE(place, wrong);
                    auto all = right;
                    all[place] ^= static_cast<std::byte>(wrong);
                    listening_side us(told.settings);
                    us.hear(all);
                    check_against_second_opinion(us, all);
                }
            }
        }
    }
}

TEST_CASE("a missing or a doubled octet anywhere ends a conversation by name or is heard as it stands") {
    for (const auto& told : conversations()) {
        DYNAMIC_SECTION(told.name) {
            const auto right = told.peer_octets();
            for (std::size_t place = 0; place < right.size(); ++place) {
                CAPTURE(place);
                const auto at = static_cast<std::ptrdiff_t>(place);
                auto less = right;
                less.erase(less.begin() + at);
                listening_side us(told.settings);
                us.hear(less);
                check_against_second_opinion(us, less);

                auto more = right;
                more.insert(more.begin() + at, right[place]);
                listening_side again(told.settings);
                again.hear(more);
                check_against_second_opinion(again, more);
            }
        }
    }
}

TEST_CASE("noise is never a message before a handshake") {
    const std::uint32_t seed = 23;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 3000; ++round) {
        octets noise(random() % 200);
        for (auto& each : noise) each = static_cast<std::byte>(random());
        // Some begin well, so that the noise comes later.
        const auto openings = {octets{}, signature(), signature() + wire("03") + rest_of_greeting(),
                               signature() + wire("01 08"), wire("01 00")};
        const auto all = *(openings.begin() + random() % openings.size()) + noise;
        listening_side us(settings_of(socket_type::pull));
        us.hear(all);
        check_against_second_opinion(us, all);
    }
}
