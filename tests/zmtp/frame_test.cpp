#include "octets.hpp"

#include "zither/zmtp/frame.hpp"

#include <catch2/catch.hpp>

using namespace zither::zmtp;
using namespace zither::zmtp::test;

namespace {

octets header_of(std::uint8_t flags, std::size_t body_size) {
    octets made(frame_header_max, std::byte{0xee});
    made.resize(write_header(made.data(), flags, body_size));
    return made;
}

}  // namespace

TEST_CASE("a short header is flags and one octet of size") {
    CHECK(hex(header_of(0, 0)) == hex(wire("00 00")));
    CHECK(hex(header_of(0, 5)) == hex(wire("00 05")));
    CHECK(hex(header_of(frame_flag::more, 1)) == hex(wire("01 01")));
    CHECK(hex(header_of(frame_flag::command, 0x2b)) == hex(wire("04 2b")));
}

TEST_CASE("a body of 255 octets is short, of 256 it is long") {
    CHECK(hex(header_of(0, 255)) == hex(wire("00 ff")));
    CHECK(hex(header_of(0, 256)) == hex(wire("02 00*6 01 00")));
    CHECK(hex(header_of(frame_flag::more, 256)) == hex(wire("03 00*6 01 00")));
    CHECK(hex(header_of(frame_flag::command, 256)) == hex(wire("06 00*6 01 00")));
    CHECK(header_size_of(0) == 2);
    CHECK(header_size_of(255) == 2);
    CHECK(header_size_of(256) == 9);
}

TEST_CASE("a long size is eight octets in network order") {
    CHECK(hex(header_of(0, 0x0102030405060708)) == hex(wire("02 01 02 03 04 05 06 07 08")));
}

TEST_CASE("every header reads back as it was written") {
    const auto size = GENERATE(as<std::size_t>(), 0, 1, 254, 255, 256, 257, 65535, 65536, 0xffffffff,
                               0x100000000, 0x7fffffffffffffff);
    const auto flags = GENERATE(as<std::uint8_t>(), 0, frame_flag::more, frame_flag::command);
    const auto written = header_of(flags, size);
    const auto read = parse_header(written);
    REQUIRE(read);
    CHECK(read->body_size == size);
    CHECK(read->header_size == written.size());
    CHECK(read->more() == (flags == frame_flag::more));
    CHECK(read->command() == (flags == frame_flag::command));
    CHECK(header_size_of(size) == written.size());
}

TEST_CASE("a header with octets missing is not a header yet") {
    const auto whole = GENERATE(wire("00 05"), wire("04 05"), wire("02 00*6 01 00"), wire("06 00*6 01 00"));
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(parse_header(bytes(whole).first(size)));
    CHECK(parse_header(whole));
}

TEST_CASE("a header is read from the front of whatever follows") {
    const auto data = wire("01 03 'abc' 00 00");
    const auto header = parse_header(data);
    REQUIRE(header);
    CHECK(header->header_size == 2);
    CHECK(header->body_size == 3);
}

TEST_CASE("a long header may carry a small size") {
    const auto header = parse_header(wire("02 00*7 03"));
    REQUIRE(header);
    CHECK(header->header_size == 9);
    CHECK(header->body_size == 3);
    CHECK_FALSE(header->more());
}

TEST_CASE("reserved bits and the top bit of a size are reported as they are") {
    const auto header = parse_header(wire("fa 80 00*7"));
    REQUIRE(header);
    CHECK((header->flags & frame_flag::reserved) == 0xf8);
    CHECK(header->body_size == 0x8000000000000000);
}

TEST_CASE("numbers are stored in network order") {
    octets made(8);
    store_u64(made.data(), 0x0102030405060708);
    CHECK(hex(made) == hex(wire("01 02 03 04 05 06 07 08")));
    CHECK(load_u64(made.data()) == 0x0102030405060708);
    made.resize(4);
    store_u32(made.data(), 0x01020304);
    CHECK(hex(made) == hex(wire("01 02 03 04")));
    CHECK(load_u32(made.data()) == 0x01020304);
}
