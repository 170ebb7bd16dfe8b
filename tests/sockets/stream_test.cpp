// STREAM: ZeroMQ's face to peers that speak no ZMTP.
#include "endpoints.hpp"

#include <poll.h>

using namespace zither;
using namespace zither::test;

namespace {

/// A plain TCP peer of the test's own.
class raw_peer {
public:
    explicit raw_peer(int descriptor) : descriptor_(descriptor) {}
    raw_peer(raw_peer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    raw_peer& operator=(raw_peer&&) = delete;
    ~raw_peer() { close(); }

    static raw_peer connected_to(const std::string& endpoint) {
        const int made = ::socket(AF_INET, SOCK_STREAM, 0);
        const auto at = address(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
        REQUIRE(::connect(made, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
        return raw_peer(made);
    }
    static sockaddr_in address(int port) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(static_cast<std::uint16_t>(port));
        return at;
    }
    void write(std::string_view text) const {
        REQUIRE(::send(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    }
    std::size_t write_some(std::string_view text) const {
        const auto count = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    /// Exactly so many octets, or fewer at the end of the stream or the deadline.
    std::string read(std::size_t size) const {
        std::string got;
        while (got.size() < size) {
            pollfd one{descriptor_, POLLIN, 0};
            char octets[4096];
            if (::poll(&one, 1, static_cast<int>(deadline.count())) != 1) break;
            const auto count = ::recv(descriptor_, octets, std::min(sizeof octets, size - got.size()), 0);
            if (count <= 0) break;
            got.append(octets, static_cast<std::size_t>(count));
        }
        return got;
    }
    /// The peer closed: the next read is the end of the stream.
    bool at_end() const {
        pollfd one{descriptor_, POLLIN, 0};
        char octet = 0;
        return ::poll(&one, 1, static_cast<int>(deadline.count())) == 1 &&
               ::recv(descriptor_, &octet, 1, 0) <= 0;
    }
    void close() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }

private:
    int descriptor_;
};

struct server {
    explicit server(bool notify = true) : stream(make(in, socket_type::stream)) {
        stream.set(option::stream_notify, notify);
        stream.bind("tcp://127.0.0.1:*");
    }
    raw_peer client() const { return raw_peer::connected_to(stream.last_endpoint()); }
    /// Reads pairs of id and body until there are so many octets from this peer.
    std::string read(const std::string& id, std::size_t size) {
        std::string got;
        while (got.size() < size) {
            const auto parts = next_all(stream);
            if (parts.size() != 2 || parts[0].text() != id || parts[1].empty()) break;
            got += parts[1].text();
        }
        return got;
    }

    context in;
    zither::socket stream;
};

std::string id_of(const multipart& parts) { return std::string(parts.front().text()); }

}  // namespace

TEST_CASE("STREAM tells of a peer that comes, and what it says, and that it goes") {
    server s;
    auto client = s.client();
    const auto hello = next_all(s.stream);
    REQUIRE(hello.size() == 2);
    CHECK(hello[0].size() == 5);
    CHECK(hello[0].text()[0] == '\0');
    CHECK(hello[1].empty());
    client.write("GET / HTTP/1.0\r\n\r\n");
    CHECK(s.read(id_of(hello), 18) == "GET / HTTP/1.0\r\n\r\n");
    s.stream.send(parts_of({hello[0].text(), "HTTP/1.0 200 OK\r\n\r\n"}));
    CHECK(client.read(19) == "HTTP/1.0 200 OK\r\n\r\n");
    client.close();
    const auto bye = next_all(s.stream);
    REQUIRE(bye.size() == 2);
    CHECK(bye[0].text() == hello[0].text());
    CHECK(bye[1].empty());
}

TEST_CASE("without STREAM_NOTIFY only data is received") {
    server s(false);
    { auto silent = s.client(); }
    auto client = s.client();
    client.write("data");
    const auto parts = next_all(s.stream);
    REQUIRE(parts.size() == 2);
    CHECK(parts[1].text() == "data");
    client.close();
    CHECK_FALSE(s.stream.receive_for(50ms));
}

TEST_CASE("an empty body closes the STREAM's connection to that peer alone") {
    server s;
    auto one = s.client();
    const auto one_id = id_of(next_all(s.stream));
    auto other = s.client();
    const auto other_id = id_of(next_all(s.stream));
    CHECK(one_id != other_id);
    s.stream.send(parts_of({one_id, ""}));
    std::error_code ignored;
    (void)s.stream.receive(wait::never, ignored);
    CHECK(one.at_end());
    CHECK(eventually([&] {
        return error_of([&](auto& error) {
                   s.stream.send(parts_of({one_id, "x"}), wait::never, error);
               }) == errc::host_unreachable;
    }));
    s.stream.send(parts_of({other_id, "still here"}));
    CHECK(other.read(10) == "still here");
}

TEST_CASE("STREAM does not know every id") {
    server s;
    CHECK(error_of([&](auto& error) {
              s.stream.send(parts_of({"nope!", "x"}), wait::as_set, error);
          }) == errc::host_unreachable);
}

TEST_CASE("what is queued goes out before STREAM closes a connection") {
    server s;
    auto client = s.client();
    const auto id = id_of(next_all(s.stream));
    for (int i = 0; i < 100; ++i) s.stream.send(parts_of({id, body_of(1000)}));
    s.stream.send(parts_of({id, ""}));
    std::error_code ignored;
    (void)s.stream.receive(wait::never, ignored);
    std::string all;
    for (int i = 0; i < 100; ++i) all += body_of(1000);
    CHECK((client.read(all.size()) == all));
    CHECK(client.at_end());
}

TEST_CASE("nor does STREAM cut off what its peer is slow to take") {
    server s;
    auto client = s.client();
    const auto id = id_of(next_all(s.stream));
    // More than the system holds for the two of them.
    const auto all = body_of(24 << 20);
    s.stream.send(parts_of({id, all}));
    s.stream.send(parts_of({id, ""}));
    std::error_code ignored;
    (void)s.stream.receive(wait::never, ignored);
    CHECK((client.read(all.size()) == all));
    CHECK(client.at_end());
}

TEST_CASE("STREAM carries much data both ways without change") {
    server s;
    auto client = s.client();
    const auto id = id_of(next_all(s.stream));
    const auto up = body_of(1u << 20, 1), down = body_of(1u << 20, 2);
    std::thread writer([&] {
        for (std::string_view rest(up); !rest.empty();) {
            const auto count = client.write_some(rest);
            if (count == 0) return;
            rest.remove_prefix(count);
        }
    });
    const auto got = s.read(id, up.size());
    writer.join();
    CHECK((got == up));
    for (std::size_t at = 0; at < down.size(); at += 10000)
        s.stream.send(parts_of({id, std::string_view(down).substr(at, 10000)}));
    CHECK((client.read(down.size()) == down));
}

TEST_CASE("STREAM connects to a plain server, by a name of its own choice") {
    const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
    auto at = raw_peer::address(0);
    socklen_t size = sizeof at;
    REQUIRE(::bind(listening, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listening, 1) == 0);
    ::getsockname(listening, reinterpret_cast<sockaddr*>(&at), &size);
    context in;
    auto stream = make(in, socket_type::stream);
    stream.set(option::connect_routing_id, "server");
    stream.connect("tcp://127.0.0.1:" + std::to_string(ntohs(at.sin_port)));
    raw_peer accepted(::accept(listening, nullptr, nullptr));
    ::close(listening);
    CHECK(received_all(stream) == "server|");
    stream.send(parts_of({"server", "hello"}));
    CHECK(accepted.read(5) == "hello");
    accepted.write("world");
    CHECK(received_all(stream) == "server|world");
}

TEST_CASE("two STREAM sockets speak plain TCP to each other") {
    server s;
    auto client = make(s.in, socket_type::stream);
    client.connect(s.stream.last_endpoint());
    const auto client_id = id_of(next_all(s.stream));
    const auto server_id = id_of(next_all(client));
    client.send(parts_of({server_id, "there"}));
    CHECK(s.read(client_id, 5) == "there");
    s.stream.send(parts_of({client_id, "back"}));
    const auto parts = next_all(client);
    REQUIRE(parts.size() == 2);
    CHECK(parts[1].text() == "back");
}
