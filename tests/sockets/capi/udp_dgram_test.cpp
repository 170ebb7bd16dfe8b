// DGRAM: datagrams of anybody, as address and body.
#include "udp.hpp"

using namespace zither::test;

namespace {

/// A bound DGRAM and its address, as peers see it.
struct bound_dgram : c_socket {
    bound_dgram(void* in, const std::string& host = "127.0.0.1") : c_socket(in, ZMQ_DGRAM) {
        REQUIRE(zmq_bind(*this, udp_at(port, host).c_str()) == 0);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port); }
    bool tell(const std::string& to, std::string_view body) const {
        return send(to, ZMQ_SNDMORE) == static_cast<int>(to.size()) &&
               send(body) == static_cast<int>(body.size());
    }
    int port = free_udp_port();
};

/// Two parts as `receive_all` shows them; an address ends with a zero.
std::string from(const std::string& address, const std::string& body) { return address + '\0' + "|" + body; }

}  // namespace

TEST_CASE("two dgrams talk to each other") {
    c_context in;
    bound_dgram one(in), other(in);
    REQUIRE(one.tell(other.address(), "Is someone there?"));
    const auto address = other.receive();
    CHECK(address == one.address() + '\0');
    CHECK(other.get(ZMQ_RCVMORE) == 1);
    CHECK(other.receive() == "Is someone there?");
    CHECK(other.get(ZMQ_RCVMORE) == 0);
    // What was received is an address to answer to.
    REQUIRE(other.tell(address, "Yes"));
    CHECK(one.receive_all() == from(other.address(), "Yes"));
    REQUIRE(one.tell(one.address(), "self"));
    CHECK(one.receive_all() == from(one.address(), "self"));
}

TEST_CASE("a dgram's peers need not know ZeroMQ") {
    c_context in;
    bound_dgram ours(in, "*");
    datagram_socket one, other;
    REQUIRE(ours.tell(one.address(), "ping"));
    CHECK(one.hear() == "ping");
    one.say("one", ours.port);
    CHECK(ours.receive_all() == from(one.address(), "one"));
    other.say("", ours.port);
    CHECK(ours.receive_all() == from(other.address(), ""));
    REQUIRE(ours.tell(other.address(), ""));
    CHECK(other.hear() == "");
}

TEST_CASE("a dgram's message has an address and a body, no more and no less") {
    c_context in;
    bound_dgram one(in), other(in);
    CHECK(failed(one.send("body alone"), EINVAL));
    CHECK(one.send(other.address(), ZMQ_SNDMORE) > 0);
    CHECK(failed(one.send("more", ZMQ_SNDMORE), EINVAL));
    // The refused part is forgotten, the address is not.
    CHECK(one.send("body") == 4);
    CHECK(other.receive_all() == from(one.address(), "body"));
}

TEST_CASE("a dgram's message to nobody is dropped") {
    c_context in;
    bound_dgram one(in), other(in);
    for (const auto& nobody :
         {"", ":", "nobody", "localhost:5555", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0"}) {
        CAPTURE(nobody);
        CHECK(one.tell(nobody, "lost"));
    }
    REQUIRE(one.tell(other.address(), "found"));
    CHECK(other.receive_all() == from(one.address(), "found"));
}

TEST_CASE("a dgram that is not bound has nobody to send through") {
    c_context in;
    c_socket one(in, ZMQ_DGRAM);
    CHECK(one.get(ZMQ_EVENTS) == 0);
    CHECK(one.get(ZMQ_THREAD_SAFE) == 0);
    CHECK(failed(zmq_recv(one, nullptr, 0, ZMQ_DONTWAIT), EAGAIN));
    REQUIRE(zmq_bind(one, udp_at(free_udp_port()).c_str()) == 0);
    CHECK(one.get(ZMQ_EVENTS) == ZMQ_POLLOUT);
}

TEST_CASE("a dgram hears at its first endpoint alone") {
    c_context in;
    bound_dgram ours(in);
    const int second = free_udp_port();
    CHECK(zmq_bind(ours, udp_at(second).c_str()) == 0);
    datagram_socket peer;
    peer.say("unheard", second);
    peer.say("heard", ours.port);
    CHECK(ours.receive_all() == from(peer.address(), "heard"));
    CHECK(failed(zmq_recv(ours, nullptr, 0, ZMQ_DONTWAIT), EAGAIN));
}

TEST_CASE("ZMQ_FD of a dgram tells of datagrams") {
    c_context in;
    bound_dgram ours(in);
    const int descriptor = ours.get(ZMQ_FD);
    REQUIRE(descriptor >= 0);
    while (ours.get(ZMQ_EVENTS) & ZMQ_POLLIN) ours.receive_all();
    datagram_socket peer;
    for (int i = 0; i < 3; ++i) {
        peer.say("event", ours.port);
        // Readable, as often as not for another reason, until EVENTS says so.
        REQUIRE(eventually([&] {
            pollfd look{descriptor, POLLIN, 0};
            return ::poll(&look, 1, deadline) == 1 && (ours.get(ZMQ_EVENTS) & ZMQ_POLLIN);
        }));
        CHECK(ours.receive_all() == from(peer.address(), "event"));
    }
}

TEST_CASE("what a closing dgram was told to send goes out") {
    c_context in;
    datagram_socket peer;
    {
        bound_dgram ours(in);
        ours.set(ZMQ_LINGER, -1);
        REQUIRE(ours.tell(peer.address(), "last words"));
    }
    CHECK(peer.hear() == "last words");
}
