// cppzmq's message_t, buffers and the addon's multipart messages.
#include <catch2/catch.hpp>
#include <zmq_addon.hpp>

#include <list>
#include <sstream>

namespace {

struct two_sockets {
    zmq::context_t context;
    zmq::socket_t one{context, zmq::socket_type::pair};
    zmq::socket_t other{context, zmq::socket_type::pair};
    two_sockets() {
        one.bind("inproc://here");
        other.connect("inproc://here");
    }
};

}  // namespace

TEST_CASE("message_t is made of nothing, a size, memory, a range, a string") {
    CHECK(zmq::message_t().empty());
    CHECK(zmq::message_t(100).size() == 100);
    CHECK(zmq::message_t("abc", 3).to_string() == "abc");
    CHECK(zmq::message_t(std::string_view("view")).to_string_view() == "view");
    const std::vector<int> numbers{1, 2, 3};
    const zmq::message_t range(numbers);
    CHECK(range.size() == 3 * sizeof(int));
    CHECK(range.data<int>()[2] == 3);
    bool freed = false;
    {
        char memory[] = "mine";
        zmq::message_t adopted(
            memory, 4, [](void*, void* hint) { *static_cast<bool*>(hint) = true; }, &freed);
        CHECK(adopted.data() == memory);
    }
    CHECK(freed);
}

TEST_CASE("message_t moves, copies, swaps, compares, is rebuilt and printed") {
    zmq::message_t one(std::string("one")), other(std::string(100, 'x'));
    zmq::message_t copy;
    copy.copy(other);
    CHECK(copy == other);
    CHECK(copy != one);
    zmq::message_t moved(std::move(one));
    CHECK(one.empty());
    swap(moved, other);
    CHECK(other.to_string() == "one");
    moved.move(other);
    CHECK(moved.to_string() == "one");
    moved.rebuild("again", 5);
    CHECK(moved.str().find("again") != std::string::npos);
    moved.rebuild();
    CHECK(moved.size() == 0);
    CHECK_FALSE(moved.more());
    CHECK(moved.get(ZMQ_MORE) == 0);
    CHECK_THROWS_AS(moved.gets("Nothing"), zmq::error_t);
}

TEST_CASE("buffers send and receive, and say when they were too small") {
    two_sockets the;
    std::array<char, 4> text{'a', 'b', 'c', 'd'};
    CHECK(the.one.send(zmq::buffer(text)) == 4);
    CHECK(the.one.send(zmq::str_buffer("literal"), zmq::send_flags::dontwait) == 7);
    std::string room(4, ' ');
    auto got = the.other.recv(zmq::buffer(room));
    REQUIRE(got);
    CHECK_FALSE(got->truncated());
    CHECK(room == "abcd");
    got = the.other.recv(zmq::buffer(room));
    REQUIRE(got);
    CHECK(got->truncated());
    CHECK(got->untruncated_size == 7);
    CHECK(room == "lite");
    CHECK_FALSE(the.other.recv(zmq::buffer(room), zmq::recv_flags::dontwait));
}

TEST_CASE("send_multipart and recv_multipart") {
    two_sockets the;
    const std::array<zmq::const_buffer, 3> parts{zmq::str_buffer("a"), zmq::str_buffer(""),
                                                 zmq::str_buffer("ccc")};
    CHECK(zmq::send_multipart(the.one, parts) == 3);
    std::vector<zmq::message_t> got;
    CHECK(zmq::recv_multipart(the.other, std::back_inserter(got)) == 3);
    CHECK(got[2].to_string() == "ccc");
    CHECK(zmq::send_multipart(the.one, parts) == 3);
    CHECK_THROWS_AS(zmq::recv_multipart_n(the.other, std::back_inserter(got), 2), std::runtime_error);
}

TEST_CASE("multipart_t is sent, received, encoded and taken apart") {
    two_sockets the;
    zmq::multipart_t out;
    out.addstr("text");
    out.addtyp<int>(42);
    out.pushmem("first", 5);
    out.add(zmq::message_t(300));
    const auto twin = out.clone();
    CHECK(out == twin);
    CHECK(zmq::multipart_t::decode(out.encode()) == twin);
    REQUIRE(out.send(the.one));
    CHECK(out.empty());
    zmq::multipart_t in(the.other);
    CHECK(in == twin);
    CHECK(in.popstr() == "first");
    CHECK(in.peekstr(0) == "text");
    CHECK(in.remove().size() == 300);
    CHECK(in.popstr() == "text");
    CHECK(in.poptyp<int>() == 42);
    CHECK_FALSE(in.recv(the.other, ZMQ_DONTWAIT));
    CHECK_THROWS_AS(zmq::multipart_t::decode(zmq::message_t("\x05no", 3)), std::out_of_range);
}

TEST_CASE("a received message knows its connection") {
    zmq::context_t context;
    zmq::socket_t pull(context, ZMQ_PULL), push(context, ZMQ_PUSH);
    pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.get(zmq::sockopt::last_endpoint));
    push.send(zmq::str_buffer("x"));
    zmq::message_t got;
    REQUIRE(pull.recv(got));
    CHECK(got.gets("Socket-Type") == std::string("PUSH"));
    CHECK(got.gets("Peer-Address") == std::string("127.0.0.1"));
}
