// One hot path at a time, on one thread and without the network, so that the instructions of a run can be
// counted and compared: `instructions` runs each for two numbers of messages and divides the difference.
#include <zither/sockets/context_object.hpp>
#include <zither/sockets/pattern/subscription_trie.hpp>
#include <zither/sockets/socket_object.hpp>
#include <zither/transport/lane.hpp>
#include <zither/zmtp/curve_command.hpp>
#include <zither/zmtp/session.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace zither;

namespace {

// Fits into every queue on the way.
constexpr std::size_t batch = 100;

void require(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "paths: %s\n", what);
    std::exit(1);
}

/// Sockets of one context, connected by inproc.
class sockets_of_one_thread {
public:
    std::shared_ptr<sockets::socket_object> make(socket_type type) {
        std::shared_ptr<sockets::socket_object> made;
        require(context_->make_socket(type, made) == errc::ok, "no socket");
        all_.push_back(made);
        return made;
    }
    ~sockets_of_one_thread() {
        for (const auto& one : all_) one->close();
    }

private:
    std::shared_ptr<sockets::context_object> context_ = std::make_shared<sockets::context_object>();
    std::vector<std::shared_ptr<sockets::socket_object>> all_;
};

template <class Each>
void in_batches(std::size_t count, Each&& each) {
    for (; count > 0; count -= batch) each();
}

void receive_all(sockets::socket_object& from) {
    message part;
    for (std::size_t i = 0; i < batch; ++i)
        require(from.receive(part, true) == errc::ok, "nothing to receive");
}

void inproc(std::size_t count, std::size_t size) {
    sockets_of_one_thread all;
    const auto pull = all.make(socket_type::pull);
    const auto push = all.make(socket_type::push);
    require(pull->bind("inproc://paths") == errc::ok && push->connect("inproc://paths") == errc::ok,
            "no pipe");
    in_batches(count, [&] {
        for (std::size_t i = 0; i < batch; ++i) {
            message part(size);
            std::memset(part.data(), 'x', size);
            require(push->send(part, true) == errc::ok, "no room");
        }
        receive_all(*pull);
    });
}

void request(std::size_t count) {
    sockets_of_one_thread all;
    const auto answer = all.make(socket_type::rep);
    const auto ask = all.make(socket_type::req);
    require(answer->bind("inproc://paths") == errc::ok && ask->connect("inproc://paths") == errc::ok,
            "no pipe");
    for (std::size_t i = 0; i < count; ++i) {
        message part("a question of a few words");
        require(ask->send(part, true) == errc::ok && answer->receive(part, true) == errc::ok, "no question");
        require(answer->send(part, true) == errc::ok && ask->receive(part, true) == errc::ok, "no answer");
    }
}

void fan_out(std::size_t count, std::size_t size) {
    constexpr int subscribers = 32;
    constexpr int subscribe_option = 6;
    sockets_of_one_thread all;
    const auto publish = all.make(socket_type::pub);
    require(publish->bind("inproc://paths") == errc::ok, "no endpoint");
    std::vector<std::shared_ptr<sockets::socket_object>> subscribe;
    for (int i = 0; i < subscribers; ++i) {
        subscribe.push_back(all.make(socket_type::sub));
        require(subscribe.back()->connect("inproc://paths") == errc::ok &&
                    subscribe.back()->set(subscribe_option, "x", 1) == errc::ok,
                "no subscription");
    }
    in_batches(count, [&] {
        for (std::size_t i = 0; i < batch; ++i) {
            message part(size);
            std::memset(part.data(), 'x', size);
            require(publish->send(part, true) == errc::ok, "not published");
        }
        for (const auto& one : subscribe) receive_all(*one);
    });
}

/// Into a lane as a sender does, out of it as a connection that writes.
void encode(std::size_t count, std::size_t size) {
    transport::lane lane;
    in_batches(count, [&] {
        for (std::size_t i = 0; i < batch; ++i) require(lane.append(message(size)), "no memory");
        iovec list[64];
        while (const auto used = lane.gather(list, 64)) {
            std::size_t octets = 0;
            for (std::size_t i = 0; i < used; ++i) octets += list[i].iov_len;
            lane.consumed(octets);
        }
    });
}

/// A PUSH and a PULL behind their handshake.
struct conversation {
    zmtp::session writes;
    zmtp::session reads;
};

zmtp::session beginning(socket_type type, std::shared_ptr<const zmtp::security_settings> security) {
    zmtp::session_settings made;
    made.self.type = type;
    made.self.security = std::move(security);
    return {made, zmtp::time_point{}};
}

conversation shake_hands(std::shared_ptr<const zmtp::security_settings> writer,
                         std::shared_ptr<const zmtp::security_settings> reader) {
    conversation made{beginning(socket_type::push, std::move(writer)),
                      beginning(socket_type::pull, std::move(reader))};
    // Each gets what the other has to say until both are done.
    std::vector<std::byte> to_reads, to_writes;
    const auto pass = [](zmtp::session& from, std::vector<std::byte>& octets, zmtp::session& to) {
        from.take_output(octets);
        if (to.state() == zmtp::session::phase::traffic) return;
        const auto used = to.receive_handshake(octets, zmtp::time_point{});
        octets.erase(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(used));
    };
    const auto done = [](const zmtp::session& one) { return one.state() == zmtp::session::phase::traffic; };
    for (int turn = 0; turn < 20 && !(done(made.reads) && done(made.writes)); ++turn) {
        pass(made.writes, to_reads, made.reads);
        pass(made.reads, to_writes, made.writes);
    }
    require(done(made.reads) && done(made.writes), "no handshake");
    return made;
}

conversation in_the_clear() {
    const auto& none = zmtp::security_settings::none();
    return shake_hands(none, none);
}

conversation under_curve() {
    zmtp::curve::prepare();
    const auto server = key_pair::generate();
    const auto client = key_pair::generate();
    const auto settings = [&](bool serves) {
        auto made = std::make_shared<zmtp::security_settings>();
        made->mechanism = zmtp::security_settings::kind::curve;
        made->as_server = serves;
        made->zap_enforce_domain = true;  // without a domain: nobody is asked
        made->secret_key = serves ? server.secret_half : client.secret_half;
        made->public_key = client.public_half;
        made->server_key = server.public_half;
        return made;
    };
    return shake_hands(settings(false), settings(true));
}

/// Messages sealed by CURVE into the buffer they would leave by; and opened there, if asked.
void seal(std::size_t count, std::size_t size, bool and_open) {
    auto talk = under_curve();
    const std::vector<std::byte> body(size, std::byte{'x'});
    std::vector<std::byte> wire;
    in_batches(count, [&] {
        wire.clear();
        for (std::size_t i = 0; i < batch; ++i) talk.writes.seal(body, false, wire);
        require(!and_open || talk.reads.scan(wire).messages == batch, "not all opened");
    });
}

/// A chunk scanned by a session, put on a lane's shelf and taken message by message.
void decode(std::size_t count, std::size_t size) {
    auto session = in_the_clear().reads;
    std::vector<std::byte> wire;
    for (std::size_t i = 0; i < batch; ++i) {
        std::byte header[zmtp::frame_header_max];
        const auto header_size = zmtp::write_header(header, 0, size);
        wire.insert(wire.end(), header, header + header_size);
        wire.resize(wire.size() + size);
    }
    transport::lane lane;
    in_batches(count, [&] {
        auto* const chunk = zmtp::buffer::allocate(wire.size());
        require(chunk, "no memory");
        std::memcpy(chunk->data(), wire.data(), wire.size());
        const auto found = session.scan({chunk->data(), wire.size()});
        require(found.messages == batch, "not all scanned");
        lane.publish(chunk, chunk->data(), chunk->data() + found.plain_size, found.messages);
        chunk->release();
        message part;
        while (lane.take(part)) {
        }
    });
}

/// What matching asks of a pipe is its address.
class silent_pipe final : public sockets::pattern::pipe {
public:
    bool read(message&) override { return false; }
    bool readable() override { return false; }
    bool writable() override { return true; }
    void write(message&&) override {}
    void rollback() override {}
    void subscribe(zmtp::bytes, bool) override {}
    const std::string& peer_routing_id() const override { return none_; }
    const zmtp::properties* peer_properties() const override { return nullptr; }
    void close() override {}

private:
    std::string none_;
};

void match(std::size_t count, std::size_t topics) {
    sockets::pattern::subscription_trie trie;
    std::deque<silent_pipe> pipes(1000);
    const auto topic = [](std::size_t number) {
        const auto digits = std::to_string(number);
        return "topic." + std::string(7 - digits.size(), '0') + digits + ".";
    };
    for (std::size_t i = 0; i < topics; ++i) trie.add(zmtp::as_bytes(topic(i)), pipes[i % pipes.size()]);
    const auto wanted = topic(topics / 2 + 77) + "with.a.tail";
    std::size_t matched = 0;
    for (std::size_t i = 0; i < count; ++i) trie.match(zmtp::as_bytes(wanted), [&](auto&) { ++matched; });
    require(matched == count, "not matched");
}

struct path {
    const char* name;
    void (*run)(std::size_t count);
};

constexpr path paths[] = {
    {"inproc 16", [](std::size_t count) { inproc(count, 16); }},
    {"inproc 1024", [](std::size_t count) { inproc(count, 1024); }},
    {"request inproc", request},
    {"fan-out 32 x 64", [](std::size_t count) { fan_out(count, 64); }},
    {"fan-out 32 x 1024", [](std::size_t count) { fan_out(count, 1024); }},
    {"encode 16", [](std::size_t count) { encode(count, 16); }},
    {"encode 1024", [](std::size_t count) { encode(count, 1024); }},
    {"decode 16", [](std::size_t count) { decode(count, 16); }},
    {"decode 1024", [](std::size_t count) { decode(count, 1024); }},
    {"seal 16", [](std::size_t count) { seal(count, 16, false); }},
    {"seal 1024", [](std::size_t count) { seal(count, 1024, false); }},
    {"seal and open 16", [](std::size_t count) { seal(count, 16, true); }},
    {"seal and open 1024", [](std::size_t count) { seal(count, 1024, true); }},
    {"match 1 of 1000", [](std::size_t count) { match(count, 1000); }},
    {"match 1 of 1000000", [](std::size_t count) { match(count, 1000000); }},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--list") {
        for (const auto& one : paths) std::puts(one.name);
        return 0;
    }
    if (argc == 3)
        for (const auto& one : paths)
            if (std::string_view(argv[1]) == one.name) {
                one.run(std::strtoull(argv[2], nullptr, 10) / batch * batch);
                return 0;
            }
    std::fputs("usage: bench_paths --list | NAME COUNT\n", stderr);
    return 2;
}
