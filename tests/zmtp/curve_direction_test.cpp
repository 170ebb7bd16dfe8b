// The boxes of CURVE's traffic are NaCl's: what libsodium's own crypto_box makes of the same words.
#include "zither/zmtp/curve_direction.hpp"

#include "zither/zmtp/curve_nonce.hpp"

#include <sodium.h>
#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

using namespace zither::zmtp;

namespace {

constexpr std::string_view prefix = "CurveZMQMESSAGEC";

struct sealed {
    std::byte tag[curve_direction::tag_size];
    std::vector<std::byte> text;
};

const key& shared() {
    static const key one = key_pair::generate().secret_half;
    return one;
}

std::vector<std::byte> body_of(std::size_t size) {
    std::vector<std::byte> made(size);
    for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<std::byte>(i * 7 + i / 256);
    return made;
}

sealed seal(const curve_direction& by, std::uint64_t counter, bytes body) {
    sealed made;
    made.text.resize(1 + body.size());
    by.seal(counter, std::byte{1}, body, made.tag, made.text.data());
    return made;
}

unsigned char* raw(std::byte* at) { return reinterpret_cast<unsigned char*>(at); }

}  // namespace

TEST_CASE("a direction's box is crypto_box's, and opens") {
    const curve_direction ours(shared(), prefix);
    const auto size = GENERATE(0u, 1u, 16u, 30u, 31u, 32u, 33u, 63u, 64u, 95u, 96u, 1024u, 65536u, 100001u);
    const auto counter = GENERATE(std::uint64_t{1}, std::uint64_t{0x0123456789abcdef});
    const auto body = body_of(size);
    auto box = seal(ours, counter, body);

    sealed theirs;
    theirs.text.assign(1, std::byte{1});
    theirs.text.insert(theirs.text.end(), body.begin(), body.end());
    const auto plain = theirs.text;
    const curve_nonce nonce(prefix, counter);
    REQUIRE(crypto_box_detached_afternm(raw(theirs.text.data()), raw(theirs.tag), raw(theirs.text.data()),
                                        theirs.text.size(), nonce.data(), shared().data()) == 0);
    CHECK(std::memcmp(box.tag, theirs.tag, sizeof box.tag) == 0);
    CHECK(box.text == theirs.text);

    REQUIRE(ours.open(counter, box.tag, box.text));
    CHECK(box.text == plain);
}

TEST_CASE("a direction opens nothing else, and leaves it as it was") {
    const curve_direction ours(shared(), prefix);
    const auto size = GENERATE(0u, 31u, 32u, 200u);
    auto box = seal(ours, 7, body_of(size));
    const auto before = box.text;
    SECTION("another counter") { CHECK_FALSE(ours.open(8, box.tag, box.text)); }
    SECTION("another prefix") {
        CHECK_FALSE(curve_direction(shared(), "CurveZMQMESSAGES").open(7, box.tag, box.text));
    }
    SECTION("another key") {
        CHECK_FALSE(curve_direction(key_pair::generate().secret_half, prefix).open(7, box.tag, box.text));
    }
    SECTION("another tag") {
        box.tag[15] ^= std::byte{1};
        CHECK_FALSE(ours.open(7, box.tag, box.text));
    }
    SECTION("a shorter text") { CHECK_FALSE(ours.open(7, box.tag, std::span(box.text).first(size))); }
    CHECK(box.text == before);
}
