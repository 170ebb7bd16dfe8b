// The same streams and ping-pongs through the C++ API, <zither/zither.hpp>.
#include "common.h"

#include <array>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <thread>

#include <zither/zither.hpp>

namespace {

using zither::message;
using zither::socket_type;

void push(zither::socket& socket, const options& o) {
    const std::string body(o.size, '\0');
    run_time time = run_for(o.seconds, o.size);
    std::uint64_t sent = 0;
    for (; o.count != 0 ? sent < o.count : is_over(&time) == 0; sent++) socket.send(body);
    std::array<char, sizeof sent> last{};
    std::memcpy(last.data(), &sent, sizeof sent);
    socket.send(std::string_view(last.data(), last.size()));
}

void pull(zither::socket& socket, const options& o) {
    std::uint64_t received = 0, first = 0, announced = 0;
    message part;
    for (;;) {
        socket.receive(part);
        if (part.size() == sizeof announced) break;
        if (part.size() != o.size) fail("received", "a message of the wrong size");
        if (received++ == 0) first = now_ns();
    }
    const std::uint64_t last = now_ns();
    std::memcpy(&announced, part.data(), sizeof announced);
    if (announced != received) fail("received", "fewer or more messages than were sent");
    report_throughput(received, o.size, last - first);
}

void ask(zither::socket& socket, const options& o) {
    samples taken = samples_for(&o);
    const std::string body(o.size, '\0');
    while (samples_want_more(&taken)) {
        const std::uint64_t start = now_ns();
        socket.send(body);
        const message reply = socket.receive();
        samples_add(&taken, start, now_ns());
        if (reply.size() != o.size) fail("received", "a message of the wrong size");
    }
    socket.send("");
    report_latency(&taken, 2);
}

// Echoes until an empty body arrives. A ROUTER gets the routing id in front and sends it back the same way.
void answer(zither::socket& socket, const options&) {
    for (;;) {
        message part = socket.receive();
        if (!part.more() && part.empty()) break;
        socket.send(std::move(part));
    }
}

struct end {
    std::string_view role;
    socket_type type;
    bool bind;
    void (*act)(zither::socket&, const options&);
};

constexpr std::array ends = {
    end{"push", socket_type::push, false, push},    end{"pull", socket_type::pull, true, pull},
    end{"req", socket_type::req, false, ask},       end{"rep", socket_type::rep, true, answer},
    end{"dealer", socket_type::dealer, false, ask}, end{"router", socket_type::router, true, answer},
};

const end& find_end(std::string_view role) {
    for (const end& one : ends)
        if (one.role == role) return one;
    fail("unknown role", role.data());
}

zither::socket open(zither::context& context, const end& one, const options& o) {
    zither::socket socket(context, one.type);
    const int mark = o.size > 65536 ? static_cast<int>((std::size_t{64} << 20) / o.size) + 1 : 1000;
    socket.set(zither::option::send_high_water_mark, mark);
    socket.set(zither::option::receive_high_water_mark, mark);
    if (one.bind) {
        socket.bind(o.endpoint);
        announce(socket.last_endpoint().c_str());
    } else {
        socket.connect(o.endpoint);
    }
    return socket;
}

void run_inproc(zither::context& context, const end& front, const end& back, const options& o) {
    zither::socket far = open(context, back, o);
    zither::socket near = open(context, front, o);
    std::thread other([&] { back.act(far, o); });
    front.act(near, o);
    other.join();
}

void run(const options& o) {
    zither::context context;
    const std::string_view role = o.role;
    if (role == "inproc_stream") {
        run_inproc(context, find_end("push"), find_end("pull"), o);
    } else if (role == "inproc_pingpong") {
        run_inproc(context, find_end("req"), find_end("rep"), o);
    } else {
        zither::socket socket = open(context, find_end(role), o);
        find_end(role).act(socket, o);
        while (o.hold && std::getchar() != EOF) {
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const options o = parse_options(argc, argv);
    try {
        run(o);
    } catch (const std::exception& error) {
        fail("zither", error.what());
    }
    return 0;
}
