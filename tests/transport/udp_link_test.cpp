#include "engine_probe.hpp"

#include "zither/transport/udp_link.hpp"

#include <netinet/in.h>
#include <sys/syscall.h>

using namespace zither;
using namespace zither::transport;
using namespace zither::transport::test;

namespace {
// The descriptor whose kernel has no room, or -1: a loopback never lacks it.
int crowded = -1;
int refusals = 0;
}  // namespace

extern "C" [[gnu::visibility("default")]] ssize_t sendmsg(int descriptor, const msghdr* what, int flags) {
    if (descriptor == crowded) {
        ++refusals;
        errno = EAGAIN;
        return -1;
    }
    return ::syscall(SYS_sendmsg, descriptor, what, flags);
}

namespace {

using kind = udp_link::kind;

/// A plain udp socket on the loopback.
class plain_socket {
public:
    plain_socket() : own_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const auto any = address_of("tcp://127.0.0.1:0");
        REQUIRE(::bind(own_.get(), any.get(), any.size) == 0);
    }
    std::string where() const {
        address bound;
        bound.size = sizeof bound.storage;
        REQUIRE(::getsockname(own_.get(), bound.get(), &bound.size) == 0);
        return ip_text(bound);
    }
    void say(const std::string& octets, const std::string& to) {
        const auto target = address_of("tcp://" + to);
        REQUIRE(::sendto(own_.get(), octets.data(), octets.size(), 0, target.get(), target.size) ==
                static_cast<ssize_t>(octets.size()));
    }
    /// The next datagram; on the loopback it is there once its sender's call has returned.
    std::string hear() {
        char block[65536];
        const auto got = ::recv(own_.get(), block, sizeof block, MSG_DONTWAIT);
        return got < 0 ? "<nothing>" : std::string(block, static_cast<std::size_t>(got));
    }

private:
    descriptor own_;
};

/// An engine with udp links and one pipe for each.
struct udp_half : engine_owner {
    explicit udp_half(std::size_t mark = 1000) : mark_(mark) { engine_->known_as(engine_); }
    ~udp_half() {
        engine::lock held(engine_->mutex());
        engine_->close_all(held);
    }

    quiet_pipe& add(kind speaks, const std::string& where, udp_options options = {}) {
        std::unique_ptr<udp_link> made;
        REQUIRE(udp_link::open(where, speaks, options, made) == errc::ok);
        auto& pipe = *pipes.emplace_back(std::make_unique<quiet_pipe>());
        pipe.send_mark = pipe.receive_mark = mark_;
        made->pipe = &pipe;
        links.push_back(made.get());
        engine::lock held(engine_->mutex());
        engine_->adopt(held, std::move(made));
        return pipe;
    }
    std::string where(std::size_t which = 0) const {
        return links[which]->text().substr(std::string("udp://").size());
    }
    bool drive() {
        engine::lock held(engine_->mutex());
        return engine_->drive(held);
    }
    void send(const parts& message, std::size_t which = 0) {
        engine::lock held(engine_->mutex());
        for (std::size_t i = 0; i < message.size(); ++i) {
            zmtp::message part(message[i]);
            part.set_more(i + 1 < message.size());
            REQUIRE(pipes[which]->out.append(std::move(part)));
        }
        engine_->note_fresh(*links[which]);
        engine_->flush_fresh(held);
    }
    std::vector<parts> received(std::size_t which = 0) {
        drive();
        engine::lock held(engine_->mutex());
        auto all = pipes[which]->messages();
        if (links[which]->read_stopped) engine_->resume_reading(*links[which]);
        return all;
    }

    pipe_end* accepted(connection&) override { return nullptr; }
    void ended(connection&) override {}
    void handshake_succeeded(connection&) override {}
    void asks(connection&) override {}
    void drove(transport::engine::lock&) override {}

    std::vector<std::unique_ptr<quiet_pipe>> pipes;
    std::vector<udp_link*> links;

private:
    const std::size_t mark_;
    loop turns_;
    std::shared_ptr<engine> engine_ = std::make_shared<engine>(turns_.work, *this);
};

int option_of(int descriptor, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(descriptor, level, name, &value, &size) == 0);
    return value;
}

}  // namespace

TEST_CASE("a radio writes one datagram a message: group size, group, body") {
    plain_socket peer;
    udp_half radio;
    radio.add(kind::radio, peer.where());
    radio.send({"TV", "Friends"});
    radio.send({"", ""});
    radio.send({std::string(255, 'g'), "x"});
    CHECK(peer.hear() == "\2TVFriends");
    CHECK(peer.hear() == std::string(1, '\0'));
    CHECK(peer.hear() == '\xff' + std::string(255, 'g') + "x");
    CHECK(peer.hear() == "<nothing>");
}

TEST_CASE("a radio drops what no dish would read whole, and goes on") {
    plain_socket peer;
    udp_half radio;
    radio.add(kind::radio, peer.where());
    radio.send({"TV", std::string(8190, 'x')});
    radio.send({"TV", std::string(8 * 1024 * 1024, 'x')});
    radio.send({"TV", std::string(8189, 'y')});
    CHECK(peer.hear() == "\2TV" + std::string(8189, 'y'));
    CHECK(peer.hear() == "<nothing>");
    CHECK(radio.pipes[0]->out.empty());
}

TEST_CASE("a dish takes each datagram for a message, and drops what is none") {
    udp_half dish;
    auto& pipe = dish.add(kind::dish, "127.0.0.1:*");
    plain_socket peer;
    peer.say("\2TVFriends", dish.where());
    peer.say("", dish.where());
    peer.say("\5TV", dish.where());
    peer.say("\xff", dish.where());
    peer.say(std::string(1, '\0'), dish.where());
    peer.say("\1a" + std::string(60000, 'z'), dish.where());
    CHECK(dish.received() == std::vector<parts>{{"TV", "Friends"}, {"", ""}, {"a", std::string(60000, 'z')}});
    CHECK(pipe.told_readable == 1);
}

TEST_CASE("dgram parts name the peer, with a zero at the end when they were received") {
    udp_half ours;
    ours.add(kind::dgram, "127.0.0.1:*");
    plain_socket peer;
    const auto ended = peer.where() + '\0';
    peer.say("question", ours.where());
    peer.say("", ours.where());
    CHECK(ours.received() == std::vector<parts>{{ended, "question"}, {ended, ""}});

    ours.send({ended, "answer"});
    ours.send({peer.where(), ""});
    ours.send({peer.where(), std::string(65507, 'w')});
    CHECK(peer.hear() == "answer");
    CHECK(peer.hear() == "");
    CHECK(peer.hear() == std::string(65507, 'w'));
    // Nowhere to go, or more than udp carries.
    for (const auto& to : {"", "nobody", "127.0.0.1", "127.0.0.1:0", "[::1]:1", "255.255.255.255:9"})
        ours.send({to, "lost"});
    ours.send({peer.where(), std::string(65508, 'w')});
    ours.send({peer.where(), "still there"});
    CHECK(peer.hear() == "still there");
    CHECK(peer.hear() == "<nothing>");
}

TEST_CASE("over IPv6 a dgram hears both families") {
    udp_options six;
    six.any.ipv6 = true;
    udp_half ours;
    ours.add(kind::dgram, "*:*", six);
    const auto port = ours.where().substr(ours.where().rfind(':'));
    plain_socket peer;
    peer.say("four", "127.0.0.1" + port);
    ours.send({"[::1]" + port, "six"});
    CHECK(ours.received() ==
          std::vector<parts>{{peer.where() + '\0', "four"}, {"[::1]" + port + '\0', "six"}});
    ours.send({peer.where(), "back"});
    CHECK(peer.hear() == "back");
}

TEST_CASE("at the receive mark the kernel keeps the rest") {
    udp_half dish(4);
    dish.add(kind::dish, "127.0.0.1:*");
    plain_socket peer;
    for (int i = 0; i < 10; ++i) peer.say("\1g" + std::to_string(i), dish.where());
    std::string heard;
    for (int looks = 0; looks < 3; ++looks) {
        const auto some = dish.received();
        CHECK(some.size() <= 4);
        for (const auto& one : some) heard += one[1];
    }
    CHECK(heard == "0123456789");
}

TEST_CASE("without room in the kernel messages wait in the lane, and go in order") {
    plain_socket peer;
    udp_half radio(2);
    auto& pipe = radio.add(kind::radio, peer.where());
    crowded = radio.links[0]->descriptor();
    refusals = 0;
    for (const auto& body : {"1", "2", "3"}) radio.send({"g", body});
    CHECK(refusals == 1);  // whoever knows that there is no room does not ask again
    CHECK(radio.links[0]->holds());
    CHECK(pipe.out.messages() == 2);
    CHECK(pipe.full());
    pipe.writer_blocked = true;
    CHECK(peer.hear() == "<nothing>");

    crowded = -1;
    CHECK(radio.drive());  // the set says that there is room
    CHECK(peer.hear() == "\1g1");
    CHECK(peer.hear() == "\1g2");
    CHECK(peer.hear() == "\1g3");
    CHECK(pipe.told_writable == 1);
    CHECK_FALSE(radio.links[0]->holds());
    CHECK_FALSE(radio.drive());
}

TEST_CASE("several links of one engine are each served") {
    udp_half ours;
    ours.add(kind::dish, "127.0.0.1:*");
    ours.add(kind::dish, "127.0.0.1:*");
    plain_socket peer;
    peer.say("\1a1", ours.where(0));
    peer.say("\1b2", ours.where(1));
    ours.drive();
    CHECK(ours.received(0) == std::vector<parts>{{"a", "1"}});
    CHECK(ours.received(1) == std::vector<parts>{{"b", "2"}});
}

TEST_CASE("a bound link knows its port") {
    const auto text_of = [](const std::string& where) {
        std::unique_ptr<udp_link> made;
        REQUIRE(udp_link::open(where, kind::dish, {}, made) == errc::ok);
        return made->text();
    };
    const auto ported = [](const std::string& text, const std::string& host) {
        return text.starts_with(host) && std::stoi(text.substr(host.size())) > 0;
    };
    CHECK(ported(text_of("127.0.0.1:*"), "udp://127.0.0.1:"));
    CHECK(ported(text_of("*:0"), "udp://0.0.0.0:"));
    CHECK(ported(text_of("lo:*"), "udp://127.0.0.1:"));
    CHECK(ported(text_of("lo;239.255.7.7:*"), "udp://lo;239.255.7.7:"));
}

TEST_CASE("a link that cannot be says why") {
    const auto error_of = [](const std::string& where, kind speaks, const udp_options& options = {}) {
        std::unique_ptr<udp_link> made;
        const auto error = udp_link::open(where, speaks, options, made);
        CHECK((made == nullptr) == (error != errc::ok));
        return error;
    };
    CHECK(error_of("192.0.2.250:5555", kind::dish) == errc::address_not_available);
    plain_socket taken;
    CHECK(error_of(taken.where(), kind::dish) == errc::address_in_use);
    CHECK(error_of("127.0.0.1", kind::radio) == errc::invalid_argument);
    udp_options options;
    options.any.device = "no-such-device";
    CHECK(error_of("127.0.0.1:*", kind::dgram, options) == errc::no_such_device);
}

TEST_CASE("the descriptor gets what the socket was told") {
    udp_options options;
    options.any.send_buffer = 20000;
    options.any.receive_buffer = 30000;
    options.any.type_of_service = 0x28;
    options.multicast_hops = 7;
    options.multicast_loop = false;
    std::unique_ptr<udp_link> made;
    REQUIRE(udp_link::open("lo;239.255.7.7:5555", kind::radio, options, made) == errc::ok);
    const int descriptor = made->descriptor();
    // Linux doubles what it is asked for.
    CHECK(option_of(descriptor, SOL_SOCKET, SO_SNDBUF) == 40000);
    CHECK(option_of(descriptor, SOL_SOCKET, SO_RCVBUF) == 60000);
    CHECK(option_of(descriptor, IPPROTO_IP, IP_TOS) == 0x28);
    CHECK(option_of(descriptor, IPPROTO_IP, IP_MULTICAST_TTL) == 7);
    CHECK(option_of(descriptor, IPPROTO_IP, IP_MULTICAST_LOOP) == 0);

    options.any.ipv6 = true;
    options.multicast_hops = 1000;  // more than a packet can say
    REQUIRE(udp_link::open("lo;[ff02::7]:5555", kind::radio, options, made) == errc::ok);
    CHECK(option_of(made->descriptor(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS) == 255);
    CHECK(option_of(made->descriptor(), IPPROTO_IPV6, IPV6_MULTICAST_LOOP) == 0);
    CHECK(option_of(made->descriptor(), IPPROTO_IPV6, IPV6_MULTICAST_IF) > 0);
}
