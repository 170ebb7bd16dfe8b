// Neither a log nor a monitor is told a password or a key, however a handshake ends.
#include "curve_secrets.hpp"

#include "../sockets/endpoints.hpp"

#include "zither/sockets/monitor_event.hpp"
#include "zither/sockets/socket_object.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

using namespace zither;
using namespace zither::test;
using namespace zither::wiping;
namespace told = zither::sockets::monitor_event;

namespace {

const std::string password = "correct horse battery staple", guess = "incorrect horse battery staple";

/// All that was logged while it lived, and what monitors were told.
class ear {
public:
    ear() {
        log_to([this](std::string_view sentence) { add(sentence); });
    }
    ~ear() { log_to({}); }
    ear(const ear&) = delete;
    ear& operator=(const ear&) = delete;

    void add(std::string_view text) {
        const std::lock_guard held(mutex_);
        heard_.append(text).push_back('\n');
    }
    std::string heard() {
        const std::lock_guard held(mutex_);
        return heard_;
    }

private:
    std::mutex mutex_;
    std::string heard_;  // guarded by mutex_
};

std::string hex_of(std::string_view octets) {
    constexpr const char* digits = "0123456789abcdef";
    std::string made;
    for (const unsigned char each : octets) (made += digits[each >> 4]) += digits[each & 15];
    return made;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char each) { return std::tolower(each); });
    return text;
}

/// As it is, in hex or in Z85.
bool tells(const std::string& text, std::string_view secret) {
    if (text.find(secret) != text.npos || lower(text).find(hex_of(secret)) != text.npos) return true;
    return secret.size() == key::size && text.find(key(zmtp::as_bytes(secret)).z85()) != text.npos;
}

/// Everything that a socket tells its monitor.
class listens {
public:
    listens(context& in, const zither::socket& to, ear& by, int version)
        : heard_(make(in, socket_type::pair)), by_(by), version_(version) {
        const auto where = "inproc://" + fresh_name();
        const std::uint64_t all = version == 1 ? 0xffff : 0x1ffff;
        REQUIRE(to.object()->monitor(where.c_str(), all, version, socket_type::pair) == errc::ok);
        heard_.connect(where);
    }
    /// Until there is one of these events.
    void until(int events) {
        while (!(next() & events)) {
        }
    }

private:
    int next() {
        const auto parts = next_all(heard_);
        for (const auto& part : parts) by_.add(part.text());
        std::uint64_t number = 0;
        std::memcpy(&number, parts.front().data(), version_ == 1 ? 2 : 8);
        return static_cast<int>(number);
    }

    zither::socket heard_;
    ear& by_;
    const int version_;
};

/// ZAP's handler, who says the same of everybody.
class handler {
public:
    handler(context& in, std::string verdict)
        : in_(in), bound_(make(in, socket_type::rep)), verdict_(std::move(verdict)) {
        bound_.bind("inproc://zeromq.zap.01");
        answers_ = std::thread([this] { answer(); });
    }
    ~handler() {
        in_.shutdown();
        answers_.join();
    }
    handler(const handler&) = delete;
    handler& operator=(const handler&) = delete;

private:
    void answer() {
        for (std::error_code error;;) {
            const auto asked = bound_.receive_multipart(zither::wait::as_set, error);
            if (error == errc::again) continue;
            if (error) return;
            bound_.send(parts_of({"1.0", asked.at(1).text(), verdict_, "", "", ""}), zither::wait::as_set,
                        error);
        }
    }

    context& in_;
    zither::socket bound_;
    const std::string verdict_;
    std::thread answers_;
};

struct attempt {
    bool curve;           // or PLAIN
    bool right;           // or with a password or server's key that is not the right one
    const char* verdict;  // of ZAP's handler
};
std::ostream& operator<<(std::ostream& to, const attempt& one) {
    return to << (one.curve ? "CURVE, " : "PLAIN, ") << (one.right ? "right, " : "wrong, ") << one.verdict;
}

void secure(zither::socket& server, zither::socket& client, const attempt& by, const parties& with) {
    server.set(option::zap_domain, "here");
    if (by.curve) {
        server.set(option::curve_server, true);
        server.set(option::curve_secret_key, with.server.secret_half.z85());
        client.set(option::curve_server_key, (by.right ? with.server : with.other).public_half.z85());
        client.set(option::curve_public_key, with.client.public_half.z85());
        client.set(option::curve_secret_key, with.client.secret_half.z85());
    } else {
        server.set(option::plain_server, true);
        client.set(option::plain_username, "somebody");
        client.set(option::plain_password, by.right ? password : guess);
    }
}

/// Two sockets, from their making to their end.
void live(const attempt& by, const parties& with, ear& all, int version) {
    context in;
    const handler asked(in, by.verdict);
    auto pull = make(in, socket_type::pull);
    auto push = make(in, socket_type::push);
    secure(pull, push, by, with);
    listens server(in, pull, all, version), client(in, push, all, version);
    pull.bind("tcp://127.0.0.1:*");
    push.connect(pull.last_endpoint());
    server.until(told::handshake_succeeded | told::handshake_failed | told::handshake_failed_auth |
                 told::handshake_failed_protocol);
    push.close();
    client.until(told::stopped);
    pull.close();
    server.until(told::stopped);
}

std::vector<secret> all_secrets(const parties& of, const foreseen& numbers) {
    auto made = secrets_of(of, numbers);
    made.push_back({"the server's secret key", text_of(of.server.secret_half)});
    made.push_back({"the client's secret key", text_of(of.client.secret_half)});
    made.push_back({"the password", password});
    made.push_back({"the wrong password", guess});
    return made;
}

}  // namespace

TEST_CASE("a secret is found in a text, in whatever form it is told") {
    const auto one = key_pair::generate().secret_half;
    const std::string octets(text_of(one).view());
    CHECK(tells("it is " + octets + ", he said", octets));
    CHECK(tells("it is " + one.z85() + ", he said", octets));
    CHECK(tells("it is " + hex_of(octets) + ", he said", octets));
    CHECK(tells("it is " + password + ", he said", password));
    CHECK_FALSE(tells("it is not, he said", octets));
}

TEST_CASE("neither logs nor monitors tell a password or a key, however a handshake ends") {
    const auto by =
        GENERATE(attempt{false, true, "200"}, attempt{false, false, "400"}, attempt{false, true, "300"},
                 attempt{false, true, "500"}, attempt{false, true, "nonsense"}, attempt{true, true, "200"},
                 attempt{true, true, "300"}, attempt{true, true, "400"}, attempt{true, true, "500"},
                 attempt{true, true, "nonsense"}, attempt{true, false, "200"});
    const int version = GENERATE(1, 2);
    const parties with;
    const foreseen numbers;
    CAPTURE(by, version);
    ear all;
    live(by, with, all, version);
    const auto heard = all.heard();
    const bool came_in = by.right && std::string_view(by.verdict) == "200";
    CHECK((heard.find("was disconnected: ") == heard.npos) == came_in);
    for (const auto& [what, octets] : all_secrets(with, numbers)) {
        CAPTURE(what);
        CHECK_FALSE(tells(heard, octets));
    }
}
